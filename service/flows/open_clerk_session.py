"""A hall clerk signs in with two factors: password and one-time code (TOTP, RFC 6238)."""

import functools

import anyio.to_thread
import argon2
import pyotp

from service.crypto import same
from service.database import Tx
from service.domain.refusal import Refusal
from service.flows.audit import Actor, audit
from service.flows.open_session import Opened
from service.personal import totp_purpose
from service.sessions import Session
from service.store import clerks
from service.store.clerks import Clerk
from service.world import World

_STEP_SECONDS = 30
_TRIES_MAX, _TRIES_SECONDS = 5, 900
hasher = argon2.PasswordHasher()


async def open_clerk_session(
    world: World, *, login: str, password: str, one_time_code: str, address: str
) -> Opened | Refusal:
    """One refusal for every wrong factor, known login or not; five tries in 15 minutes.

    Raises LimitReached, SessionsAway.
    """
    most = world.settings.sign_ins_per_minute
    await world.limits.take("clerk_sign_in", owner=address, most=most, seconds=60)
    await world.limits.take("clerk_login", owner=login, most=_TRIES_MAX, seconds=_TRIES_SECONDS)
    async with world.database.read() as tx:
        clerk = await clerks.find(tx, login=login)
    password_right = await anyio.to_thread.run_sync(_verify, clerk, password)
    if clerk is None:
        return Refusal(code="clerk.refused")
    step = _step_of(world, clerk, one_time_code) if password_right else None

    async def work(tx: Tx) -> bool:
        actor, subject = Actor(kind="clerk", id=clerk.id), ("clerk", clerk.id)
        opened = bool(step and await clerks.record_sign_in(tx, id=clerk.id, step=step))
        act = "clerk.signed_in" if opened else "clerk.sign_in_failed"
        await audit(tx, world, act, actor=actor, subject=subject)
        return opened

    if not await world.database.transact(work):
        return Refusal(code="clerk.refused")
    return await _open(world, clerk)


@functools.cache
def _nobodys_hash() -> str:
    return hasher.hash("nobody has this password")


def _verify(clerk: Clerk | None, password: str) -> bool:
    """Takes as long for an unknown login as for a known one."""
    try:
        return hasher.verify(clerk.password_hash if clerk else _nobodys_hash(), password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def _step_of(world: World, clerk: Clerk, one_time_code: str) -> int | None:
    """The time step the code belongs to (this one or its neighbours), None for a wrong code."""
    secret = world.vault.open_text(clerk.totp_sealed, purpose=totp_purpose(clerk.id))
    current = int(world.clock().timestamp()) // _STEP_SECONDS
    generator = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if same(generator.generate_otp(step), one_time_code):
            return step
    return None


async def _open(world: World, clerk: Clerk) -> Opened:
    session = Session(
        tag=world.sessions.tag("clerk", str(clerk.id)),
        channel="hall",
        clerk_id=clerk.id,
        roles=tuple(clerk.roles),
        area=clerk.area,
        born_at=world.clock(),
    )
    token = await world.sessions.open(session)
    return Opened(token=token, level=world.sessions.level(session), session=session)
