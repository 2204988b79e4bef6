"""The national envelope for programs that hospitals and pharmacies have already (HIS, POS).

`POST /fsi/api/{any path}`: the transaction is named by `infno` in the body, not by the path, which
differs from province to province. The flows are those of the JSON API.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from service.domain.institution import Institution
from service.handlers import failures, fsi_people, fsi_reversals, fsi_settlements, fsi_statements
from service.handlers.access import COUNTER, COUNTER_SECURITY
from service.handlers.answers import SPLIT
from service.handlers.fsi_codes import (
    EnvelopeOperation,
    answer,
    enveloped,
    err_msg_of,
    infcode_of,
    status_of,
)
from service.handlers.fsi_wire import Call, Envelope, EnvelopeRequest, Output, opened
from service.problems import Problem, ProblemBody
from service.world import World

_BYTES_MAX = 4 * 1024 * 1024
"""A day's list of a large hospital (3202)."""

TRANSACTIONS: dict[str, Callable[[Call], Awaitable[Output]]] = {
    "9001": fsi_people.sign_in,
    "1101": fsi_people.identify,
    "2101": fsi_settlements.quote_bill,
    "2102": fsi_settlements.settle_bill,
    "2103": fsi_reversals.take_back,
    "2206": fsi_settlements.quote_bill,
    "2207": fsi_settlements.settle_bill,
    "2208": fsi_reversals.take_back,
    "2601": fsi_reversals.cancel,
    "3201": fsi_statements.compare_totals,
    "3202": fsi_statements.compare_messages,
    "5203": fsi_reversals.look_up,
}
_PROBLEMS = (
    "request.malformed",
    "request.invalid",
    "request.too_large",
    "request.too_many",
    "request.not_found",
    "counter.refused",
    "counter.person_mismatch",
    "counter.refund_stands",
    "envelope.transaction_unknown",
    "envelope.other_institution",
    "envelope.code_needed",
    "envelope.service_unknown",
    "refund.exceeds_settlement",
    "service.sessions_away",
    "service.database_away",
    "service.fault",
)
CODES = tuple(code for code in (*_PROBLEMS, *SPLIT) if code != "request.media_type")


@post(
    "/api/{service:path}",
    opt=COUNTER,
    status_code=200,
    summary="国家接口报文（HIS、POS）",
    responses=enveloped(*CODES),
    operation_class=EnvelopeOperation,
)
async def transaction(
    service: FromPath[Path],
    data: JSONBody[Envelope],
    world: NamedDependency[World],
    institution: NamedDependency[Institution],
) -> Response[Any]:
    """9001 签到，1101 人员信息（凭家庭码），2206/2207/2208 门诊预结算、结算、撤销，2101/2102/2103
    药店，2601 冲正，3201/3202 对账，5203 查询。路径任意，按 `infno` 办理；`infcode` 0 为成功。"""
    asked_at = world.clock()
    call = opened(world, institution, data)
    act = TRANSACTIONS.get(data.infno)
    if act is None:
        raise Problem("envelope.transaction_unknown")
    output = await act(call)
    body = answer(world.settings.platform_area, asked_at=asked_at, at=world.clock(), output=output)
    return Response(content=body, media_type="application/json")


def _in_envelope(tell: Callable[..., Response[Any]]) -> Callable[..., Response[Any]]:
    """The same refusal as everywhere, in the shape that a program of the national kind reads."""

    def told(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
        refusal = tell(request, fault)
        problem: ProblemBody = refusal.content
        world: World = request.app.state.world
        status, now = status_of(problem), world.clock()
        body = answer(
            world.settings.platform_area,
            asked_at=now,
            at=now,
            infcode=infcode_of(problem),
            err_msg=err_msg_of(problem),
        )
        headers = refusal.headers if status != 200 else None
        return Response(
            content=body, status_code=status, media_type="application/json", headers=headers
        )

    return told


router = Router(
    path="/fsi",
    tags=["定点医药机构"],
    security=COUNTER_SECURITY,
    route_handlers=[transaction],
    request_class=EnvelopeRequest,
    request_max_body_size=_BYTES_MAX,
    exception_handlers={kind: _in_envelope(tell) for kind, tell in failures.HANDLERS.items()},
)
