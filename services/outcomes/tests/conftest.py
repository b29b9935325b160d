"""A running outcomes service, and a partnership of one's own in it."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from services.outcomes import handlers
from services.outcomes.main import create_app
from services.outcomes.tests.factories import Partnership, Visits
from shared.testing import Running, running


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def outcomes(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Running]:
    async with running(create_app, environment_of("outcomes"), handlers.register()) as started:
        yield started


@pytest.fixture
def visits(outcomes: Running) -> Visits:
    """The referral service's assessment visits, as a test says."""
    visits = Visits()
    outcomes.handlers = handlers.register(visits, outcomes.parts.vault)
    return visits


@pytest.fixture
def area(outcomes: Running, visits: Visits) -> Partnership:
    """A partnership of its own, with a local authority and a scheme."""
    return Partnership(outcomes, visits)
