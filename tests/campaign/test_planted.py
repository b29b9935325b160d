"""Builds with a fault each: every one is found by the code that says what is wrong, and without it all is well."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.campaign import plays
from tests.campaign.campaigns.planted import FAULTS, find, is_found, together
from tests.campaign.plays import Ground, Play
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.planted, pytest.mark.timeout(600)]
GROUPS = list(together(list(FAULTS)))
# Each play once. Some have a scene of their own: they hold up everybody in it, or write what is on no account.
APART = list(dict.fromkeys([plays.late, *(fault.play for fault in FAULTS.values() if fault.alone)]))
TOGETHER = list(dict.fromkeys(fault.play for fault in FAULTS.values() if fault.play not in APART))


async def played(stage: Stage, *some: Play) -> list[str]:
    async with stage.scene(2) as scene:
        found = [one for mine in await asyncio.gather(*(play(Ground(scene)) for play in some)) for one in mine]
        return [str(one) for one in [*found, *await scene.judge()]]


async def test_where_nothing_is_planted_nothing_is_found(stage: Stage) -> None:
    found = await played(stage, *TOGETHER)
    for play in APART:
        found += await played(stage, play)
    assert found == []


@pytest.mark.parametrize("names", GROUPS, ids="+".join)
async def test_a_planted_fault_is_found(stage: Stage, names: Sequence[str]) -> None:
    found = await find(stage, names)
    missed = {name: [str(one) for one in findings] for name, findings in found.items() if not is_found(name, findings)}
    assert missed == {}
