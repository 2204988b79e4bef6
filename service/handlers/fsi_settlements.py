"""Transactions that settle: 2206/2101 ahead of it, 2207/2102 for good, 2208/2103 back, 2601 when
no answer came, 5203 to look it up."""

import hashlib
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from service.domain.bill import Bill
from service.domain.calendar import business_date
from service.domain.order import Order
from service.domain.receipt import Receipt, RefundReceipt
from service.domain.refund import RefundPlan, remaining
from service.domain.settlement import Patient, Plan
from service.flows.cancel_message import cancel_message
from service.flows.quote import quote
from service.flows.refund_settlement import RefundOrder, refund_settlement
from service.flows.settle import settle
from service.flows.take_code import take_code
from service.handlers import fsi_setlinfo
from service.handlers.answers import granted
from service.handlers.fsi_people import shown_code
from service.handlers.fsi_setlinfo import (
    Shares,
    account_in_fund,
    keys,
    parts,
    setldetail,
    shares_of,
)
from service.handlers.fsi_wire import Call, Output, read_short_id, short_id, wrong
from service.personal import Identity, reveal
from service.problems import Problem
from service.store import accounts, counter_claims, people, refunds, settlements
from service.store.settlements import SettlementRow

_PARTS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
_REFUNDS = ("2103", "2208")
_CANCELLED = ("2102", "2207", *_REFUNDS)
_PHARMACY = ("2101", "2102", "2103")


async def quote_bill(call: Call) -> Output:
    """2206, 2101: who would pay what now. Nothing is taken."""
    order = await _order(call, message_id="")
    plan = granted(await quote(call.world, order))
    assert not isinstance(order.holder, str)
    patient, at = order.holder.patient, call.world.clock()
    shares = _shares(call, plan, patient, at=at)
    info = {
        "setl_id": "",
        "medins_setl_id": call.message_id,
        **keys(patient, await _identity(call, patient), at=at),
        **parts(plan.bill),
        **shares.fields(balance_fen=plan.balance_after_fen, cash=_cash(call)),
    }
    return _told(call, info, setldetail(patient, shares))


async def settle_bill(call: Call) -> Output:
    """2207, 2102: with or without a 1101 before it."""
    order = await _order(call, message_id=call.message_id)
    settled = granted(await settle(call.world, order))
    return await _settled(call, settled.receipt)


async def take_back(call: Call) -> Output:
    """2208, 2103: the whole of it, to the accounts that paid."""
    settlement_id = read_short_id(call.node.text("setl_id", needed=True))
    if settlement_id is None:
        raise Problem("request.not_found")
    row = await _found(call, settlement_id)
    order = RefundOrder(
        institution_code=call.institution.code,
        settlement_id=settlement_id,
        amount_fen=None,
        message_id=call.message_id,
        fingerprint=_fingerprint(call),
    )
    refunded = granted(await refund_settlement(call.world, order))
    return await _refunded(call, row.content, refunded.receipt)


async def cancel(call: Call) -> Output:
    """2601: whatever became of the message `omsgid`, it has settled nothing afterwards."""
    original = call.node.text("omsgid", needed=True)
    infno = call.node.text("oinfno", most=4, needed=True)
    if infno not in _CANCELLED:
        raise wrong("oinfno", f"可以冲正的交易：{'、'.join(_CANCELLED)}。")
    async with call.world.database.read() as tx:
        claim = await counter_claims.find(
            tx, institution_code=call.institution.code, message_id=original
        )
    if claim is not None and claim.kind != "cancelled":
        _check_person(call, claim.book_id)
        if claim.kind == "refund":
            raise Problem("counter.refund_stands")
        if infno in _REFUNDS:
            raise wrong("oinfno", "原报文不是撤销。")
    granted(
        await cancel_message(
            call.world,
            institution_code=call.institution.code,
            original=original,
            message_id=call.message_id,
            fingerprint=_fingerprint(call),
        )
    )
    return {}


async def look_up(call: Call) -> Output:
    """5203: by `setl_id`, or by the message that settled it."""
    text = call.node.text("setl_id")
    settlement_id = read_short_id(text) if text else await _claimed(call)
    if settlement_id is None:
        raise Problem("request.not_found")
    row = await _found(call, settlement_id)
    async with call.world.database.read() as tx:
        back = await refunds.of_settlement(tx, book_id=row.book_id, settlement_id=settlement_id)
    receipt = row.content
    left = remaining(receipt.plan.lines, [refund.content.plan for refund in back])
    told = await _settled(call, receipt, cash=fsi_setlinfo.CASH_BACK)
    told["setlinfo"]["refd_setl_flag"] = "0" if any(line.amount_fen for line in left) else "1"
    return told


async def _order(call: Call, *, message_id: str) -> Order:
    """Raises Problem for what no flow looks at."""
    code = shown_code(call)
    if call.node.text("acct_used_flag", most=3) not in ("", "1"):
        raise wrong("acct_used_flag", "不使用个人账户的结算不用通过本平台。")
    person_id = None
    if call.node.has("psn_no"):
        person_id = read_short_id(call.node.text("psn_no"))
        if person_id is None:
            _mismatch()
    return await take_code(
        call.world,
        call.institution,
        code=code,
        bill=_bill(call),
        message_id=message_id,
        fingerprint=_fingerprint(call),
        person_id=person_id,
    )


def _bill(call: Call) -> Bill:
    """Parts that are all 0 have not been told: the whole is then within the scope."""
    node = call.node
    med_type = node.text("med_type", most=6, needed=call.envelope.infno not in _PHARMACY)
    service = fsi_setlinfo.service_of(med_type or "41")
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


async def _settled(call: Call, receipt: Receipt, *, cash: tuple[str, ...] = ()) -> Output:
    patient, plan, at = receipt.patient, receipt.plan, receipt.settled_at
    shares = _shares(call, plan, patient, at=at)
    info = {
        "setl_id": short_id(receipt.settlement_id),
        "medins_setl_id": receipt.message_id,
        **keys(patient, await _identity(call, patient), at=at),
        **parts(plan.bill),
        **shares.fields(balance_fen=plan.balance_after_fen, cash=cash or _cash(call)),
    }
    return _told(call, info, setldetail(patient, shares))


async def _refunded(call: Call, receipt: Receipt, refund: RefundReceipt) -> Output:
    """Amounts as they went back, above zero; the balance is that of now."""
    patient = receipt.patient
    shares = _shares(call, refund.plan, patient, at=receipt.settled_at)
    async with call.world.database.read() as tx:
        account = await accounts.get(tx, book_id=patient.id)
    pharmacy = call.envelope.infno in _PHARMACY
    cash = fsi_setlinfo.CASH_BACK_AT_PHARMACY if pharmacy else fsi_setlinfo.CASH_BACK
    info = {
        "setl_id": short_id(refund.refund_id),
        "init_setl_id": short_id(refund.settlement_id),
        "medins_setl_id": refund.message_id,
        **keys(patient, await _identity(call, patient), at=refund.refunded_at),
        **shares.fields(balance_fen=account.posted_fen if account else 0, cash=cash),
    }
    return _told(call, info, setldetail(patient, shares))


def _told(call: Call, info: Output, detail: list[Output]) -> Output:
    """`mdtrt_id` is the program's own: it comes back as it came."""
    return {
        "setlinfo": {"mdtrt_id": call.node.text("mdtrt_id"), **info},
        "setldetail": detail,
    }


def _shares(call: Call, plan: Plan | RefundPlan, patient: Patient, *, at: datetime) -> Shares:
    """`at`: when the bill was settled, whose rules hold for its refund too."""
    included = account_in_fund(call.world, patient.area, on=business_date(at))
    return shares_of(plan, account_in_fund=included)


def _cash(call: Call) -> tuple[str, ...]:
    pharmacy = call.envelope.infno in _PHARMACY
    return fsi_setlinfo.CASH_AT_PHARMACY if pharmacy else fsi_setlinfo.CASH


async def _found(call: Call, settlement_id: UUID) -> SettlementRow:
    async with call.world.database.read() as tx:
        row = await settlements.find(
            tx, institution_code=call.institution.code, settlement_id=settlement_id
        )
    if row is None:
        raise Problem("request.not_found")
    _check_person(call, row.book_id)
    return row


async def _claimed(call: Call) -> UUID | None:
    message = call.node.text("medins_setl_id", needed=True)
    async with call.world.database.read() as tx:
        claim = await counter_claims.find(
            tx, institution_code=call.institution.code, message_id=message
        )
    if claim is not None and claim.kind == "cancelled":
        raise Problem("counter.cancelled")
    return claim.id if claim is not None and claim.kind == "settlement" else None


async def _identity(call: Call, patient: Patient) -> Identity:
    async with call.world.database.read() as tx:
        return reveal(call.world.vault, await people.get(tx, id=patient.id))


def _check_person(call: Call, person_id: UUID) -> None:
    if call.node.has("psn_no") and read_short_id(call.node.text("psn_no")) != person_id:
        _mismatch()


def _mismatch() -> NoReturn:
    raise Problem("counter.person_mismatch")


def _fingerprint(call: Call) -> bytes:
    """Of the transaction and all that stands in it; the envelope around it may be new."""
    kind = f"envelope-{call.envelope.infno}".encode()
    return hashlib.sha256(kind + b"\0" + call.node.content).digest()
