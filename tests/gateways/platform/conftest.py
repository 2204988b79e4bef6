"""The platform's sandbox and the production client against it, for every test here."""

from collections.abc import AsyncIterator, Iterator

import pytest

from service.gateways.platform import PlatformGateway
from tests.gateways.platform.world import World, served_world


@pytest.fixture(scope="package")
def served() -> Iterator[World]:
    with served_world() as world:
        yield world


@pytest.fixture
def world(served: World) -> Iterator[World]:
    yield served
    served.reset()


@pytest.fixture
async def platform(world: World) -> AsyncIterator[PlatformGateway]:
    gateway = world.gateway()
    yield gateway
    await gateway.close()
