"""One started gateway for all tests of identity; each makes its own partnership."""

from collections.abc import AsyncIterator, Callable

import pytest

from gateway.identity.tests.platform import Partnership, Platform, started


@pytest.fixture(scope="session")
async def platform(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    async with started(environment_of("gateway") | {"CIRCLE_WORKER": "separate"}) as platform:
        yield platform


@pytest.fixture(autouse=True)
async def _forgotten_failures(platform: Platform) -> AsyncIterator[None]:
    """Every test begins as one that comes a quarter of an hour after the one before."""
    yield
    await platform.forget_failures()


@pytest.fixture
async def partnership(platform: Platform) -> Partnership:
    return await platform.found()
