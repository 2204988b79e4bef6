"""Designated institutions."""

from collections.abc import Sequence

import msgspec

from service.database import Tx, load_queries
from service.domain.institution import Institution, InstitutionKind, InstitutionLevel, Service

Q = load_queries("institutions")


async def get(tx: Tx, *, code: str) -> Institution | None:
    return await tx.maybe(Institution, Q.get, code=code)


async def page(
    tx: Tx,
    *,
    area_prefix: str,
    kind: InstitutionKind | None,
    level: InstitutionLevel | None,
    service: Service | None,
    away: bool | None,
    after: str,
    limit: int,
) -> list[Institution]:
    """By code, those in areas whose code begins with `area_prefix`; None leaves a filter out."""
    return await tx.many(
        Institution,
        Q.page,
        area_from=area_prefix.ljust(6, "0"),
        area_to=area_prefix.ljust(6, "9"),
        institution_kind=kind,
        level=level,
        service=service,
        away=away,
        after=after,
        limit=limit,
    )


async def upsert(tx: Tx, *, institutions: Sequence[Institution]) -> int:
    """New ones are added, known ones replaced. No code may be there twice."""
    return await tx.run(Q.upsert, institutions=msgspec.json.encode(institutions).decode())
