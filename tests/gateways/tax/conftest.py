"""The bureau's sandbox and the production client against it, for every test here."""

from collections.abc import AsyncIterator, Iterator

import pytest

from service.gateways.tax import Tax, TaxGateway
from tests.gateways.tax.world import World, as_port, served_world


@pytest.fixture(scope="package")
def served() -> Iterator[World]:
    with served_world() as world:
        yield world


@pytest.fixture
def world(served: World) -> Iterator[World]:
    yield served
    served.reset()


@pytest.fixture
async def gateway(world: World) -> AsyncIterator[TaxGateway]:
    gateway = world.gateway()
    yield gateway
    await gateway.close()


@pytest.fixture
def tax(gateway: TaxGateway) -> Tax:
    return as_port(gateway)
