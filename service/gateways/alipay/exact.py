"""The members of a JSON object exactly as written: that text is what a signature covers."""

import json
import re

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")


def members_of(body: str) -> dict[str, str]:
    """The exact text of each member of a JSON object, by name. Anything else is a ValueError."""
    members: dict[str, str] = {}
    at = _after(body, 0, "{")
    while True:
        name, at = _value(body, at)
        start = _after(body, at, ":")
        _, at = _value(body, start)
        if not isinstance(name, str) or name in members:
            raise ValueError("the answer names a member twice or not at all")
        members[name] = body[start:at]
        at = _skip_space(body, at)
        if body[at : at + 1] != ",":
            break
        at = _skip_space(body, at + 1)
    if _after(body, at, "}") != len(body):
        raise ValueError("something follows the answer")
    return members


def _value(body: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(body, at)
    except (ValueError, RecursionError):
        raise ValueError("the answer is not JSON") from None


def _after(body: str, at: int, mark: str) -> int:
    at = _skip_space(body, at)
    if body[at : at + 1] != mark:
        raise ValueError("the answer is not an object")
    return _skip_space(body, at + 1)


def _skip_space(body: str, at: int) -> int:
    space = _SPACE.match(body, at)
    return space.end() if space else at
