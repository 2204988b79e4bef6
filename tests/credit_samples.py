"""Credit files for tests: made-up people, one line each."""

from datetime import date, timedelta

from tests.domain.people import id_number

PANZHIHUA = "510400"
HEADER = "area,month,id_number,name,category,base_fen"


def number(place: int) -> str:
    """The ID number of a made-up person; every place is another's."""
    born_on = date(1950, 1, 1) + timedelta(days=place // 999)
    return id_number(born_on, area="510402", sequence=place % 999 + 1).text


def line(place: int = 0, **changes: str) -> str:
    """An employee of 攀枝花 who paid 100 yuan in January 2025; `changes` by column."""
    values = {
        "area": PANZHIHUA,
        "month": "2025-01",
        "id_number": number(place),
        "name": "测试甲",
        "category": "employee",
        "base_fen": "10000",
    }
    return ",".join((values | changes).values())


def content(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    return "".join(f"{text}{end}" for text in (header, *lines)).encode()
