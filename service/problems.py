"""From what went wrong to RFC 9457 problems, by the one table in `problem_table`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from service.constraint_table import BUG, CONSTRAINTS
from service.domain.refusal import Refusal
from service.problem_table import HOTLINE, ROWS, Retry, Row


class FieldError(Struct, frozen=True, kw_only=True):
    """One field and what is wrong with it, in a sentence."""

    field: str
    message: str


class ProblemBody(Struct, frozen=True, kw_only=True):
    """The body of every refusal and fault. `retry`: never, same_key (at once) or later."""

    type: str
    code: str
    title: str
    status: int
    detail: str
    next_step: str
    hotline: str
    retry: Retry
    clause: str | None = None
    errors: tuple[FieldError, ...] = ()


class Problem(Exception):
    """Raised by handlers; `code` is a row of the table."""

    def __init__(
        self,
        code: str,
        *,
        clause: str = "",
        facts: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(code)
        self.row: Row = ROWS[code]
        self.clause, self.facts = clause, facts or {}
        self.errors, self.retry_after = tuple(errors), retry_after

    @classmethod
    def of(cls, refusal: Refusal) -> "Problem":
        return cls(refusal.code, clause=refusal.clause, facts=refusal.facts)

    @classmethod
    def of_constraint(cls, name: str) -> "Problem":
        """The refusal a constraint stands for; a constraint no caller can break is our fault."""
        code = CONSTRAINTS.get(name, BUG)
        return cls("service.fault" if code is BUG else code)

    @property
    def body(self) -> ProblemBody:
        row = self.row
        return ProblemBody(
            type=f"urn:gongji:problem:{row.code}",
            code=row.code,
            title=row.title,
            status=row.status,
            detail=_fill(row.detail, self.facts),
            next_step=row.next_step,
            hotline=HOTLINE,
            retry=row.retry,
            clause=self.clause or None,
            errors=self.errors,
        )

    @property
    def headers(self) -> dict[str, str]:
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if self.row.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return headers


def example(code: str) -> ProblemBody:
    """The problem with its placeholders emptied, for the API description."""
    body = Problem(code).body
    return replace(body, detail=_fill(ROWS[code].detail, {}))


def _fill(sentence: str, facts: Mapping[str, Any]) -> str:
    """Put facts in place of `{name}`; one pass, so that a fact is never read as a placeholder."""
    return re.sub(r"\{(\w+)\}", lambda match: str(facts.get(match[1], "…")), sentence)
