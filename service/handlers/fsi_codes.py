"""The numbers of the national envelope: `infcode` of every problem, and what a refusal looks like.

0 is success, -1 a message that cannot be read. The others never change their meaning:
1xxx the message, 2xxx the person and the code, 3xxx the institution, 4xxx the bill, 5xxx the
settlement or refund, 95xx the service. The HTTP status is 200, but for authentication (401), too
large (413), too many (429) and the service's own trouble (5xx).
"""

import itertools
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example, Operation
from msgspec import Struct

from service.domain.calendar import SHANGHAI
from service.problem_table import ROWS
from service.problems import ProblemBody, example

OTHERWISE = 9599
INFCODES: dict[str, int] = {
    "request.malformed": -1,
    "request.invalid": 1001,
    "request.too_large": 1002,
    "request.too_many": 1003,
    "request.not_found": 1004,
    "envelope.transaction_unknown": 1101,
    "envelope.other_institution": 1102,
    "counter.refused": 1201,
    "counter.message_reused": 1301,
    "counter.running": 1302,
    "counter.cancelled": 1303,
    "envelope.code_needed": 2001,
    "family_code.refused": 2002,
    "family_code.used": 2003,
    "counter.person_mismatch": 2004,
    "area.not_served": 2101,
    "institution.closed": 3001,
    "institution.service_not_agreed": 3002,
    "institution.area_not_agreed": 3003,
    "institution.not_for_away_patients": 3004,
    "bill.amount_out_of_range": 4001,
    "bill.parts_do_not_add_up": 4002,
    "bill.fund_exceeds_total": 4003,
    "envelope.service_unknown": 4004,
    "settlement.service_not_payable": 5001,
    "settlement.filing_needed": 5002,
    "settlement.facts_changing": 5003,
    "refund.exceeds_settlement": 5101,
    "counter.refund_stands": 5102,
    "service.fault": 9500,
    "service.database_away": 9501,
    "service.sessions_away": 9502,
}
_ERR_MSG_MAX = 200
_KEEP_STATUS = (401, 413, 429)
_sequence = itertools.count(secrets.randbelow(10**10))


class Answer(Struct, frozen=True, kw_only=True):
    """The answer envelope. Times are of Asia/Shanghai; amounts in `output` are yuan."""

    infcode: int
    inf_refmsgid: str
    refmsg_time: str
    respond_time: str
    err_msg: str
    output: dict[str, Any]


_encoder = msgspec.json.Encoder(decimal_format="number")


def answer(
    area: str,
    *,
    asked_at: datetime,
    at: datetime,
    infcode: int = 0,
    err_msg: str = "",
    output: dict[str, Any] | None = None,
) -> bytes:
    """The envelope as bytes. Its own number: area 6, time 14, sequence 10."""
    local = at.astimezone(SHANGHAI)
    return _encoder.encode(
        Answer(
            infcode=infcode,
            inf_refmsgid=f"{area}{local:%Y%m%d%H%M%S}{next(_sequence) % 10**10:010d}",
            refmsg_time=_instant(asked_at),
            respond_time=_instant(at),
            err_msg=err_msg,
            output=output or {},
        )
    )


def status_of(problem: ProblemBody) -> int:
    kept = problem.status in _KEEP_STATUS or problem.status >= 500
    return problem.status if kept else 200


def infcode_of(problem: ProblemBody) -> int:
    return INFCODES.get(problem.code, OTHERWISE)


def err_msg_of(problem: ProblemBody) -> str:
    """Title, what is wrong, and the next step if it has room. Those of `request.…` speak to a
    citizen with a telephone, so they are left out."""
    faults = "".join(f"{error.field} {error.message}" for error in problem.errors)
    said = f"{problem.title}：{faults or problem.detail}"
    if problem.code.startswith("request."):
        return said[:_ERR_MSG_MAX]
    whole = f"{said}{problem.next_step}"
    return whole if len(whole) <= _ERR_MSG_MAX else said[:_ERR_MSG_MAX]


@dataclass
class EnvelopeOperation(Operation):
    """Its description without the 400 that the framework adds: here such a refusal is a 200."""

    def __post_init__(self) -> None:
        if self.responses is not None:
            self.responses.pop("400", None)


def enveloped(*codes: str) -> dict[int, ResponseSpec]:
    """The answers of the envelope by HTTP status, with an example for success and each problem."""
    by_status: dict[int, list[Example]] = {200: [_example("success", "成功", _told(0, ""))]}
    for code in dict.fromkeys(codes):
        problem = example(code)
        told = _told(infcode_of(problem), err_msg_of(problem))
        title = f"{told['infcode']} {ROWS[code].title}"
        by_status.setdefault(status_of(problem), []).append(_example(code, title, told))
    return {status: _spec(examples) for status, examples in by_status.items()}


def _spec(examples: Sequence[Example]) -> ResponseSpec:
    return ResponseSpec(
        data_container=Answer,
        generate_examples=False,
        description="；".join(str(each.summary) for each in examples),
        media_type="application/json",
        examples=list(examples),
    )


def _example(code: str, title: str, value: dict[str, Any]) -> Example:
    return Example(id=code, summary=title, value=value)


def _told(infcode: int, err_msg: str) -> dict[str, Any]:
    time = "20260115103046120"
    return {
        "infcode": infcode,
        "inf_refmsgid": "530000202601151030460000000001",
        "refmsg_time": time,
        "respond_time": time,
        "err_msg": err_msg,
        "output": {},
    }


def _instant(at: datetime) -> str:
    local = at.astimezone(SHANGHAI)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"
