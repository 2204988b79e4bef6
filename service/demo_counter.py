"""The story goes on at the counter: a code, a bill split, taken back, and who sees what of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from service.development import TEMPLATES
from service.domain.calendar import business_date
from service.domain.money import yuan_text
from service.phone import Phone
from service.till import Till


class NotAsTold(Exception):
    """A step did not go as the story says."""


Say = Callable[[str], None]


def read_till(api: httpx.AsyncClient, path: Path, code: str) -> Till:
    """A till of an institution that `run` has made a key for. Raises NotAsTold."""
    lines = path.read_text().splitlines() if path.exists() else []
    for line in lines:
        institution, _, secret = line.partition(" ")
        if institution == code:
            return Till(api, code=code, secret=secret.strip())
    raise NotAsTold(f"{path} 里没有机构 {code} 的密钥：请在 make run 所在的目录运行演示")


async def shown_code(relative: Phone, say: Say) -> str:
    """The relative opens the code after a face or password check."""
    expect(await relative.confirm(), 200)
    code = expect(await relative.post("/v1/family-codes"), 201)
    if not code["svg"].startswith("<svg"):
        raise NotAsTold("家庭码应当可以直接显示")
    say(f"   {code['sentence']}{code['warning']}")
    return str(code["content"])


async def filed(relative: Phone, till: Till, area: str, bill: dict[str, Any], say: Say) -> str:
    """Away from home: refused with the rule, then filed on the phone. The filing's id."""
    for filing in expect(await relative.get("/v1/filings"), 200)["items"]:
        expect(await relative.post(f"/v1/filings/{filing['id']}/end"), 200)
    code = await shown_code(relative, say)
    problem = expect(await till.quote(code, **bill), 422)
    if problem["code"] != "settlement.filing_needed":
        raise NotAsTold(f"异地就医应当提示先备案，实际是 {problem['code']}")
    say(f"   {problem['title']}：{problem['detail']}")
    say(f"   依据：{problem['clause']}")
    today = business_date(datetime.now(UTC)).isoformat()
    body = {"to_area": area, "reason": "long_term_resident", "begins_on": today}
    filing = expect(await relative.post("/v1/filings", body), 201)
    say(f"   家人在小程序办理备案：{filing['sentence']}")
    return str(filing["id"])


async def settled(
    relative: Phone, donor: Phone, till: Till, bill: dict[str, Any], say: Say
) -> dict[str, Any]:
    """Quote and settle; the same message again is the same settlement; a used code is used."""
    await donor.accept_messages(TEMPLATES["money_used"])
    received = len(await donor.messages(TEMPLATES["money_used"]))
    code = await shown_code(relative, say)
    quoted = expect(await till.quote(code, **bill), 200)
    say(f"   窗口扫码预结算（{quoted['patient']}）：{quoted['split']['sentence']}")
    for line in quoted["split"]["lines"]:
        clause = f"（依据：{line['clause'][:28]}…）" if line["clause"] else ""
        say(f"     {yuan_text(line['amount_fen']):>9} 元  {line['text']}{clause}")
    key = f"demo-{code[-22:]}"
    done = expect(await till.settle(code, key=key, **bill), 201)
    again = await till.settle(code, key=key, **bill)
    if again.json() != done or again.headers.get("Idempotency-Replayed") != "true":
        raise NotAsTold("同一报文重发，应当得到同一笔结算")
    if done["split"]["lines"] != quoted["split"]["lines"] or not done["split"]["aid_fen"]:
        raise NotAsTold("结算应当与预结算一致，并用到家庭共济")
    used = expect(await till.settle(code, **bill), 409)
    say(f"   结算成功；没收到答复时重发，不会重复扣钱。再用一次这个码：{used['title']}。")
    message = await message_after(donor, "money_used", received)
    say(f"   授权人收到消息：{message['thing1']}，{message['thing2']}，{message['amount5']}。")
    statement = expect(await donor.get("/v1/statement?limit=1"), 200)
    say(f"   授权人看到：{statement['items'][0]['sentence']}（看了什么病，授权人看不到）")
    return dict(done)


async def taken_back(donor: Phone, till: Till, settlement: dict[str, Any], say: Say) -> None:
    """Even after the binding ended, the money goes back to exactly the accounts that paid."""
    path = f"/settlements/{settlement['id']}"
    part = expect(await till.reverse(settlement["id"], amount_fen=1000), 200)
    rest = expect(await till.reverse(settlement["id"]), 200)
    again = expect(await till.reverse(settlement["id"]), 200)
    if again != rest or part["total_fen"] + rest["total_fen"] != settlement["split"]["total_fen"]:
        raise NotAsTold("先退一部分、再退其余，合计应当等于这笔结算，重复退费不会多退")
    expect(await till.get(path), 200)
    say(f"   账单开错了，先退 10.00 元，再全部退回：{rest['sentence']}")
    account = expect(await donor.get("/v1/account?limit=1"), 200)
    say(f"   {account['sentence']}最近一笔：{account['items'][0]['sentence']}")


async def message_after(phone: Phone, kind: str, received: int) -> dict[str, str]:
    """The worker sends it after the commit; a phone waits a moment."""
    for _ in range(100):
        messages = await phone.messages(TEMPLATES[kind])
        if len(messages) > received:
            fields: dict[str, str] = messages[-1]["fields"]
            return fields
        await asyncio.sleep(0.1)
    raise NotAsTold("应当收到一条消息")


def expect(answer: httpx.Response, status: int) -> Any:
    if answer.status_code != status:
        path = answer.request.url.path
        raise NotAsTold(f"{path} 应当是 {status}，实际是 {answer.status_code}：{answer.text}")
    return answer.json()
