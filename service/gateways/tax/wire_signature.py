"""Who is speaking: the signed headers of requests to the bureau, and of its callbacks to us.

The format is ours (docs/tax-gateway.md), as no public one exists. HMAC-SM3 in lower-case hex over
five lines: timestamp, nonce, method, path, and the SM3 of the body in hex.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import datetime

from service.crypto import same, sm3, sm3_hmac

APP, TIMESTAMP, NONCE = "x-tax-app", "x-tax-timestamp", "x-tax-nonce"
SIGNATURE = "x-tax-signature"

WINDOW_SECONDS = 300
"""How far a timestamp may be from the receiver's clock, either way."""

CALLBACK_PATH = "callback"
"""Signed in a callback instead of a path: the bureau cannot know how proxies rewrite ours."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_NONCE = re.compile(r"[0-9A-Za-z-]{8,64}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


def signature(
    body: bytes, *, secret: str, timestamp: str, nonce: str, path: str, method: str = "POST"
) -> str:
    """X-Tax-Signature; `timestamp` in unix seconds."""
    lines = (timestamp, nonce, method, path, sm3(body).hex())
    return sm3_hmac(secret.encode(), "\n".join(lines).encode()).hex()


def signed_headers(
    body: bytes, *, app: str, secret: str, at: datetime, path: str, nonce: str = ""
) -> dict[str, str]:
    """The headers of a POST of this body; a nonce of its own, unless one is given."""
    timestamp, nonce = str(int(at.timestamp())), nonce or secrets.token_hex(16)
    return {
        APP: app,
        TIMESTAMP: timestamp,
        NONCE: nonce,
        SIGNATURE: signature(body, secret=secret, timestamp=timestamp, nonce=nonce, path=path),
        "content-type": "application/json; charset=utf-8",
    }


def verified(
    headers: Mapping[str, str], body: bytes, *, app: str, secret: str, at: datetime, path: str
) -> bool:
    """Whether these headers of a POST are that app's own, and of now. Never raises.

    A nonce may come again within the window: every number has one effect, however often told.
    """
    given = {name.lower(): value for name, value in headers.items()}
    timestamp, nonce = given.get(TIMESTAMP, ""), given.get(NONCE, "")
    told, speaker = given.get(SIGNATURE, ""), given.get(APP, "")
    in_form = _TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)
    if not in_form or not _SIGNATURE.fullmatch(told) or not speaker.isascii():
        return False
    right = signature(body, secret=secret, timestamp=timestamp, nonce=nonce, path=path)
    genuine = same(told, right) & same(speaker, app)
    return genuine and abs(at.timestamp() - int(timestamp)) <= WINDOW_SECONDS
