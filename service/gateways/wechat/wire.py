"""WeChat's words: paths, error codes, answers, and what a subscribe message field may hold."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Annotated

from msgspec import Meta, Struct

JSCODE2SESSION = "sns/jscode2session"
STABLE_TOKEN = "cgi-bin/stable_token"  # noqa: S105 - a path
TOKEN = "cgi-bin/token"  # noqa: S105 - a path
SUBSCRIBE_SEND = "cgi-bin/message/subscribe/send"

CODE_LIFE = timedelta(minutes=5)
TOKEN_LIFE = timedelta(hours=2)
RENEWED_BEFORE_END = timedelta(minutes=5)
FORCED_REFRESH_PAUSE = timedelta(seconds=30)


class ErrCode(IntEnum):
    """The `errcode` values this service meets. HTTP status is 200 with every one of them."""

    SYSTEM_BUSY = -1
    OK = 0
    INVALID_CREDENTIAL = 40001
    INVALID_GRANT_TYPE = 40002
    INVALID_OPENID = 40003
    INVALID_APPID = 40013
    INVALID_ACCESS_TOKEN = 40014
    INVALID_CODE = 40029
    INVALID_TEMPLATE_ID = 40037
    INVALID_APPSECRET = 40125
    CODE_BEEN_USED = 40163
    MISSING_ACCESS_TOKEN = 41001
    MISSING_APPID = 41002
    MISSING_APPSECRET = 41004
    MISSING_CODE = 41008
    INVALID_PAGE = 41030
    ACCESS_TOKEN_EXPIRED = 42001
    USER_REFUSED = 43101
    DAY_QUOTA_REACHED = 45009
    MINUTE_QUOTA_REACHED = 45011
    INVALID_JSON = 47001
    INVALID_ARGUMENT = 47003


STALE_TOKEN = frozenset(
    {ErrCode.INVALID_CREDENTIAL, ErrCode.INVALID_ACCESS_TOKEN, ErrCode.ACCESS_TOKEN_EXPIRED}
)
UNKNOWN_CODE = frozenset({ErrCode.INVALID_CODE, ErrCode.MISSING_CODE})
REJECTED_MESSAGE = frozenset(
    {
        ErrCode.INVALID_OPENID,
        ErrCode.INVALID_TEMPLATE_ID,
        ErrCode.INVALID_PAGE,
        ErrCode.INVALID_ARGUMENT,
    }
)


class Session(Struct, frozen=True, kw_only=True):
    """Answer of jscode2session. Its session_key is left out on purpose: nobody here needs it."""

    openid: Annotated[str, Meta(min_length=1)]


class Token(Struct, frozen=True, kw_only=True):
    """Answer of stable_token; `expires_in` in seconds."""

    access_token: Annotated[str, Meta(min_length=1)]
    expires_in: Annotated[int, Meta(ge=1)]


class Sent(Struct, frozen=True, kw_only=True):
    """Answer of subscribe/send when it went well."""

    errcode: Annotated[int, Meta(ge=0, le=0)]


class TokenQuestion(Struct, frozen=True, kw_only=True):
    """Body of stable_token. `force_refresh` kills the token in use; 20 a day."""

    grant_type: str = ""
    appid: str = ""
    secret: str = ""
    force_refresh: bool = False


class Field(Struct, frozen=True):
    """One field's value in a subscribe message."""

    value: str


class Letter(Struct, frozen=True, kw_only=True):
    """Body of subscribe/send."""

    touser: str = ""
    template_id: str = ""
    page: str = ""
    miniprogram_state: str = "formal"
    lang: str = "zh_CN"
    data: dict[str, Field] = {}


_HAN = r"\u4e00-\u9fff"
_DAY = r"(?:\d{4}[年\-/.])?\d{1,2}[月\-/.]\d{1,2}日?|\d{4}年\d{1,2}月"
_HOUR = r"\d{1,2}:\d{2}(?::\d{2})?"
_TIME = rf"(?:(?:{_DAY}) ?)?{_HOUR}"
_DATE = rf"(?:{_DAY})(?: ?{_HOUR})?"

FIELD_FORMATS = {
    "thing": re.compile(r"[^\x00-\x1f\x7f]{1,20}"),
    "number": re.compile(r"(?=.{1,32}$)[+-]?\d+(?:\.\d+)?"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "time": re.compile(rf"{_TIME}(?: ?~ ?{_TIME})?"),
    "date": re.compile(rf"{_DATE}(?: ?~ ?{_DATE})?"),
    "amount": re.compile(r"[¥￥$€£]?\d{1,10}(?:\.\d+)?元?"),
    "phone_number": re.compile(r"[\d+\-() ]{1,17}"),
    "car_number": re.compile(rf"[{_HAN}A-Z\d][A-Z\d]{{0,6}}[{_HAN}A-Z\d]"),
    "name": re.compile(r"[\x20-\x2f\x3a-\x7e]{1,20}|[^\x00-\x1f\x7f\d]{1,10}"),
    "phrase": re.compile(rf"[{_HAN}]{{1,5}}"),
}
"""What each kind of field accepts as a whole value."""


def errmsg(errcode: int) -> str:
    """The English words that come with an errcode."""
    known = errcode in {code.value for code in ErrCode}
    return ErrCode(errcode).name.lower().replace("_", " ") if known else "unknown"


def kind_of(field: str) -> str:
    """The kind a field's name tells: `thing` for `thing01`."""
    return field.rstrip("0123456789")


def acceptable(fields: Mapping[str, str]) -> bool:
    """Whether there is something to show and each value has the format of its field's kind."""
    formats = [(FIELD_FORMATS.get(kind_of(field)), text) for field, text in fields.items()]
    return bool(formats) and all(kind and kind.fullmatch(text) for kind, text in formats)


def shape(field: str, text: str) -> str:
    """`text` as its field accepts it: one line, only the characters of its kind, not too long.

    Words are cut. Numbers, amounts, dates and telephone numbers are not: half a number is another
    number, so one that does not fit is left for WeChat to reject.
    """
    line = "".join(letter for letter in " ".join(text.split()) if letter.isprintable())
    match kind_of(field):
        case "thing":
            return line if len(line) <= 20 else f"{line[:19]}…"
        case "name":
            return line[:20] if line.isascii() else line[:10]
        case "phrase":
            return re.sub(rf"[^{_HAN}]", "", line)[:5]
        case "letter":
            return re.sub(r"[^A-Za-z]", "", line)[:32]
        case "character_string":
            return re.sub(r"[^\x20-\x7e]", "", line).strip()[:32]
        case "symbol":
            return re.sub(r"[\w\s]", "", line)[:5]
        case _:
            return line
