"""A running gateway without its worker, and a scene of its own for every test."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from gateway import handlers
from gateway.main import create_own_app
from gateway.webhooks.addresses import Rules
from gateway.webhooks.posting import Poster
from gateway.webhooks.tests.receiver import Receiver, receiving
from gateway.webhooks.tests.scene import Scene
from gateway.webhooks.tests.sending import Sending
from shared.testing import Running, running


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Running]:
    async with running(create_own_app, environment_of("gateway"), handlers.register()) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def scene(gateway: Running) -> AsyncIterator[Scene]:
    made = Scene(gateway)
    yield made
    # What a test left undelivered is nothing for the senders of the next.
    await made.execute("UPDATE webhook_endpoints SET state = 'paused'")


@pytest_asyncio.fixture(loop_scope="session")
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def sending(gateway: Running) -> AsyncIterator[Sending]:
    poster = Poster(Rules.of(gateway.parts.settings), 1.0)
    yield Sending(gateway.parts, poster)
    await poster.close()
