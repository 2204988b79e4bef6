"""Transactions that settle: 2206/2101 ahead of it, 2207/2102 for good."""

from service.domain.bill import Bill
from service.domain.order import Order
from service.flows.quote import quote
from service.flows.settle import settle
from service.flows.take_code import take_code
from service.handlers.answers import granted
from service.handlers.fsi_people import shown_code
from service.handlers.fsi_receipts import PHARMACY, bill_told, fingerprint, mismatch, settled
from service.handlers.fsi_setlinfo import service_of
from service.handlers.fsi_wire import Call, Output, read_short_id, wrong
from service.problems import Problem

_PARTS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")


async def quote_bill(call: Call) -> Output:
    """2206, 2101: who would pay what now. Nothing is taken."""
    order = await _order(call, message_id="")
    plan = granted(await quote(call.world, order))
    assert not isinstance(order.holder, str)
    return await bill_told(
        call,
        order.holder.patient,
        plan,
        at=call.world.clock(),
        setl_id="",
        message_id=call.message_id,
    )


async def settle_bill(call: Call) -> Output:
    """2207, 2102: with or without a 1101 before it."""
    order = await _order(call, message_id=call.message_id)
    done = granted(await settle(call.world, order))
    return await settled(call, done.receipt)


async def _order(call: Call, *, message_id: str) -> Order:
    """Raises Problem for what no flow looks at."""
    code = shown_code(call)
    if call.node.text("acct_used_flag", most=3) not in ("", "1"):
        raise wrong("acct_used_flag", "不使用个人账户的结算不用通过本平台。")
    person_id = None
    if call.node.has("psn_no"):
        person_id = read_short_id(call.node.text("psn_no"))
        if person_id is None:
            mismatch()
    return await take_code(
        call.world,
        call.institution,
        code=code,
        bill=_bill(call),
        message_id=message_id,
        fingerprint=fingerprint(call),
        person_id=person_id,
    )


def _bill(call: Call) -> Bill:
    """Parts that are all 0 have not been told: the whole is then within the scope."""
    node = call.node
    med_type = node.text("med_type", most=6, needed=call.envelope.infno not in PHARMACY)
    service = service_of(med_type or "41")
    if service is None:
        raise Problem("envelope.service_unknown")
    own_expense, over_limit, own_first, in_scope = (node.fen(name) for name in _PARTS)
    told = node.has("inscp_scp_amt") and any((own_expense, over_limit, own_first, in_scope))
    return Bill(
        service=service,
        total_fen=node.fen("medfee_sumamt", needed=True),
        own_expense_fen=own_expense,
        over_limit_fen=over_limit,
        own_first_fen=own_first,
        in_scope_fen=in_scope if told else None,
        fund_fen=node.fen("fund_pay_sumamt") if node.has("fund_pay_sumamt") else None,
    )
