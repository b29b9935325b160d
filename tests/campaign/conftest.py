"""One stage for each file of campaign tests: a world takes longer to start than most scenes on it to play."""

from collections.abc import AsyncIterator

import pytest

from tests.campaign.stage import Stage, opened


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with opened(tmp_path_factory.mktemp("campaign")) as running:
        yield running
