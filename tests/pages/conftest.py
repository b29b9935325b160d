"""One platform for all pages."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from gateway.console.tests.conftest import Browser
from tests.e2e.platform import Platform
from tests.pages.place import Place, place_on, running


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running("pages", tmp_path_factory.mktemp("platform")) as platform:
        yield platform


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def place(platform: Platform) -> AsyncIterator[Place]:
    async with place_on(platform) as place:
        yield place


@pytest.fixture
async def browser(place: Place) -> Browser:
    """Of the coordinator."""
    return await place.browser("coordinator")
