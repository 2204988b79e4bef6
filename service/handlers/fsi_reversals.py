"""Transactions about a settlement that was made: 2208/2103 takes it back, 2601 when no answer
came, 5203 looks it up."""

from uuid import UUID

from service.domain.refund import remaining
from service.flows.cancel_message import cancel_message
from service.flows.refund_settlement import RefundOrder, refund_settlement
from service.handlers import fsi_setlinfo
from service.handlers.answers import granted
from service.handlers.fsi_receipts import fingerprint, mismatch, refunded, settled
from service.handlers.fsi_wire import Call, Output, read_short_id, wrong, yuan
from service.problems import Problem
from service.store import counter_claims, refunds, settlements
from service.store.settlements import SettlementState

_CANCELLED = ("2102", "2207", "2103", "2208")


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
        fingerprint=fingerprint(call),
    )
    done = granted(await refund_settlement(call.world, order))
    return await refunded(call, row.content, done.receipt)


async def cancel(call: Call) -> Output:
    """2601: whatever became of the message `omsgid`, it has settled nothing afterwards."""
    original = call.node.message("omsgid")
    infno = call.node.text("oinfno", most=4, needed=True)
    if infno not in _CANCELLED:
        raise wrong("oinfno", f"可以冲正的交易：{'、'.join(_CANCELLED)}。")
    granted(
        await cancel_message(
            call.world,
            institution_code=call.institution.code,
            original=original,
            message_id=call.message_id,
            fingerprint=fingerprint(call),
            person_id=_person(call),
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
    told = await settled(call, receipt, cash=fsi_setlinfo.CASH_BACK)
    told["setlinfo"]["refd_sumamt"] = yuan(row.refunded_fen)
    told["setlinfo"]["refd_setl_flag"] = "0" if any(line.amount_fen for line in left) else "1"
    return told


async def _found(call: Call, settlement_id: UUID) -> SettlementState:
    async with call.world.database.read() as tx:
        row = await settlements.find(
            tx, institution_code=call.institution.code, settlement_id=settlement_id
        )
    if row is None:
        raise Problem("request.not_found")
    if _person(call) not in (None, row.book_id):
        mismatch()
    return row


async def _claimed(call: Call) -> UUID | None:
    message = call.node.message("medins_setl_id")
    async with call.world.database.read() as tx:
        claim = await counter_claims.find(
            tx, institution_code=call.institution.code, message_id=message
        )
    if claim is not None and claim.kind == "cancelled":
        raise Problem("counter.cancelled")
    return claim.id if claim is not None and claim.kind == "settlement" else None


def _person(call: Call) -> UUID | None:
    """Whom the counter names, if it does."""
    if not call.node.has("psn_no"):
        return None
    return read_short_id(call.node.text("psn_no")) or mismatch()
