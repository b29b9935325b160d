"""One running matching service for all tests of this folder; each test has a partnership of its own."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from services.matching import handlers
from services.matching.main import create_app
from services.matching.service.desk import Desk
from services.matching.tests.factories import KnownCases, Place
from services.matching.tests.team import Team
from shared.auth import Role
from shared.consumer import Handlers
from shared.testing import Running, running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def service(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Running]:
    async with running(create_app, environment_of("matching"), Handlers()) as started:
        yield started


@pytest.fixture
def here(service: Running) -> Place:
    """A new partnership with a local authority and a scheme; its cases are told by a class of the test's own."""
    cases = KnownCases()
    service.handlers = handlers.register(Desk(service.parts.vault), cases)
    return Place(service, cases)


@pytest_asyncio.fixture
async def team(here: Place) -> Team:
    made = Team(here)
    await made.join(made.ann, Role.COORDINATOR)
    await made.join(made.ben, Role.COORDINATOR, Role.TRAINER)
    await made.join(made.may, Role.PROJECT_MANAGER)
    return made
