"""An operator takes up again what was set aside, once what was wrong has been mended."""

from uuid import UUID

from service.crypto import sm3
from service.database import Tx
from service.flows.audit import OPERATOR, audit
from service.store import premiums
from service.world import World


async def take_up_orders(world: World, *, area: str, year: int) -> int:
    """How many orders of an area and premium year are due again."""

    async def work(tx: Tx) -> int:
        taken = await premiums.take_up_again(tx, area=area, year=year, at=world.clock())
        if taken:
            await audit(
                tx,
                world,
                "premiums.taken_up_again",
                actor=OPERATOR,
                subject=("premium_area", UUID(bytes=sm3(f"{area}/{year}".encode())[:16])),
                detail={"area": area, "year": year, "orders": taken},
            )
        return taken

    return await world.database.transact(work)
