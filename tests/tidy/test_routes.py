"""Every route: guarded or public, idempotent or excused, and described as it answers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.routes import HTTPRoute
from msgspec import Struct

from service.app import create_app
from service.sessions import Level

NO_WORLD: Any = object()
"""Composition only keeps the world; no request is made here."""

APP = create_app(NO_WORLD)
SCHEMA: dict[str, Any] = APP.openapi_schema.to_schema()
CHINESE = re.compile("[\u4e00-\u9fff]")
LEVELS: tuple[Level, ...] = (1, 2, 3)
ROLES = ("intake", "review", "any")

WITHOUT_KEY = {
    "POST /v1/sessions": "the channel's code works once; there is no caller yet to own a key",
    "POST /v1/sessions/credential": "the authorisation works once, and the answer is a secret",
    "POST /v1/sessions/confirm": "the authorisation works once, and the answer is a secret",
    "POST /v1/sessions/end": "ending twice is ending once",
    "POST /v1/hall/sessions/end": "ending twice is ending once",
    "POST /v1/hall/sessions": "the one-time code works once, and the answer is a secret",
    "POST /v1/bindings/checks": "changes nothing; POST because an ID number stays out of the URL",
    "POST /v1/family-codes": "every call makes a new code, which voids the one before",
    "POST /v1/counter/quotes": "changes nothing; POST because the code stays out of the URL",
    "POST /fsi/api/{service:path}": "its msgid is the key",
    "POST /v1/callbacks/tax": "the order's number is the key, however often it comes",
}
IN_AN_ENVELOPE = {
    "POST /fsi/api/{service:path}": "programs of the national kind read infcode and err_msg",
}
"""Routes whose refusals are no problem documents, and which take unknown fields."""
WITHOUT_TROUBLE = {
    "GET /health/live": "takes nothing and asks nobody, so only its own absence is a fault",
}
ALWAYS = ("request.invalid", "service.fault", "service.database_away")
SIGNED_IN = ("session.required", "session.credential_needed", "service.sessions_away")
BY_LEVEL = {1: SIGNED_IN, 2: SIGNED_IN, 3: (*SIGNED_IN, "session.confirmation_needed")}
BY_ROLE = ("session.required", "clerk.role_needed", "service.sessions_away")
BY_SIGNATURE = ("counter.refused", "request.too_many", "service.sessions_away")
WITH_BODY = ("request.malformed", "request.too_large", "request.media_type")
WITH_KEY = ("idempotency.key_missing", "idempotency.other_request", "idempotency.running")
WITH_KEY_AT_COUNTER = ("idempotency.key_missing", "counter.message_reused")
"""The key is the counter's message number, whose claim the books keep for ever."""


class Route(Struct, frozen=True):
    """One method of one path; `operation` is its description, None where there is none."""

    name: str
    opt: dict[str, Any]
    operation: dict[str, Any] | None

    def __repr__(self) -> str:
        return self.name

    @property
    def public(self) -> bool:
        return bool(self.opt.get("exclude_from_auth"))

    @property
    def problems(self) -> dict[str, int]:
        """The documented codes with their status."""
        assert self.operation is not None
        return {
            code: int(status)
            for status, response in self.operation["responses"].items()
            for code in response.get("content", {}).get(self.refusals, {}).get("examples", {})
        }

    @property
    def refusals(self) -> str:
        """Their Content-Type."""
        return "application/json" if self.name in IN_AN_ENVELOPE else "application/problem+json"

    @property
    def expected(self) -> set[str]:
        """What any route of its kind can answer."""
        assert self.operation is not None
        found = set(ALWAYS)
        if "level" in self.opt:
            found |= set(BY_LEVEL[self.opt["level"]])
        if "role" in self.opt:
            found |= set(BY_ROLE)
        if "counter" in self.opt:
            found |= set(BY_SIGNATURE)
        if "requestBody" in self.operation:
            found |= set(WITH_BODY)
        if has_key(self):
            found |= set(WITH_KEY_AT_COUNTER if "counter" in self.opt else WITH_KEY)
        if self.name in IN_AN_ENVELOPE:
            found -= {"request.media_type"}
        return found


def has_key(route: Route) -> bool:
    assert route.operation is not None
    return any(
        p["name"] == "Idempotency-Key" and p["in"] == "header" and p["required"]
        for p in route.operation.get("parameters", [])
    )


def _routes() -> Iterator[Route]:
    for route in APP.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(set(map(str, handler.http_methods)) - {"OPTIONS", "HEAD"}):
                    yield Route(f"{method} {route.path}", handler.opt, _operation(route, handler))


def _operation(route: HTTPRoute, handler: HTTPRouteHandler) -> dict[str, Any] | None:
    path = re.sub(r":\w+\}", "}", route.path)
    (method, *_) = sorted(set(map(str, handler.http_methods)))
    operation: dict[str, Any] | None = SCHEMA["paths"].get(path, {}).get(method.lower())
    return operation


ROUTES = list(_routes())
DESCRIBED = [route for route in ROUTES if route.operation is not None]
each_route = pytest.mark.parametrize("route", ROUTES, ids=repr)
each_described_route = pytest.mark.parametrize("route", DESCRIBED, ids=repr)


def test_every_path_of_the_description_is_a_route() -> None:
    described = sum(len(item) for item in SCHEMA["paths"].values())
    assert len(DESCRIBED) == described
    hidden = [route for route in ROUTES if route.operation is None and "/v1/" in route.name]
    assert not hidden, f"not in the description: {hidden}"


@each_route
def test_a_route_says_who_may_call_it(route: Route) -> None:
    said = [word for word in ("exclude_from_auth", "level", "role", "counter") if word in route.opt]
    assert len(said) == 1, f"{route} says {said or 'nothing'}"
    assert route.opt.get("level", 1) in LEVELS
    assert route.opt.get("role", "any") in ROLES


@each_route
def test_only_get_and_post(route: Route) -> None:
    """wx.request and my.request agree on no more."""
    assert route.name.partition(" ")[0] in ("GET", "POST")


@each_described_route
def test_a_change_takes_an_idempotency_key(route: Route) -> None:
    needed = route.name.startswith("POST") and route.name not in WITHOUT_KEY
    assert has_key(route) == needed, f"{route}: key {'missing' if needed else 'not expected'}"


@each_described_route
def test_the_problems_of_a_route_are_told(route: Route) -> None:
    if route.name in WITHOUT_TROUBLE:
        assert not route.problems, f"{route} has problems: take it off the list"
        return
    missing = route.expected - set(route.problems)
    assert not missing, f"{route} does not tell of {sorted(missing)}"


@each_described_route
def test_every_refusal_is_a_problem(route: Route) -> None:
    assert route.operation is not None
    for status, response in route.operation["responses"].items():
        kinds = set(response.get("content", {}))
        if int(status) >= 400:
            assert kinds == {route.refusals}, f"{route} answers {status} as {kinds}"


@each_described_route
def test_the_summary_is_for_a_chinese_reader(route: Route) -> None:
    assert route.operation is not None
    assert CHINESE.search(route.operation.get("summary", "")), f"{route} has no Chinese summary"


@each_described_route
def test_security_is_told_as_it_is(route: Route) -> None:
    assert route.operation is not None
    told = route.operation.get("security", SCHEMA["security"])
    needed = "counter" if "counter" in route.opt else "session"
    assert told == ([{}] if route.public else [{needed: []}]), f"{route} tells {told}"


@each_described_route
def test_a_body_takes_no_unknown_fields(route: Route) -> None:
    assert route.operation is not None
    if route.name in IN_AN_ENVELOPE:
        return
    for content in route.operation.get("requestBody", {}).get("content", {}).values():
        loose = sorted(_loose(content["schema"], "body"))
        assert not loose, f"{route} takes anything in {loose}"


def _loose(schema: dict[str, Any], place: str) -> Iterator[str]:
    """The objects of a schema that do not refuse unknown fields."""
    if "$ref" in schema:
        schema = SCHEMA["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        yield place
    for name, part in schema.get("properties", {}).items():
        yield from _loose(part, f"{place}.{name}")
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _loose(part, place)
    if isinstance(schema.get("items"), dict):
        yield from _loose(schema["items"], f"{place}[]")


@pytest.mark.parametrize("name", [*WITHOUT_KEY, *WITHOUT_TROUBLE, *IN_AN_ENVELOPE])
def test_nothing_is_excused_that_is_gone(name: str) -> None:
    assert name in {route.name for route in ROUTES}


def test_the_description_is_reachable_without_the_internet() -> None:
    config = APP.openapi_config
    assert isinstance(config, OpenAPIConfig)
    pages = [vars(plugin) for plugin in config.render_plugins if plugin.media_type == "text/html"]
    assert pages
    outside = [value for page in pages for value in page.values() if "://" in str(value)]
    assert not outside, outside
