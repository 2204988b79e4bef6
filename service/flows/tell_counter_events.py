"""Job: tell patient and donors what moved at a counter, after it was committed there."""

from service.database import Tx
from service.domain.message import MessageKind
from service.domain.receipt import Receipt, RefundReceipt
from service.store import counter_events, jobs, messages, refunds, settlements
from service.store.counter_events import CounterEvent
from service.store.messages import MoneyMessage
from service.world import World

_MOST = 100


async def tell_counter_events(world: World) -> int:
    """How many events were turned into messages; call again while it is not zero.

    Events, messages and jobs change in one transaction: each is told once, by whichever worker.
    """

    async def work(tx: Tx) -> int:
        events = await counter_events.take(tx, most=_MOST)
        receipts = await settlements.get_many(
            tx, settlement_ids=[event.settlement_id for event in events]
        )
        returned = await refunds.get_many(
            tx,
            book_ids=[event.book_id for event in events],
            refund_ids=[event.event_id for event in events if event.kind == "refunded"],
        )
        letters = [
            letter
            for event in events
            for letter in _letters(
                world, event, receipts[event.settlement_id], returned.get(event.event_id)
            )
        ]
        added = await messages.insert_events(tx, letters)
        await jobs.enqueue_many(tx, "send_message", subject_ids=added)
        return len(events)

    return await world.database.transact(work)


def _letters(
    world: World, event: CounterEvent, receipt: Receipt, refund: RefundReceipt | None
) -> list[MoneyMessage]:
    """To the patient the sum, to each donor their own part."""
    kind: MessageKind = "money_returned" if refund else "money_used"
    lines = refund.plan.lines if refund else receipt.plan.lines
    paid = [line for line in lines if line.book_id is not None]
    amounts = {receipt.patient.id: sum(line.amount_fen for line in paid)} if paid else {}
    for line in paid:
        if line.payer == "donor" and line.book_id is not None:
            amounts[line.book_id] = amounts.get(line.book_id, 0) + line.amount_fen
    return [
        MoneyMessage(
            id=world.new_id(),
            person_id=person_id,
            event_id=event.event_id,
            kind=kind,
            amount_fen=amount,
            about_id=receipt.patient.id,
            place=receipt.place.kind,
            at=event.at,
        )
        for person_id, amount in amounts.items()
    ]
