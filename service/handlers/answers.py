"""Answers: idempotent ones, and how every problem of a route is told in the API description."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter
from msgspec import Struct

from service import idempotency
from service.domain.refusal import Refusal
from service.idempotency import Once
from service.problem_table import ROWS
from service.problems import Problem, ProblemBody, example
from service.sessions import Session
from service.world import World

T = TypeVar("T")
V = TypeVar("V", bound=Struct)

PROBLEM_JSON = "application/problem+json"

KEY_SHAPE = re.compile(r"^[A-Za-z0-9_-]{8,64}$")
IdempotencyKey = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        pattern=KEY_SHAPE.pattern,
        description="防重复编号：同一次操作重试时保持不变，8 到 64 个字母、数字或 -_",
    ),
]


class Page(Struct, frozen=True, kw_only=True):
    """How lists end: `next` is the `after` of the next page, null on the last."""

    next: str | None


def documented(*codes: str) -> dict[int, ResponseSpec]:
    """The problems of a route by status, with an example each, for `responses=`."""
    always = ("request.invalid", "service.fault", "service.database_away")
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys((*codes, *always)):
        by_status.setdefault(ROWS[code].status, []).append(code)
    return {status: _spec(found) for status, found in by_status.items()}


def _spec(codes: Sequence[str]) -> ResponseSpec:
    return ResponseSpec(
        data_container=ProblemBody,
        generate_examples=False,
        description="；".join(ROWS[code].title for code in codes),
        media_type=PROBLEM_JSON,
        examples=[
            Example(id=code, summary=ROWS[code].title, value=msgspec.to_builtins(example(code)))
            for code in codes
        ],
    )


SIGNED_IN = ("session.required", "session.credential_needed", "service.sessions_away")
CONFIRMED = (*SIGNED_IN, "session.confirmation_needed")
CLERK = ("session.required", "clerk.role_needed", "service.sessions_away")
KEYED = (
    "idempotency.key_missing",
    "idempotency.other_request",
    "idempotency.running",
    "request.malformed",
    "request.too_large",
    "request.media_type",
)
SIGNED_HEADERS = ("counter.refused", "request.too_many", "service.sessions_away")
AT_COUNTER = (
    *SIGNED_HEADERS,
    "request.malformed",
    "request.too_large",
    "request.media_type",
)
SPLIT = (
    *AT_COUNTER,
    "family_code.refused",
    "family_code.used",
    "counter.message_reused",
    "counter.cancelled",
    "counter.running",
    "area.not_served",
    "institution.closed",
    "institution.service_not_agreed",
    "institution.area_not_agreed",
    "institution.not_for_away_patients",
    "bill.amount_out_of_range",
    "bill.parts_do_not_add_up",
    "bill.fund_exceeds_total",
    "settlement.service_not_payable",
    "settlement.filing_needed",
    "settlement.facts_changing",
)
LOOK_UP = ("request.too_many", "outside.platform")


class Change:
    """A request that changes something: who asks, in which world, under which key."""

    def __init__(self, request: Request[Any, Any, Any], key: str) -> None:
        self._request, self._key = request, key
        self.session: Session = request.auth
        self.world: World = request.app.state.world

    async def once(
        self,
        *,
        content: Struct | bytes,
        status: int,
        render: Callable[[T], Struct],
        action: Callable[[Once[T]], Awaitable[T | Refusal]],
    ) -> Response[Any]:
        """Run `action` under the Idempotency-Key; `content` is all that decides its effect."""
        asked = idempotency.Request(
            principal=self.session.principal,
            key=self._key,
            route=f"{self._request.method} {self._request.url.path}",
            content=content if isinstance(content, bytes) else msgspec.json.encode(content),
        )
        answer = await Once(self.world, asked, status=status, render=render).run(action)
        return Response(
            content=answer.body,
            status_code=answer.status,
            media_type="application/json",
            headers={"Idempotency-Replayed": "true"} if answer.replayed else None,
        )


def change_of(request: Request[Any, Any, Any], idempotency_key: IdempotencyKey) -> Change:
    """Dependency `change`."""
    return Change(request, idempotency_key)


def granted(result: T | Refusal) -> T:
    """The result, or the refusal as a problem."""
    if isinstance(result, Refusal):
        raise Problem.of(result)
    return result
