"""A running training service, and a team that uses it."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from services.training import handlers
from services.training.main import create_app
from services.training.tests.factories import Team
from shared.consumer import Handlers
from shared.testing import Running, running

AUDITS = handlers.auditing()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def training(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Running]:
    async with running(create_app, environment_of("training"), Handlers()) as started:
        started.handlers = handlers.register(started.parts, AUDITS)
        yield started


@pytest.fixture
def team(training: Running) -> Team:
    """A partnership of its own with one scheme in it."""
    return Team(training)
