"""The walkthrough: two citizens, as their phones would do it, against the running service.

Every step is checked; the first that is not as told stops the demo with exit code 1.
"""

import json
from pathlib import Path
from typing import Any

import httpx

from service.console import say
from service.crypto import key_id, sm3, verify_sm2
from service.demo_counter import (
    NotAsTold,
    expect,
    filed,
    message_after,
    read_till,
    settled,
    taken_back,
)
from service.demo_premium import play_premium
from service.demo_stories import STORIES, Story
from service.development import TEMPLATES
from service.domain.evidence import EvidenceFile, faults
from service.domain.money import yuan_text
from service.gateways.platform.synthetic import SandboxPerson
from service.phone import Phone
from service.till import Till


async def play(*, api: str, sandboxes: str, counters: Path) -> int:
    """Play all stories; the exit code. `counters` holds the keys of the institutions' tills."""
    try:
        async with (
            httpx.AsyncClient(base_url=api, trust_env=False, timeout=20) as service,
            httpx.AsyncClient(base_url=sandboxes, trust_env=False, timeout=20) as outside,
        ):
            for story in STORIES:
                await _play(story, service, outside, counters)
            await play_premium(service, outside, counters.parent, say)
    except NotAsTold as fault:
        say(f"\n✗ 与讲述不符：{fault}")
        return 1
    except httpx.HTTPError as fault:
        say(f"\n✗ 服务没有响应（{type(fault).__name__}）。请先在另一个终端运行 make run。")
        return 1
    say("\n✓ 演示完成，每一步都与讲述一致。")
    return 0


async def _play(
    story: Story, service: httpx.AsyncClient, outside: httpx.AsyncClient, counters: Path
) -> None:
    say(f"\n━━ {story.title} ━━")
    donor, relative = (
        Phone(
            service,
            outside,
            channel=story.channel,
            app_id=story.app_id,
            phone=f"demo-{person.id_number}",
            id_number=person.id_number,
            certified=(person.id_number, person.name),
        )
        for person in (story.donor, story.relative)
    )
    await _enter(donor)
    await _clear(donor)
    await _refusal(donor, story)
    binding_id = await _apply(donor, story)
    await _sign(donor, binding_id)
    await _see(donor, binding_id)
    till = read_till(service, counters, story.institution)
    settlement, filing = await _counter(donor, relative, till, story, binding_id)
    await _evidence(donor, binding_id)
    await _end(donor, binding_id)
    await taken_back(donor, till, settlement, say)
    if filing:
        expect(await relative.post(f"/v1/filings/{filing}/end"), 200)
    await _leave(donor)


async def _enter(phone: Phone) -> None:
    session = expect(await phone.sign_in(), 201)
    say(f"1. 打开小程序，登录成功（{session['level']} 级）。")
    expect(await phone.link(), 200)
    me = expect(await phone.get("/v1/me"), 200)
    person = me["person"]
    say(f"2. 关联医保码：{person['name']}，{person['id_number']}，参保地{me['area_name']}。")


async def _clear(phone: Phone) -> None:
    """An earlier demo that was cut short left its binding: the citizen ends it."""
    status = expect(await phone.get("/v1/status"), 200)
    for view in status["as_donor"]:
        if view["state"] in ("awaiting_signature", "under_review", "active", "paused"):
            expect(await phone.post(f"/v1/bindings/{view['id']}/end"), 200)
            say("   （先结束上一次演示留下的绑定。）")


async def _refusal(phone: Phone, story: Story) -> None:
    body = {"beneficiary": _relative(story.refused, story.refused_relation)}
    problem = expect(await phone.post("/v1/bindings/checks", body), 422)
    if problem["code"] != story.refusal or not problem["clause"]:
        raise NotAsTold(f"应当以 {story.refusal} 拒绝并写明依据，实际是 {problem['code']}")
    say(f"3. 先试一位不符合规定的亲属：{problem['title']}。{problem['detail']}")
    say(f"   依据：{problem['clause']}")
    say(f"   怎么办：{problem['next_step']}")


async def _apply(phone: Phone, story: Story) -> str:
    body = {"beneficiary": _relative(story.relative, story.relation)}
    checked = expect(await phone.post("/v1/bindings/checks", body), 200)
    say(f"4. 申请前检查：{checked['sentence']}")
    key = f"demo-{sm3(phone.token.encode()).hex()[:24]}"
    applied = expect(await phone.post("/v1/bindings", body, key=key), 201)
    again = await phone.post("/v1/bindings", body, key=key)
    if again.json() != applied or again.headers.get("Idempotency-Replayed") != "true":
        raise NotAsTold("同一次申请重复提交，应当得到同一个结果")
    say(f"5. 提交申请：{applied['sentence']}（没收到答复时重复提交，仍是同一个申请。）")
    return str(applied["id"])


async def _sign(phone: Phone, binding_id: str) -> None:
    document = expect(await phone.get(f"/v1/bindings/{binding_id}/commitment"), 200)
    first = document["text"].splitlines()[0]
    say(f"6. 阅读告知书（{len(document['notice'])} 字）和《{first}》（{document['version']} 版）。")
    problem = expect(await phone.sign(binding_id, digest=document["digest"]), 403)
    say(f"   直接签名不行：{problem['title']}。")
    expect(await phone.confirm(), 200)
    await phone.accept_messages(TEMPLATES["binding_active"])
    received = len(await phone.messages(TEMPLATES["binding_active"]))
    other = expect(await phone.sign(binding_id, digest="0" * 64), 409)
    if other["code"] != "commitment.text_changed":
        raise NotAsTold("签署的文本与所读的不一致时，应当拒绝")
    signed = expect(await phone.sign(binding_id, digest=document["digest"]), 200)
    say(f"7. 人脸验证后手写签名，提交成功：{signed['state_text']}。")
    message = await message_after(phone, "binding_active", received)
    say(f"   收到消息：{message['thing1']}，{message['thing2']}，{message['time3']}。")


async def _see(phone: Phone, binding_id: str) -> None:
    status = expect(await phone.get("/v1/status"), 200)
    view = next((v for v in status["as_donor"] if v["id"] == binding_id), None)
    if view is None or not view["usable"]:
        raise NotAsTold("签署后应当立即可以使用")
    say(f"8. 我的共济：{status['sentence']}")
    say(f"   {view['sentence']}{view['next_step']}")
    say(f"   {status['explanation']}")


async def _counter(
    donor: Phone, relative: Phone, till: Till, story: Story, binding_id: str
) -> tuple[dict[str, Any], str]:
    """The relative pays a bill; the settlement, and the filing that it took, if any."""
    limits = {"limits": {"use_fen": story.use_limit_fen}}
    expect(await donor.post(f"/v1/bindings/{binding_id}/changes", limits), 200)
    most = yuan_text(story.use_limit_fen)
    say(f"9. 授权人设定每次最多 {most} 元；家人到定点医院（{till.code}）看病，打开家庭码。")
    await relative.enter()
    filing = ""
    if story.file_for:
        filing = await filed(relative, till, story.file_for, story.bill, say)
    settlement = await settled(relative, donor, till, story.bill, say)
    answer = await donor.get(f"/v1/bindings/{binding_id}/certificate")
    if answer.status_code != 200 or not answer.content.startswith(b"%PDF"):
        raise NotAsTold("应当得到家庭共济证明")
    say(f"   家庭共济证明：PDF {len(answer.content) // 1024} KB，扫证明上的二维码可以核对真伪。")
    return settlement, filing


async def _evidence(phone: Phone, binding_id: str) -> None:
    binding = expect(await phone.get(f"/v1/bindings/{binding_id}"), 200)
    body = expect(await phone.get(f"/v1/commitments/{binding['commitment_id']}/evidence"), 200)
    file = EvidenceFile(**body)
    if found := _verify(file):
        raise NotAsTold(f"凭证核验不通过：{found}")
    pack = json.loads(file.pack)
    changed = file.pack.replace(pack["parties"]["relation"], "朋友", 1)
    if not _verify(EvidenceFile(**{**body, "pack": changed})):
        raise NotAsTold("改动过的凭证应当被发现")
    say(f"10. 下载签署凭证并离线核验：有效；改动一个字：{_verify_changed(body, changed)}")


def _verify(file: EvidenceFile) -> list[str]:
    return faults(
        file,
        digest=sm3,
        key_id=key_id,
        verify=lambda sig, data: verify_sm2(sig, data, public_key_pem=file.public_key),
    )


def _verify_changed(body: dict[str, Any], pack: str) -> str:
    return _verify(EvidenceFile(**{**body, "pack": pack}))[0]


async def _end(phone: Phone, binding_id: str) -> None:
    ended = expect(await phone.post(f"/v1/bindings/{binding_id}/end"), 200)
    say(f"11. 结束绑定：{ended['sentence']}")


async def _leave(phone: Phone) -> None:
    result = expect(await phone.post("/v1/sessions/end", {"everywhere": True}), 200)
    if not result["ended"] or (await phone.get("/v1/me")).status_code != 401:
        raise NotAsTold("退出所有设备后，令牌应当失效")
    say("12. 退出所有设备。")


def _relative(person: SandboxPerson, relation: str) -> dict[str, str]:
    return {"name": person.name, "id_number": person.id_number, "relation": relation}
