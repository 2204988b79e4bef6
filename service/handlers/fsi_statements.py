"""Transactions that hold a program's books against ours: 3201 totals, 3202 every message."""

from datetime import date, timedelta

from msgspec import Struct

from service.domain.calendar import business_date
from service.domain.difference import Amount, Difference
from service.domain.money import yuan_text
from service.flows.compare_statement import compare_statement
from service.handlers.fsi_people import INSUTYPES
from service.handlers.fsi_setlinfo import account_in_fund, clr_type
from service.handlers.fsi_wire import Call, Node, Output, wrong, yuan
from service.store import institution_statements
from service.store.institution_statements import GroupRow

_SPAN_MAX = timedelta(days=31)
_REFUND = "1"
_KIND_TEXT = {
    "missing_here": "平台没有这笔记录",
    "missing_there": "机构没有上报这笔记录",
    "amount": "双方金额不一致",
}


class Sums(Struct, frozen=True, kw_only=True):
    """Of a span of days, refunds taken off; `standing` bills were not taken back whole."""

    standing: int
    total_fen: int
    fund_sum_fen: int
    account_fen: int
    aid_fen: int
    cash_fen: int


async def compare_totals(call: Call) -> Output:
    """3201. `fixmedins_setl_cnt` counts bills that stand; refunds are taken off the amounts.
    `insutype` and `clr_type` narrow it down where they are given."""
    node = call.node
    begins_on, ends_on = _span(node)
    async with call.world.database.read() as tx:
        groups = await institution_statements.groups(
            tx, institution_code=call.institution.code, begins_on=begins_on, ends_on=ends_on
        )
    ours = _sums(call, [group for group in groups if _asked_for(node, group)])
    equal = all(
        (
            not node.has("fixmedins_setl_cnt") or node.count("fixmedins_setl_cnt") == ours.standing,
            node.fen("medfee_sumamt", needed=True, signed=True) == ours.total_fen,
            node.fen("fund_pay_sumamt", needed=True, signed=True) == ours.fund_sum_fen,
            node.fen("acct_pay", needed=True, signed=True) == ours.account_fen,
        )
    )
    told = (
        f"平台：结算 {ours.standing} 笔，医疗费总额 {yuan_text(ours.total_fen)}，"
        f"基金支付 {yuan_text(ours.fund_sum_fen)}，个人账户支付 {yuan_text(ours.account_fen)}"
        f"（其中共济 {yuan_text(ours.aid_fen)}），现金 {yuan_text(ours.cash_fen)}"
    )
    result = {
        "setl_optins": node.text("setl_optins", most=6),
        "stmt_rslt": "0" if equal else "1",
        "stmt_rslt_dscr": f"{'一致' if equal else '不一致'}。{told}",
    }
    return {"stmtinfo": result, **result}


async def compare_messages(call: Call) -> Output:
    """3202, inline instead of by file: one day, a row for every settlement and refund."""
    day, ends_on = _span(call.node)
    if day >= business_date(call.world.clock()):
        raise wrong("stmt_enddate", "当天的明细请次日再对账。")
    if day != ends_on:
        raise wrong("stmt_enddate", "明细对账一次一天。")
    theirs = _amounts(call)
    found = await compare_statement(
        call.world, institution_code=call.institution.code, day=day, theirs=theirs
    )
    dscr = f"{len(found)} 笔不一致" if found else "一致"
    return {
        "stmt_rslt": "1" if found else "0",
        "stmt_rslt_dscr": dscr,
        "data": [_difference(one) for one in found],
    }


def _span(node: Node) -> tuple[date, date]:
    begins_on, ends_on = node.day("stmt_begndate"), node.day("stmt_enddate")
    if not timedelta() <= ends_on - begins_on < _SPAN_MAX:
        raise wrong("stmt_enddate", f"不能早于开始日期，最多 {_SPAN_MAX.days} 天。")
    return begins_on, ends_on


def _asked_for(node: Node, group: GroupRow) -> bool:
    insutype, clearing = node.text("insutype", most=6), node.text("clr_type", most=6)
    return insutype in ("", INSUTYPES[group.scheme]) and clearing in ("", clr_type(group.service))


def _sums(call: Call, groups: list[GroupRow]) -> Sums:
    account_fen = [group.own_fen + group.aid_fen for group in groups]
    included = [account_in_fund(call.world, group.area, on=group.settled_on) for group in groups]
    in_fund = sum(fen for fen, counted in zip(account_fen, included, strict=True) if counted)
    return Sums(
        standing=sum(group.standing for group in groups),
        total_fen=sum(group.total_fen for group in groups),
        fund_sum_fen=sum(group.fund_fen for group in groups) + in_fund,
        account_fen=sum(account_fen),
        aid_fen=sum(group.aid_fen for group in groups),
        cash_fen=sum(group.cash_fen for group in groups),
    )


def _amounts(call: Call) -> list[Amount]:
    """The rows of `data`. A refund is marked by `refd_setl_flag` 1 or by amounts below zero."""
    found: dict[str, Amount] = {}
    for number, row in enumerate(call.node.rows("data"), 1):
        message = row.text("msgid", most=64) or row.text("medins_setl_id", most=64)
        if not message:
            raise wrong(f"data[{number}].msgid", "必须填写。")
        if message in found:
            raise wrong(f"data[{number}].msgid", f"{message} 重复。")
        found[message] = _amount(call.institution.code, message, row)
    return list(found.values())


def _amount(institution_code: str, message: str, row: Node) -> Amount:
    total = row.fen("medfee_sumamt", needed=True, signed=True)
    account = row.fen("acct_pay", needed=True, signed=True)
    refund = row.text("refd_setl_flag", most=1) == _REFUND or total < 0
    if refund:
        total, account = abs(total), abs(account)
    return Amount(
        institution_code=institution_code,
        message_id=message,
        total_fen=total,
        account_fen=0 if refund else account,
        refunded_fen=account if refund else 0,
    )


def _difference(one: Difference) -> Output:
    """Amounts are what left personal accounts, or the total where that is where they differ."""
    return {
        "msgid": one.message_id,
        "diff_type": one.kind,
        "plat_amt": None if one.ours_fen is None else yuan(one.ours_fen),
        "medins_amt": None if one.theirs_fen is None else yuan(one.theirs_fen),
        "memo": _KIND_TEXT[one.kind],
    }
