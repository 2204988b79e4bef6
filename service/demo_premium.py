"""The story of a premium: what can be paid, paying while an answer is lost, a plan, a batch.

Each time another family of the synthetic population plays it, since a premium is paid once a year.
"""

import asyncio
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from service.demo_counter import NotAsTold, expect
from service.development import YUNNAN_WECHAT
from service.gateways.platform.synthetic import SandboxPerson, families
from service.lifeline import child_environment
from service.phone import Phone
from service.seed import CREDITED_FAMILIES, SEEDED_FAMILIES

Say = Callable[[str], None]
_AREA = "530600"
_TRIES, _PAUSE_SECONDS = 120, 0.25


async def play_premium(
    service: httpx.AsyncClient, outside: httpx.AsyncClient, folder: Path, say: Say
) -> None:
    """`folder` is that of `run`: its settings let the operator's commands be called."""
    say("\n━━ 云南昭通 · 微信“云南医保”小程序：为家人代缴居民医保费（演示用的缴费期） ━━")
    payer, wife, child = await _family(service, outside)
    bound = {p.name: await _bound(payer, p, code) for p, code in ((wife, "12"), (child, "21"))}
    payable = expect(await payer.get("/v1/premiums/payable"), 200)["items"]
    due = next(item for item in payable if item["binding_id"] == bound[wife.name])
    say(f"13. 可以为哪些家人缴：{due['sentence']}{due['benefits']}")
    say(f"    依据：{due['clause']}")
    await _pay_with_a_lost_answer(payer, outside, due, say)
    plan = await _plan(payer, bound[child.name], due, say)
    await _batch(payer, plan, due["year"], folder, say)


async def _family(
    service: httpx.AsyncClient, outside: httpx.AsyncClient
) -> tuple[Phone, SandboxPerson, SandboxPerson]:
    """The next one that has not paid anything yet. Every third family lives in 昭通."""
    for index in range(SEEDED_FAMILIES, CREDITED_FAMILIES, 3):
        donor, wife, child, _ = families(1, first=index)
        phone = Phone(
            service,
            outside,
            channel="wechat",
            app_id=YUNNAN_WECHAT,
            phone=f"demo-{donor.id_number}",
            id_number=donor.id_number,
        )
        await phone.enter()
        if not expect(await phone.get("/v1/premiums?limit=1"), 200)["items"]:
            expect(await phone.confirm(), 200)
            return phone, wife, child
    raise NotAsTold("所有演示家庭都已缴过费；停止 make run，删除数据文件夹后重新开始")


async def _bound(payer: Phone, relative: SandboxPerson, relation: str) -> str:
    named = {"name": relative.name, "id_number": relative.id_number, "relation": relation}
    answer = await payer.post("/v1/bindings", {"beneficiary": named})
    if answer.status_code == 409:  # an earlier demo was cut short after binding
        views = expect(await payer.get("/v1/premiums/payable"), 200)["items"]
        return str(views[0 if relation == "12" else -1]["binding_id"])
    binding = expect(answer, 201)
    expect(await payer.sign(binding["id"]), 200)
    return str(binding["id"])


async def _pay_with_a_lost_answer(
    payer: Phone, outside: httpx.AsyncClient, due: Mapping[str, Any], say: Say
) -> None:
    wish = {"binding_id": due["binding_id"], "year": due["year"], "amount_fen": due["amount_fen"]}
    problem = expect(await payer.post("/v1/premiums", {**wish, "amount_fen": 1}), 409)
    if problem["code"] != "premium.amount_changed":
        raise NotAsTold(f"金额有变化应当先告知，实际是 {problem['code']}")
    say(f"14. 页面上的金额过时了：{problem['detail']}")
    expect(await outside.post("/_switches/tax", json={"mode": "garbage", "times": 1}), 200)
    order = expect(await payer.post("/v1/premiums", wish), 201)
    say(f"15. 缴费，而税务部门的答复丢了：{order['sentence']}")
    view = await _until(payer, order["id"], "credited")
    for step in view["steps"]:
        say(f"    {step['sentence']}")
    again = expect(await payer.post("/v1/premiums", wish), 409)
    say(f"    再缴一次：{again['title']}，{again['detail']}")


async def _plan(payer: Phone, binding_id: str, due: Mapping[str, Any], say: Say) -> str:
    wish = {"binding_id": binding_id, "most_fen": due["amount_fen"], "agreed": True}
    plan = expect(await payer.post("/v1/premium-plans", wish), 201)
    say(f"16. 预约代缴：{plan['sentence']}")
    return str(plan["id"])


async def _batch(payer: Phone, plan_id: str, year: int, folder: Path, say: Say) -> None:
    """What an operator does beside `run`."""
    scope = ("--area", _AREA, "--year", str(year))
    say(f"17. 经办人员批量代缴：python -m service batch run {' '.join(scope)}")
    say(f"    {(await _command(folder, 'batch', 'run', *scope)).splitlines()[-1]}")
    plans = expect(await payer.get("/v1/premium-plans"), 200)["items"]
    plan = next(item for item in plans if item["id"] == plan_id)
    latest = expect(await payer.get("/v1/premiums?limit=1"), 200)["items"][0]
    view = await _until(payer, latest["id"], "credited")
    say(f"    {plan['sentence']}{view['sentence']}")
    report = await _command(folder, "batch", "report", *scope)
    say(f"18. 报告：{len(report.splitlines()) - 1} 笔，合计与账本一致（batch report，退出码 0）。")


async def _until(payer: Phone, premium_id: str, state: str) -> dict[str, Any]:
    for _ in range(_TRIES):
        view: dict[str, Any] = expect(await payer.get(f"/v1/premiums/{premium_id}"), 200)
        if view["state"] == state:
            return view
        await asyncio.sleep(_PAUSE_SECONDS)
    raise NotAsTold(f"代缴一直是“{view['state_text']}”")


async def _command(folder: Path, *arguments: str) -> str:
    """The output of a command with the settings of `run`. Raises NotAsTold when it ends badly."""
    path = folder / "environment"
    if not path.exists():
        raise NotAsTold(f"没有 {path}：请在 make run 所在的目录运行演示")
    words = shlex.split(path.read_text())
    settings = dict(word.split("=", 1) for word in words if word != "export")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", *arguments),
        env=child_environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    if process.returncode:
        raise NotAsTold(f"{' '.join(arguments)}：{complained.decode().strip()}")
    return said.decode()
