"""Sign in: exchange the channel's code, find the account, open a session."""

from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from service.database import Tx
from service.domain.refusal import Refusal
from service.flows.know_account import know_account
from service.gateways import SignInRefused
from service.personal import ID_NUMBER_INDEX, reveal
from service.sessions import Level, Session, sid_of
from service.settings import ChannelApp
from service.store import people
from service.store.channel_accounts import ChannelAccount
from service.world import World


class Opened(Struct, frozen=True, kw_only=True):
    """A fresh token and what it opens."""

    token: str
    level: Level
    session: Session


async def open_session(
    world: World, code: str, *, channel: str, app_id: str | None, address: str
) -> Opened | Refusal:
    """Level 2 when the account's e-credential was linked before, else level 1.

    An account that its channel has certified for another person since counts as not linked.
    Raises GatewayTrouble, LimitReached, SessionsAway.
    """
    app = _find_app(world, channel=channel, app_id=app_id)
    if app is None:
        return Refusal(code="session.app_unknown")
    most = world.settings.sign_ins_per_minute
    await world.limits.take("sign_in", owner=address, most=most, seconds=60)
    user = await world.channels[channel].sign_in(code, app_id=app.app_id)
    if isinstance(user, SignInRefused):
        return Refusal(code="session.code_refused")

    most = world.settings.codes_per_minute
    await world.limits.take("account_sign_in", owner=user.subject, most=most, seconds=60)

    async def work(tx: Tx) -> tuple[ChannelAccount, str | None]:
        account = await know_account(tx, world, user, channel=channel, app_id=app.app_id)
        return account, await _id_number_of(tx, world, account.person_id)

    account, id_number = await world.database.transact(work)
    if id_number is not None and not _still_theirs(world, account, id_number):
        id_number = None
    session = Session(
        tag=owner_tag(world, account_id=account.id, id_number=id_number),
        channel=channel,
        app_id=app.app_id,
        account_id=account.id,
        person_id=None if id_number is None else account.person_id,
        born_at=world.clock(),
    )
    token = await world.sessions.open(session)
    return Opened(
        token=token,
        level=world.sessions.level(session),
        session=replace(session, sid=sid_of(token)),
    )


def _still_theirs(world: World, account: ChannelAccount, id_number: str) -> bool:
    """Whether the channel has not certified the account for somebody else."""
    if account.certified_index is None:
        return True
    return account.certified_index in world.vault.indexes(id_number, purpose=ID_NUMBER_INDEX)


def owner_tag(world: World, *, account_id: UUID, id_number: str | None) -> str:
    """The session slot: the e-credential's person, or the account before it is linked."""
    if id_number is None:
        return world.sessions.tag("account", str(account_id))
    return world.sessions.tag("person", id_number)


def _find_app(world: World, *, channel: str, app_id: str | None) -> ChannelApp | None:
    """The registered mini-program; a channel with only one needs no `app_id`."""
    if app_id is not None:
        return world.apps.get((channel, app_id))
    registered = [app for (name, _), app in world.apps.items() if name == channel]
    return registered[0] if len(registered) == 1 else None


async def _id_number_of(tx: Tx, world: World, person_id: UUID | None) -> str | None:
    if person_id is None:
        return None
    return reveal(world.vault, await people.get(tx, id=person_id)).id_number
