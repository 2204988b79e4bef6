"""What several test files need: people beyond the cast, pictures, and a look into the database."""

import io
from typing import Any

import asyncpg
import httpx
from PIL import Image

from service.database import Database
from service.development import YUNNAN_WECHAT
from service.gateways.platform.population import SandboxPerson, families
from service.phone import Phone
from service.sandboxes import FAMILIES
from tests.people import Cast

_FAMILY = ("donor", "wife", "child", "father")
_REGIONS = {"zhaotong": 0, "xian": 1, "panzhihua": 2}


def family(region: str, number: int) -> dict[str, SandboxPerson]:
    """One of the numbered families of a region; nobody of them is in the cast."""
    index = _REGIONS[region] + 3 * number
    assert index < FAMILIES, "the sandbox knows no more families"
    return dict(zip(_FAMILY, families(1, first=index), strict=True))


def phone_of(cast: Cast, person: SandboxPerson) -> Phone:
    """A WeChat phone of someone beyond the cast."""
    return Phone(
        cast.api,
        cast.sandboxes,
        channel="wechat",
        app_id=YUNNAN_WECHAT,
        phone=person.id_number,
        id_number=person.id_number,
    )


def application_for(person: SandboxPerson, relation: str, **more: Any) -> dict[str, Any]:
    named = {"name": person.name, "id_number": person.id_number, "relation": relation}
    return {"beneficiary": named, **more}


def picture(
    form: str = "JPEG", *, size: tuple[int, int] = (400, 300), tint: int = 90, **saving: Any
) -> bytes:
    """A photo of something dark on paper; another `tint` is another photo."""
    buffer = io.BytesIO()
    photo = Image.new("RGB", size, (tint, 120, 200))
    photo.paste((10, 10, 10), (size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2))
    photo.save(buffer, form, **saving)
    return buffer.getvalue()


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and problem code, for tables of refusals."""
    return answer.status_code, str(answer.json().get("code", ""))


async def rows(database: str | Database, statement: str, *values: object) -> list[asyncpg.Record]:
    """Over a connection of its own, or a pooled one where there is much to look at."""
    if isinstance(database, Database):
        async with database.read() as tx:
            pooled: list[asyncpg.Record] = await tx.connection.fetch(statement, *values)
            return pooled
    connection = await asyncpg.connect(database)
    try:
        found: list[asyncpg.Record] = await connection.fetch(statement, *values)
        return found
    finally:
        await connection.close()


async def acts(database: str | Database, subject: str) -> list[tuple[str, str]]:
    """Who did what to a binding (or other subject), in order: kind of actor and act."""
    statement = "SELECT actor_kind, act FROM audit WHERE subject_id = $1::text::uuid ORDER BY id"
    return [(row["actor_kind"], row["act"]) for row in await rows(database, statement, subject)]
