"""What citizens type, read strictly and refused in sentences, field by field."""

import re
from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from service.domain.calendar import business_date
from service.domain.money import FEN_MAX
from service.domain.person import ID_NUMBER_FAULT_TEXT, IdNumber, parse_id_number, parse_name
from service.problems import FieldError, Problem
from service.world import World

_PHONE = re.compile(r"1[3-9][0-9]{9}")

IdNumberText = Annotated[
    str,
    Meta(max_length=40, description="18 位身份证号码", examples=["530602199001011239"]),
]
NameText = Annotated[str, Meta(max_length=60, description="身份证上的姓名", examples=["测试甲"])]
PhoneText = Annotated[str, Meta(max_length=20, description="11 位手机号码")]
RelationCode = Annotated[
    str,
    Meta(
        pattern="^[0-9]{2}$", description="家人是您的什么人（GB/T 4761 两位代码）", examples=["12"]
    ),
]
Fen = Annotated[int, Meta(ge=1, le=FEN_MAX, description="金额，单位：分")]
Rank = Annotated[int, Meta(ge=1, le=99, description="支付顺位，1 最先")]
Code = Annotated[str, Meta(min_length=1, max_length=512)]


class Relative(Struct, frozen=True, kw_only=True):
    """A person named by the citizen, well formed."""

    id_number: IdNumber
    name: str


class Fields:
    """Collects faults of several fields, so that the citizen sees all of them at once."""

    def __init__(self, world: World) -> None:
        self._today: date = business_date(world.clock())
        self._errors: list[FieldError] = []

    def id_number(self, text: str, *, field: str) -> IdNumber | None:
        parsed = parse_id_number(text, today=self._today)
        if isinstance(parsed, IdNumber):
            return parsed
        self._fault(field, ID_NUMBER_FAULT_TEXT[parsed])
        return None

    def name(self, text: str, *, field: str) -> str | None:
        name = parse_name(text)
        if name is None:
            self._fault(field, "请填写身份证上的姓名，不要包含数字、符号或表情。")
        return name

    def phone(self, text: str | None, *, field: str) -> str | None:
        if text is not None and not _PHONE.fullmatch(text):
            self._fault(field, "请填写 11 位手机号码。")
        return text

    def relative(self, id_number: str, name: str, *, prefix: str = "") -> Relative:
        """Both halves of a person. Raises Problem with every fault found so far."""
        number = self.id_number(id_number, field=f"{prefix}id_number")
        known_as = self.name(name, field=f"{prefix}name")
        self.raise_faults()
        assert number is not None
        assert known_as is not None
        return Relative(id_number=number, name=known_as)

    def raise_faults(self) -> None:
        if self._errors:
            raise Problem("request.invalid", errors=self._errors)

    def _fault(self, field: str, message: str) -> None:
        self._errors.append(FieldError(field=field, message=message))
