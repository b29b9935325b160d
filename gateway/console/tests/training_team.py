"""Fixtures of training's pages: a gateway with the training service beside it, a team, its trainer's browser.

A test module takes them by name: `gateway, team = training_team.gateway, training_team.team`.
"""

from collections.abc import AsyncIterator, Callable

import pytest

from gateway.console.tests.conftest import Browser
from gateway.console.tests.processes import gateway_with
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Platform


@pytest.fixture(scope="module")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    async with gateway_with(environment_of, "training") as gateway:
        yield gateway


@pytest.fixture(scope="module")
async def team(gateway: Platform) -> Team:
    return await Team.founded(gateway)


@pytest.fixture
async def browser(gateway: Platform, team: Team) -> Browser:
    """The trainer's, signed in."""
    browser = Browser(gateway)
    await browser.sign_in(team.trainer)
    return browser
