"""Step up: a fresh e-credential authorisation, that is the platform's face or password check."""

from msgspec.structs import replace

from service.domain.refusal import Refusal
from service.flows.open_session import Opened
from service.gateways.platform import CredentialRefused
from service.sessions import Session
from service.world import World


async def confirm_session(world: World, session: Session, code: str) -> Opened | Refusal:
    """Rise to level 3 for a while. The authorisation must be the session's own person's."""
    most = world.settings.codes_per_minute
    await world.limits.take("credential", owner=session.tag, most=most, seconds=60)
    credential = await world.platform.decode_credential(code)
    if isinstance(credential, CredentialRefused):
        return Refusal(code="credential.refused")
    if world.sessions.tag("person", credential.id_number) != session.tag:
        return Refusal(code="credential.other_person")
    confirmed = replace(session, confirmed_at=world.clock())
    token = await world.sessions.rise(session, confirmed)
    if token is None:
        return Refusal(code="session.required")
    return Opened(token=token, level=world.sessions.level(confirmed), session=confirmed)
