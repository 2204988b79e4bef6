"""Which methods a path supports, told as RFC 9110 wants it: in `Allow`."""

from pathlib import Path

from litestar import Litestar
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import HttpMethod
from litestar.routes import HTTPRoute
from litestar.types import Message, Scope


def allowed(app: Litestar, path: str) -> str:
    """The methods of the routes of `path`; a literal route hides those with parameters."""
    asked = path.strip("/").split("/")
    literal: set[str] = set()
    general: set[str] = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute) and _as_long(route, asked):
            pairs = list(zip(route.path_components, asked, strict=False))
            if all(part == given for part, given in pairs):
                literal.update(route.methods)
            elif all(not isinstance(part, str) or part == given for part, given in pairs):
                general.update(route.methods)
    return ", ".join(sorted(literal or general))


def _as_long(route: HTTPRoute, asked: list[str]) -> bool:
    """A parameter of type path takes all that is left."""
    parts = route.path_components
    if parts and not isinstance(parts[-1], str) and parts[-1].type is Path:
        return len(asked) >= len(parts)
    return len(asked) == len(parts)


async def tell(message: Message, scope: Scope) -> None:
    """Before an OPTIONS answer is sent: the framework knows one handler's methods only."""
    if message["type"] == "http.response.start" and scope.get("method") == HttpMethod.OPTIONS:
        headers = MutableScopeHeaders.from_message(message)
        headers["Allow"] = allowed(scope["litestar_app"], scope["path"])
