"""Who may call what: the session from the header, levels and roles from the route's own words.

A route says `PUBLIC`, `level(n)`, `role(name)` or `COUNTER`; one that says nothing is refused to
everyone.
"""

from collections.abc import Mapping
from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.datastructures import Address
from litestar.di import NamedDependency
from litestar.middleware.authentication import (
    AbstractAuthenticationMiddleware,
    AuthenticationResult,
)

from service.domain.institution import Institution
from service.problems import Problem
from service.sessions import Level, Session
from service.world import World

PUBLIC: dict[str, Any] = {"exclude_from_auth": True}
"""`opt` of a route anyone may call."""

_FORGERIES_PER_MINUTE = 60
_LEVEL_PROBLEM = {2: "session.credential_needed", 3: "session.confirmation_needed"}


def level(needed: Level) -> dict[str, Any]:
    """`opt` of a citizen's route: 1 signed in, 2 e-credential linked, 3 confirmed just now."""
    return {"level": needed}


COUNTER: dict[str, Any] = {"counter": True}
"""`opt` of a route for the counters of designated institutions, who sign their headers."""

COUNTER_SECURITY: list[dict[str, list[str]]] = [{"counter": []}]
"""How the API description tells it."""


def role(name: str) -> dict[str, Any]:
    """`opt` of a hall clerk's route: `intake`, `review`, or `any`."""
    return {"role": name}


class Authentication(AbstractAuthenticationMiddleware):
    """Reads `Authorization: Bearer tag.secret`, or a counter's signed headers, and checks that the
    caller may use the route. Redis away is 503, never anonymous.

    The check stands here and not in a guard: Litestar copies the handler for every call of one.
    """

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        opt: Mapping[str, Any] = connection.scope["route_handler"].opt
        world: World = connection.app.state.world
        if opt.get("counter"):
            institution = await sign_in_counter(world, connection.headers, connection.client)
            return AuthenticationResult(user=institution.code, auth=institution)
        scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
        session = await world.sessions.read(token) if scheme.lower() == "bearer" else None
        if session is None:
            raise Problem("session.required")
        _check(world, session, opt)
        return AuthenticationResult(user=session.principal, auth=session)


async def sign_in_counter(
    world: World, headers: Mapping[str, str], client: Address | None
) -> Institution:
    """Whose counter signed the headers. Raises Problem, LimitReached, SessionsAway."""
    institution = await world.counters.authenticate(headers, now=world.clock())
    if institution is None:
        owner = client[0] if client else "unknown"
        await world.limits.take("counter", owner=owner, most=_FORGERIES_PER_MINUTE, seconds=60)
        raise Problem("counter.refused")
    return institution


def _check(world: World, session: Session, opt: Mapping[str, Any]) -> None:
    """What a route says decides; one that says nothing is closed to everyone."""
    if "role" in opt:
        if session.clerk_id is None or opt["role"] not in ("any", *session.roles):
            raise Problem("clerk.role_needed")
    elif "level" in opt:
        if session.clerk_id is not None:
            raise Problem("clerk.role_needed")
        if world.sessions.level(session) < opt["level"]:
            raise Problem(_LEVEL_PROBLEM[2 if session.person_id is None else opt["level"]])
    else:
        raise Problem("service.fault")


# These name `world` though they do not need it: dependencies that stand in a row cost nothing,
# those side by side a task group in every request.


def session_of(request: Request[Any, Any, Any], world: NamedDependency[World]) -> Session:
    """Dependency `session`: the caller's, already checked by the guard."""
    session: Session = request.auth
    return session


def institution_of(request: Request[Any, Any, Any], world: NamedDependency[World]) -> Institution:
    """Dependency `institution`: whose counter signed the request."""
    institution: Institution = request.auth
    return institution


def world_of(request: Request[Any, Any, Any]) -> World:
    """Dependency `world`."""
    world: World = request.app.state.world
    return world


def address_of(request: Request[Any, Any, Any]) -> str:
    """Dependency `address`: the caller's, as the trusted proxy tells it."""
    return request.client.host if request.client else "unknown"
