"""An operator resolves a difference by a named act; what it says is never edited.

To reverse is to refund all that is left of our settlement, under a message of the difference's own:
however often it is repeated, the refund is one. The row stays locked meanwhile, so that nobody
resolves it otherwise.
"""

from functools import partial
from typing import Literal
from uuid import UUID

from service.crypto import sm3
from service.database import Tx
from service.domain.difference import Act
from service.domain.refusal import Refusal
from service.flows.ask_difference import ask_difference
from service.flows.audit import OPERATOR, audit
from service.flows.refund_settlement import RefundOrder, refund_settlement
from service.flows.settle_difference import settle_difference
from service.store import counter_claims, differences
from service.store.differences import DifferenceRow
from service.world import World

Outcome = Literal[
    "resolved",
    "already",
    "not_found",
    "resolved_otherwise",
    "nothing_to_reverse",
    "nobody_to_ask",
    "still_differs",
    "still_held",
]
_ASKING: tuple[Act, ...] = ("asked_again", "booked_as_theirs", "voided")


async def resolve_difference(
    world: World, id: UUID, *, act: Act, by: str, note: str
) -> Outcome | Refusal:
    """`by` and `note` are kept with it; a Refusal is that of the refund. Raises GatewayTrouble when
    the other side is to be asked again and does not answer."""
    if act in _ASKING:
        asked = await _ask(world, id, act)
        if asked != "resolved":
            return asked
    return await world.database.transact(
        partial(_resolve, world=world, id=id, act=act, by=by, note=note)
    )


async def _resolve(
    tx: Tx, *, world: World, id: UUID, act: Act, by: str, note: str
) -> Outcome | Refusal:
    row = await differences.lock(tx, id=id)
    if row is None:
        return "not_found"
    if row.act is not None:
        return "already" if row.act == act else "resolved_otherwise"
    if act not in _ASKING and await differences.money_waits(tx, id=id):
        return "still_held"
    if act == "reversed":
        outcome = await _reverse(tx, world, row)
        if outcome != "resolved":
            return outcome
    await differences.resolve(tx, id=id, act=act, by=by, note=note, at=world.clock())
    await audit(
        tx,
        world,
        "difference.resolved",
        actor=OPERATOR,
        subject=("difference", id),
        detail={"act": act, "by": by},
    )
    return "resolved"


async def _ask(world: World, id: UUID, act: Act) -> Outcome:
    """Outside of any transaction; only about premiums is there somebody to ask by a number."""
    async with world.database.read() as tx:
        row = await differences.get(tx, id=id)
    if row is None:
        return "not_found"
    if row.act is not None:
        return "already" if row.act == act else "resolved_otherwise"
    if not row.institution_code.startswith(("tax:", "enrolment:")):
        return "nobody_to_ask"
    if act == "asked_again":
        return "resolved" if await ask_difference(world, row) else "still_differs"
    if row.source != "tax" or act not in ("booked_as_theirs", "voided"):
        return "nobody_to_ask"
    settled = await settle_difference(world, UUID(hex=row.message_id), act=act)
    return "resolved" if settled else "still_differs"


async def _reverse(tx: Tx, world: World, row: DifferenceRow) -> Outcome | Refusal:
    """In a transaction of its own, done before the difference is resolved."""
    claim = await counter_claims.find(
        tx, institution_code=row.institution_code, message_id=row.message_id
    )
    if claim is None or claim.kind != "settlement":
        return "nothing_to_reverse"
    message_id = f"difference:{row.id}"
    order = RefundOrder(
        institution_code=row.institution_code,
        settlement_id=claim.id,
        amount_fen=None,
        message_id=message_id,
        fingerprint=sm3(message_id.encode()),
    )
    refunded = await refund_settlement(world, order)
    return refunded if isinstance(refunded, Refusal) else "resolved"
