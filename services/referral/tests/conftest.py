"""One running referral service for all tests of this folder; each test has a partnership of its own."""

from collections.abc import AsyncIterator, Callable

import pytest_asyncio

from services.referral import handlers
from services.referral.main import create_app
from services.referral.tests.factories import Partnership
from shared.testing import Running, running


@pytest_asyncio.fixture(scope="session")
async def service(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Running]:
    async with running(create_app, environment_of("referral"), handlers.register()) as started:
        yield started


@pytest_asyncio.fixture
async def here(service: Running) -> Partnership:
    """A new partnership with a local authority and a scheme."""
    return Partnership(service)
