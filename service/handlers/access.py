"""Who may call what: the session from the header, levels and roles from the route's own words.

A route says `PUBLIC`, `level(n)`, `role(name)` or `COUNTER`; one that says nothing is refused to
everyone.
"""

from typing import Any

from litestar.connection import ASGIConnection, Request
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers.base import BaseRouteHandler
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
    """Reads `Authorization: Bearer tag.secret`. Redis away is 503, never anonymous."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        if connection.scope["route_handler"].opt.get("counter"):
            return await self._counter(connection)
        scheme, _, token = connection.headers.get("Authorization", "").partition(" ")
        world: World = connection.app.state.world
        session = await world.sessions.read(token) if scheme.lower() == "bearer" else None
        if session is None:
            raise Problem("session.required")
        return AuthenticationResult(user=session.principal, auth=session)

    async def _counter(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        world: World = connection.app.state.world
        institution = await world.counters.authenticate(connection.headers, now=world.clock())
        if institution is None:
            owner = connection.client.host if connection.client else "unknown"
            await world.limits.take("counter", owner=owner, most=_FORGERIES_PER_MINUTE, seconds=60)
            raise Problem("counter.refused")
        return AuthenticationResult(user=institution.code, auth=institution)


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one guard of all routes. OPTIONS tells what a path supports, nothing else. A coroutine:
    as a function it would take a thread for each request."""
    if handler.opt.get("exclude_from_auth") or connection.scope.get("method") == HttpMethod.OPTIONS:
        return
    if "counter" in handler.opt:
        return  # the signature was the key
    session: Session = connection.auth
    if "role" in handler.opt:
        _check_role(session, handler.opt["role"])
    elif "level" in handler.opt:
        _check_level(connection, session, handler.opt["level"])
    else:
        raise Problem("service.fault")


def _check_role(session: Session, needed: str) -> None:
    if session.clerk_id is None or (needed != "any" and needed not in session.roles):
        raise Problem("clerk.role_needed")


def _check_level(
    connection: ASGIConnection[Any, Any, Any, Any], session: Session, needed: Level
) -> None:
    world: World = connection.app.state.world
    if session.clerk_id is not None:
        raise Problem("clerk.role_needed")
    if world.sessions.level(session) < needed:
        raise Problem(_LEVEL_PROBLEM[2 if session.person_id is None else needed])


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
