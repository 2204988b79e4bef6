"""The national envelope read strictly: its fields, the node `input`, amounts in yuan.

Source: 定点医药机构接口规范, request envelope. Unknown keys are allowed, as programs send some.
Amounts come as numbers or as text; they are never binary floating point here.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException
from msgspec import Meta, Struct

from service.domain.calendar import SHANGHAI
from service.domain.institution import Institution
from service.domain.money import FEN_MAX
from service.problems import FieldError, Problem
from service.world import World

Output = dict[str, Any]
Area = Annotated[str, Meta(pattern="^[0-9]{6}$", max_length=6)]

_AMOUNT = re.compile(r"-?[0-9]{1,14}(\.[0-9]{1,2})?")
_MESSAGE = re.compile(r"[A-Za-z0-9_-]{1,30}")
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")


class Envelope(Struct, frozen=True, kw_only=True):
    """报文。`input` 下的 `data` 节点（或直接）是交易内容；多出的字段不影响办理。"""

    infno: Annotated[str, Meta(pattern="^[0-9]{4}$", max_length=4, description="交易编号")]
    msgid: Annotated[str, Meta(min_length=1, max_length=30, description="发送方报文编号，不重复")]
    mdtrtarea_admvs: Area
    insuplc_admdvs: Annotated[str, Meta(max_length=6, description="有 psn_no 时必填")] | None = None
    recer_sys_code: Annotated[str, Meta(min_length=1, max_length=10)]
    dev_no: Annotated[str, Meta(max_length=100)] | None = None
    dev_safe_info: Annotated[str, Meta(max_length=2000)] | None = None
    cainfo: Annotated[str, Meta(max_length=1024)] | None = None
    signtype: Annotated[str, Meta(max_length=10)] | None = None
    infver: Annotated[str, Meta(min_length=1, max_length=6)]
    opter_type: Annotated[str, Meta(min_length=1, max_length=3)]
    opter: Annotated[str, Meta(min_length=1, max_length=30)]
    opter_name: Annotated[str, Meta(min_length=1, max_length=50)]
    inf_time: Annotated[str, Meta(min_length=19, max_length=19, description="yyyy-MM-dd HH:mm:ss")]
    fixmedins_code: Annotated[str, Meta(min_length=12, max_length=12)]
    fixmedins_name: Annotated[str, Meta(min_length=1, max_length=20)]
    sign_no: Annotated[str, Meta(max_length=30)] | None = None
    input: Annotated[dict[str, Any], Meta(description="交易输入")]


class Number(Struct, frozen=True):
    """A number with a fraction or exponent, as it was written."""

    text: str


_decoder = msgspec.json.Decoder(Envelope, float_hook=Number)


class EnvelopeRequest(Request[Any, Any, Any]):
    """Reads the body whatever its Content-Type says: programs of hospitals are careless there."""

    async def json(self) -> Any:
        """The envelope. Raises Problem, ValidationException naming the field."""
        body = (await self.body()).removeprefix(b"\xef\xbb\xbf")
        try:
            body.decode()
        except UnicodeDecodeError:
            raise _unreadable("须为 UTF-8 编码（不是 GBK）。") from None
        if b"\\u0000" in body:
            raise _unreadable("含有不能保存的字符 \\u0000。")
        try:
            return _decoder.decode(body)
        except RecursionError:
            raise _unreadable("层次太多。") from None
        except msgspec.ValidationError as fault:
            text = str(fault)
            place, missing = _PLACE.search(text), _MISSING.search(text)
            key = missing[1] if missing else place[1] if place else "报文"
            raise ValidationException(extra=[{"key": key, "message": text}]) from None
        except msgspec.DecodeError:
            raise _unreadable("不是完整的 JSON。") from None


class Call(Struct, frozen=True, kw_only=True):
    """One transaction to carry out: in which world, for whom, and what was sent."""

    world: World
    institution: Institution
    envelope: Envelope
    node: "Node"

    @property
    def message_id(self) -> str:
        return self.envelope.msgid


def opened(world: World, institution: Institution, envelope: Envelope) -> Call:
    """The envelope, checked as far as all transactions are alike. Raises Problem."""
    _check_message("msgid", envelope.msgid)
    _moment(envelope.inf_time)
    if envelope.fixmedins_code != institution.code:
        raise Problem("envelope.other_institution")
    node = node_of(envelope.input)
    if node.has("psn_no") and not envelope.insuplc_admdvs:
        raise wrong("insuplc_admdvs", "有 psn_no 时必须填写参保地医保区划。")
    return Call(world=world, institution=institution, envelope=envelope, node=node)


class Node:
    """The fields of a transaction. What is missing, null or "" is not there."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._fields = fields

    def has(self, name: str) -> bool:
        return self._fields.get(name) not in (None, "")

    def text(self, name: str, *, most: int = 30, needed: bool = False) -> str:
        value = self._fields.get(name)
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise wrong(name, "须为文字。")
        if needed and not value:
            raise wrong(name, "必须填写。")
        if len(value) > most:
            raise wrong(name, f"最多 {most} 位。")
        return value

    def message(self, name: str) -> str:
        """Another message's msgid."""
        text = self.text(name, needed=True)
        _check_message(name, text)
        return text

    def fen(self, name: str, *, needed: bool = False, signed: bool = False) -> int:
        """Yuan as a number or as text, in fen; 0 when it is not there. Never rounded."""
        if not self.has(name):
            if needed:
                raise wrong(name, "必须填写。")
            return 0
        value = self._fields[name]
        if isinstance(value, bool) or not isinstance(value, str | int | Number):
            raise wrong(name, "须为金额。")
        text = value.text if isinstance(value, Number) else str(value)
        if not text.isascii() or not _AMOUNT.fullmatch(text):
            raise wrong(name, "须为金额，单位元，最多两位小数。")
        fen = int(Decimal(text) * 100)
        if fen < 0 and not signed:
            raise wrong(name, "不能为负数。")
        if abs(fen) > FEN_MAX:
            raise wrong(name, "金额太大。")
        return fen

    def count(self, name: str) -> int:
        """A whole number, as a number or as text."""
        value = self._fields.get(name)
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise wrong(name, "须为整数。")
        return int(text)

    def day(self, name: str) -> date:
        """`yyyy-MM-dd`; a time behind it does not matter."""
        text = self.text(name, needed=True)
        try:
            return datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=SHANGHAI).date()
        except ValueError:
            raise wrong(name, "须为日期 yyyy-MM-dd。") from None

    def rows(self, name: str) -> list["Node"]:
        value = self._fields.get(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise wrong(name, "须为列表，每项一条记录。")
        return [Node(row) for row in value]

    @property
    def content(self) -> bytes:
        """All of it, the same bytes whatever the order of the keys."""
        try:
            return msgspec.json.encode(self._fields, order="deterministic")
        except RecursionError:
            raise _unreadable("层次太多。") from None


def node_of(content: Mapping[str, Any]) -> Node:
    """`input.data`, `input.signIn`, or `input` itself (also where `data` is a list of rows)."""
    inner = content.get("data", content.get("signIn", content))
    if isinstance(inner, list):
        inner = content
    if not isinstance(inner, dict):
        raise wrong("input.data", "须为对象。")
    return Node(inner)


def yuan(fen: int) -> Decimal:
    """With two decimals, as the encoder writes it."""
    return Decimal(fen).scaleb(-2)


def short_id(id: UUID) -> str:
    """An id in 26 characters: base32 without padding."""
    return base64.b32encode(id.bytes).decode().rstrip("=")


def read_short_id(text: str) -> UUID | None:
    """None when it is no id of ours."""
    try:
        found = UUID(bytes=base64.b32decode(f"{text.upper()}======"))
    except (binascii.Error, ValueError):
        return None
    return found if short_id(found) == text.upper() else None


def wrong(field: str, message: str) -> Problem:
    return Problem("request.invalid", errors=[FieldError(field=field, message=message)])


def _unreadable(message: str) -> Problem:
    return Problem("request.malformed", errors=[FieldError(field="报文", message=message)])


def _check_message(field: str, text: str) -> None:
    if not _MESSAGE.fullmatch(text):
        raise wrong(field, "须为字母、数字或 -_，最多 30 位。")


def _moment(text: str) -> None:
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        raise wrong("inf_time", "须为 yyyy-MM-dd HH:mm:ss。") from None
