"""Link the e-credential to the channel account: from here on the session knows the person."""

from uuid import UUID

from msgspec.structs import replace

from service.database import Tx
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.know_person import know_person
from service.flows.open_session import Opened, owner_tag
from service.gateways.platform import Credential, CredentialRefused, PersonNotMatched
from service.personal import ID_NUMBER_INDEX, reveal
from service.sessions import Session, sid_of
from service.store import channel_accounts, people
from service.store.channel_accounts import ChannelAccount
from service.world import World


async def link_credential(world: World, session: Session, code: str) -> Opened | Refusal:
    """Decode the authorisation, make sure it is the channel user's own, and rise to level 2.

    Where the channel has certified its user's identity, both must be the same person. An account
    linked to somebody else before is linked anew: both owners' sessions end and it is audited.
    """
    most = world.settings.codes_per_minute
    await world.limits.take("credential", owner=session.tag, most=most, seconds=60)
    credential = await world.platform.decode_credential(code)
    if isinstance(credential, CredentialRefused):
        return Refusal(code="credential.refused")
    insured = await world.platform.find_insured(credential.id_number, name=credential.name)
    if isinstance(insured, PersonNotMatched):
        return Refusal(code="credential.not_insured")
    assert session.account_id is not None
    account_id = session.account_id

    async def work(tx: Tx) -> tuple[UUID, str | None] | Refusal:
        account = await channel_accounts.lock(tx, id=account_id)
        if not _same_person(world, account, credential):
            return Refusal(code="credential.other_person")
        person_id = await know_person(tx, world, insured)
        await people.lock(tx, ids=[person_id])
        former = await _former_owner(tx, world, account, person_id)
        if account.person_id != person_id:
            await _link(tx, world, account, person_id)
        return person_id, former

    linked = await world.database.transact(work)
    if isinstance(linked, Refusal):
        return linked
    person_id, former = linked
    tag = world.sessions.tag("person", credential.id_number)
    new = replace(session, tag=tag, person_id=person_id, confirmed_at=None)
    strangers = {former, session.tag if session.person_id is not None else None} - {tag, None}
    token = await _renew(world, session, new, strangers=strangers)
    if token is None:
        return Refusal(code="session.required")
    new = replace(new, sid=sid_of(token))
    return Opened(token=token, level=world.sessions.level(new), session=new)


async def _renew(
    world: World, old: Session, new: Session, *, strangers: set[str | None]
) -> str | None:
    """Rise; or, on an account that was somebody else's, end all of theirs first. A repeat after
    a failure in between ends them too: the session itself says whose it was."""
    if not strangers:
        return await world.sessions.rise(old, new)
    for tag in strangers:
        assert tag is not None
        await world.sessions.end_all(tag)
    await world.sessions.end(old)
    return await world.sessions.open(new)


def _same_person(world: World, account: ChannelAccount, credential: Credential) -> bool:
    if account.certified_index is None:
        return True
    indexes = world.vault.indexes(credential.id_number, purpose=ID_NUMBER_INDEX)
    return account.certified_index in indexes


async def _former_owner(
    tx: Tx, world: World, account: ChannelAccount, person_id: UUID
) -> str | None:
    """The session tag of another person this account was linked to."""
    if account.person_id is None or account.person_id == person_id:
        return None
    former = reveal(world.vault, await people.get(tx, id=account.person_id))
    return owner_tag(world, account_id=account.id, id_number=former.id_number)


async def _link(tx: Tx, world: World, account: ChannelAccount, person_id: UUID) -> None:
    displaced = await channel_accounts.unlink_others(
        tx, person_id=person_id, channel=account.channel, app_id=account.app_id, id=account.id
    )
    await channel_accounts.link(tx, id=account.id, person_id=person_id, at=world.clock())
    await audit(
        tx,
        world,
        "credential.linked" if account.person_id is None else "credential.relinked",
        actor=Actor(kind="citizen", id=person_id),
        subject=("channel_account", account.id),
        detail={"channel": account.channel, "displaced_accounts": displaced},
    )
