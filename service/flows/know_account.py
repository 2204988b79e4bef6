"""Find or add the account a channel's user signs in with."""

from msgspec.structs import replace

from service.crypto import CryptoFault
from service.database import Tx
from service.gateways import ChannelUser
from service.personal import ID_NUMBER_INDEX, SUBJECT_INDEX, subject_purpose
from service.store import channel_accounts
from service.store.channel_accounts import ChannelAccount
from service.world import World


async def know_account(
    tx: Tx, world: World, user: ChannelUser, *, channel: str, app_id: str
) -> ChannelAccount:
    """The account, with what the channel certifies of its user now.

    Raises CryptoFault when the row holds another subject than its index says.
    """
    indexes = world.vault.indexes(user.subject, purpose=SUBJECT_INDEX)
    certified = None
    if user.certified is not None:
        certified = world.vault.index(user.certified.id_number, purpose=ID_NUMBER_INDEX)
    account = await channel_accounts.find(
        tx, channel=channel, app_id=app_id, subject_indexes=indexes
    )
    if account is None:
        account_id = world.new_id()
        await channel_accounts.insert(
            tx,
            id=account_id,
            channel=channel,
            app_id=app_id,
            subject_index=world.vault.index(user.subject, purpose=SUBJECT_INDEX),
            subject_sealed=world.vault.seal(user.subject, purpose=subject_purpose(account_id)),
            certified_index=certified,
            at=world.clock(),
        )
        account = await channel_accounts.find(
            tx, channel=channel, app_id=app_id, subject_indexes=indexes
        )
        assert account is not None
    elif certified is not None and certified != account.certified_index:
        await channel_accounts.certify(tx, id=account.id, certified_index=certified)
        account = replace(account, certified_index=certified)
    sealed = world.vault.open_text(account.subject_sealed, purpose=subject_purpose(account.id))
    if sealed != user.subject:
        raise CryptoFault("an account's index and subject do not belong together")
    return account
