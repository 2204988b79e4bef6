"""Every exception that can reach the edge, as a problem. Nothing of a driver or stack leaks."""

import re
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
from litestar import Request, Response, _multipart
from litestar.exceptions import HTTPException, SerializationException, ValidationException

from service.database import ConstraintBroken, DatabaseAway
from service.gateways import GatewayTrouble
from service.handlers.answers import PROBLEM_JSON
from service.handlers.methods import allowed
from service.limits import LimitReached
from service.problems import FieldError, Problem
from service.sessions import SessionsAway

log = structlog.get_logger()

_BY_STATUS = {
    404: "request.not_found",
    405: "request.method_not_allowed",
    413: "request.too_large",
    415: "request.media_type",
}
_SENTENCES = (
    (re.compile("missing required|required"), "这一项必须填写。"),
    (re.compile("unknown field"), "有不认识的内容，请退出小程序重新进入后再试。"),
    (re.compile("length|pattern|matching"), "这一项的长度或格式不正确。"),
    (re.compile("`int` [<>]=? |range"), "数值超出允许的范围。"),
)
_OTHERWISE = "这一项的类型不正确。"


def _answer(problem: Problem) -> Response[Any]:
    return Response(
        content=problem.body,
        status_code=problem.row.status,
        media_type=PROBLEM_JSON,
        headers=problem.headers,
    )


def of_problem(_: Request[Any, Any, Any], fault: Problem) -> Response[Any]:
    return _answer(fault)


def of_constraint(_: Request[Any, Any, Any], fault: ConstraintBroken) -> Response[Any]:
    problem = Problem.of_constraint(fault.constraint)
    if problem.row.status >= 500:
        log.error("constraint_broken", constraint=fault.constraint)
    return _answer(problem)


def of_gateway(_: Request[Any, Any, Any], fault: GatewayTrouble) -> Response[Any]:
    log.warning("gateway_trouble", platform=fault.platform, reason=fault.reason)
    return _answer(Problem(f"outside.{fault.platform}", retry_after=5))


def of_limit(_: Request[Any, Any, Any], fault: LimitReached) -> Response[Any]:
    minutes = -(-fault.retry_after // 60)
    wait = f"约 {minutes} 分钟" if minutes > 1 else "一分钟"
    problem = Problem("request.too_many", facts={"wait": wait}, retry_after=fault.retry_after)
    return _answer(problem)


def of_sessions_away(_: Request[Any, Any, Any], fault: SessionsAway) -> Response[Any]:
    log.error("redis_away", kind=str(fault))
    return _answer(Problem("service.sessions_away", retry_after=5))


def of_database_away(_: Request[Any, Any, Any], fault: DatabaseAway) -> Response[Any]:
    log.error("database_away", kind=str(fault))
    return _answer(Problem("service.database_away", retry_after=5))


def of_http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    if isinstance(fault, ValidationException):
        return _answer(_validation(fault))
    if isinstance(fault.__cause__, SerializationException) or "JSON" in fault.detail:
        return _answer(Problem("request.malformed"))
    if fault.status_code == 400:
        return _answer(Problem("request.malformed"))
    code = _BY_STATUS.get(fault.status_code)
    if code is None:
        return of_anything(request, fault)
    answer = _answer(Problem(code))
    if fault.status_code == 405:
        answer.headers["Allow"] = allowed(request.app, request.url.path)
    return answer


def of_anything(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """Unforeseen: the class and place go to our log, never the message (it may hold data)."""
    frames = [frame for frame, _ in traceback.walk_tb(fault.__traceback__)]
    if isinstance(fault, UnicodeDecodeError | LookupError) and _reading_a_form(frames):
        return _answer(Problem("request.malformed"))
    last = frames[-1] if frames else None
    place = f"{last.f_code.co_filename}:{last.f_lineno}" if last else ""
    log.error("fault", kind=type(fault).__name__, place=place)
    return _answer(Problem("service.fault"))


def _reading_a_form(frames: list[FrameType]) -> bool:
    """The framework lets faults of a form's encoding through as they are."""
    return any(frame.f_globals.get("__name__") == _multipart.__name__ for frame in frames)


def _validation(fault: ValidationException) -> Problem:
    extra = fault.extra if isinstance(fault.extra, list) else []
    keys = [str(item.get("key", "")) for item in extra if isinstance(item, dict)]
    keys.append(fault.detail)  # where a header that is missing altogether is named
    if any(re.search("idempotency[-_]key", key.lower()) for key in keys):
        return Problem("idempotency.key_missing")
    errors = [
        FieldError(field=_field(item), message=_sentence(item.get("message")))
        for item in extra
        if isinstance(item, dict)
    ]
    return Problem("request.invalid", errors=errors)


def _field(item: dict[str, Any]) -> str:
    """Where it is, else which field the message names: one that is missing has no place."""
    named = re.search(r"field `([a-z_]+)`", str(item.get("message")))
    key = str(item.get("key") or "")
    return ".".join(part for part in (key, named[1] if named else "") if part) or "body"


def _sentence(message: object) -> str:
    text = str(message).lower()
    return next((said for pattern, said in _SENTENCES if pattern.search(text)), _OTHERWISE)


def tell(request: Request[Any, Any, Any] | None, fault: Exception) -> Response[Any]:
    """The problem of any exception, by its nearest kind, as the framework finds it."""
    for kind in type(fault).__mro__:
        if kind in HANDLERS:
            return HANDLERS[kind](request, fault)
    raise fault


HANDLERS: dict[int | type[Exception], Callable[..., Response[Any]]] = {
    Problem: of_problem,
    ConstraintBroken: of_constraint,
    GatewayTrouble: of_gateway,
    LimitReached: of_limit,
    SessionsAway: of_sessions_away,
    DatabaseAway: of_database_away,
    HTTPException: of_http,
    Exception: of_anything,
}
