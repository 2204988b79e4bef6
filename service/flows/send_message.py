"""Job: carry one message to its person through the mini-program they use."""

from uuid import UUID

from service.database import Tx
from service.domain.message import compose
from service.domain.person import mask_name
from service.flows.prepare_commitment import identities
from service.gateways import ChannelMessage
from service.personal import reveal, subject_purpose
from service.store import bindings, channel_accounts, messages, people
from service.store.messages import MessageRow, Outcome
from service.world import World


async def send_message(world: World, message_id: UUID) -> Outcome | None:
    """What became of it; None when it was settled before. May run twice, and then may be
    delivered twice: no platform offers a key against that.

    Raises GatewayTrouble: the job is tried again later.
    """
    async with world.database.read() as tx:
        message = await messages.get(tx, id=message_id)
        if message is None or message.outcome is not None:
            return None
        relative = await _relative(tx, world, message)
        accounts = await channel_accounts.of_person(tx, person_id=message.person_id)
    fields = compose(
        message.kind,
        relative=relative,
        at=message.created_at,
        amount_fen=message.amount_fen,
        place=message.place,
    )
    outcome: Outcome = "no_account"
    for account in accounts:
        app = world.apps.get((account.channel, account.app_id))
        template = app and app.templates.get(message.kind)
        if not template:
            continue
        subject = world.vault.open_text(account.subject_sealed, purpose=subject_purpose(account.id))
        delivery = await world.channels[account.channel].send(
            ChannelMessage(template_id=template, page="pages/status/index", fields=fields),
            app_id=account.app_id,
            subject=subject,
        )
        outcome = delivery.outcome
        if outcome == "sent":
            break

    async def work(tx: Tx) -> int:
        return await messages.settle(tx, id=message_id, outcome=outcome, at=world.clock())

    await world.database.transact(work)
    return outcome


async def _relative(tx: Tx, world: World, message: MessageRow) -> str:
    """Whom the message speaks of, masked: the other party, or the patient at the counter."""
    if message.binding_id is None:
        assert message.about_id is not None
        return mask_name(reveal(world.vault, await people.get(tx, id=message.about_id)).name)
    donor, beneficiary = identities(world, await bindings.get(tx, id=message.binding_id))
    return mask_name((beneficiary if message.person_id == donor.id else donor).name)
