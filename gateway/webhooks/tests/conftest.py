"""A running gateway without its worker, and a scene of its own for every test."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from gateway import handlers
from gateway.main import create_own_app
from gateway.webhooks.tests.scene import Scene
from shared.testing import Running, running


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Running]:
    async with running(create_own_app, environment_of("gateway"), handlers.register()) as started:
        yield started


@pytest.fixture
def scene(gateway: Running) -> Scene:
    return Scene(gateway)
