"""One started gateway for all tests of the issuer, which trusts one external provider."""

import json
from collections.abc import AsyncIterator, Callable

import pytest

from gateway.identity.tests.platform import Partnership, Platform, started
from gateway.tokens.tests.idp import Idp


@pytest.fixture(scope="session")
async def idp() -> AsyncIterator[Idp]:
    provider = Idp()
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture(scope="session")
async def platform(environment_of: Callable[[str], dict[str, str]], idp: Idp) -> AsyncIterator[Platform]:
    settings = {"CIRCLE_WORKER": "separate", "CIRCLE_EXTERNAL_ISSUERS": json.dumps([idp.settings])}
    async with started(environment_of("gateway") | settings) as platform:
        yield platform


@pytest.fixture(autouse=True)
async def _forgotten_failures(platform: Platform) -> AsyncIterator[None]:
    """Every test begins as one that comes a quarter of an hour after the one before."""
    yield
    await platform.forget_failures()


@pytest.fixture
async def partnership(platform: Platform) -> Partnership:
    return await platform.found()
