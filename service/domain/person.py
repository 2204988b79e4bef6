"""Who someone is: the citizen's ID number (GB 11643), the name, and how both are masked."""

import re
import unicodedata
from datetime import date
from typing import Literal

from msgspec import Struct

Sex = Literal["male", "female"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_ALSO = "·•. 〇"
"""Not letters, yet in names: middle dots, a space, and the zero that some are named with."""
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0")
"""Fillers of the Korean script: letters to Unicode, nothing to the eye."""
_OLDEST = date(1880, 1, 1)

IdNumberFault = Literal["length", "characters", "birth_date", "check_character"]

ID_NUMBER_FAULT_TEXT: dict[IdNumberFault, str] = {
    "length": "身份证号码应为 18 位，请核对后重新填写。",
    "characters": "身份证号码只能是半角数字，最后一位可以是 X。",
    "birth_date": "身份证号码里的出生日期不存在，请核对后重新填写。",
    "check_character": "身份证号码有一位填错了，请对照身份证重新填写。",
}


class IdNumber(Struct, frozen=True):
    """A valid 18-character citizen ID number, upper case."""

    text: str

    @property
    def born_on(self) -> date:
        return date(int(self.text[6:10]), int(self.text[10:12]), int(self.text[12:14]))

    @property
    def sex(self) -> Sex:
        return "male" if int(self.text[16]) % 2 else "female"

    def age_on(self, day: date) -> int:
        """Completed years of life on `day`; who is born on 29 February ages on 1 March."""
        before_birthday = (day.month, day.day) < (self.born_on.month, self.born_on.day)
        return day.year - self.born_on.year - before_birthday


def parse_id_number(text: str, *, today: date) -> IdNumber | IdNumberFault:
    """Check `text` by GB 11643: shape, birth date, check character. A final `x` is accepted."""
    text = text.strip()
    if len(text) != 18:
        return "length"
    if not _SHAPE.fullmatch(text):
        return "characters"
    text = text.upper()
    try:
        born_on = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return "birth_date"
    if not _OLDEST <= born_on <= today:
        return "birth_date"
    total = sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False))
    if _CHECK_CHARACTERS[total % 11] != text[17]:
        return "check_character"
    return IdNumber(text)


def parse_name(text: str) -> str | None:
    """The name in NFC without outer spaces, or None when it cannot be a person's name.

    Letters of any script (rare characters and the middle dot of minority names too); no digits,
    symbols, emoji, controls or direction marks.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if not 2 <= len(name) <= 50 or _INVISIBLE & set(name):
        return None
    categories = {
        unicodedata.category(character)[0] for character in name if character not in _ALSO
    }
    return name if categories <= {"L", "M"} and "L" in categories else None


def mask_id_number(text: str) -> str:
    """First 3 and last 2 characters stay: enough to recognise, too little to use."""
    return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}"


def mask_name(name: str) -> str:
    """Only the last character stays, as hospital screens do it: 测试甲 becomes **甲."""
    return "*" * (len(name) - 1) + name[-1:]
