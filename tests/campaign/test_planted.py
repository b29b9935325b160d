"""The campaigns can fail: each planted fault is found, and nothing is found where none was planted."""

import pytest

from tests.campaign import plays
from tests.campaign.campaigns.planted import FAULTS, find, is_found, together
from tests.campaign.plays import Ground
from tests.campaign.stage import Stage

pytestmark = [pytest.mark.slow, pytest.mark.campaign, pytest.mark.timeout(600)]


@pytest.mark.parametrize("names", list(together(list(FAULTS))), ids=" ".join)
async def test_planted_faults_are_found(stage: Stage, names: list[str]) -> None:
    for name, findings in (await find(stage, names)).items():
        assert is_found(name, findings), (name, [str(one) for one in findings])


async def test_without_a_fault_nothing_is_found(stage: Stage) -> None:
    async with stage.scene(2) as scene:
        ground, found = Ground(scene), []
        for play in (plays.everything, plays.late, plays.backlog, plays.refused, plays.race, plays.overdue):
            found += await play(ground)
        assert found + await scene.judge() == []
