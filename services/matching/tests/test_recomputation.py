"""A proposal made again from what was kept of it, long after everything has changed."""

from typing import Any
from uuid import UUID

import pytest

from services.matching.tests.bodies import Family, good
from services.matching.tests.factories import Place
from shared.events.referral import SubjectErased

MON = [{"weekday": "mon", "part": "morning"}]
WISHES: dict[str, Any] = {
    "ethnicity": "BAFR",
    "ethnicity_may_count": True,
    "requests": {
        "age_from": 30,
        "faith": "muslim",
        "faith_may_count": True,
        "availability": MON,
        "skills": ["cooking"],
    },
}


async def again(here: Place, family: Family, proposal: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/match-requests/{family.request}/proposals/{proposal['id']}/recomputation"
    return good(await here.coordinator.get(path))


async def crowd(here: Place) -> list[Any]:
    return [
        await here.volunteer(ethnicity="BAFR", faith="muslim", availability=MON, skills=["cooking"]),
        await here.volunteer(ethnicity="WBRI", availability=MON),
        await here.volunteer(),
    ]


async def test_a_proposal_comes_out_the_same_after_everything_has_changed(here: Place) -> None:
    family, helpers = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    assert made["candidates"][0]["score"] > made["candidates"][1]["score"]
    for helper in helpers:
        profile = {"outcode": "SS17", "skills": ["gardening"], "capacity": 2}
        good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/profile", profile, match=helper.version))
    policy = {"version": 1, "policy": {"near_metres": 1_500}, "reason": "Something else."}
    good(await here.project_manager.post("/v1/matching-policies", policy))
    await here.volunteer()
    assert (await again(here, family, made))["outcome"] == "same"
    assert (await here.propose(family))["input_hash"] != made["input_hash"]


async def test_of_an_erased_volunteer_the_inputs_read_erased_and_nobody_is_proposed(here: Place) -> None:
    family, helpers = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    event = SubjectErased(family=family.id, subject=UUID(helpers[0].id), subject_kind="person")
    await here.tell(event)
    found = await again(here, family, made)
    assert (found["outcome"], found["erased_volunteers"]) == ("inputs-erased", 1)
    left = [one["volunteer"] for one in (await here.propose(family))["candidates"]]
    assert sorted(left) == sorted(helper.id for helper in helpers[1:])


async def test_of_an_erased_case_everything_reads_erased(here: Place) -> None:
    family, _ = await here.family(**WISHES), await crowd(here)
    made = await here.propose(family)
    await here.tell(SubjectErased(family=family.id, subject=family.id, subject_kind="case"))
    found = await again(here, family, made)
    assert (found["outcome"], found["erased_volunteers"]) == ("inputs-erased", None)


@pytest.mark.parametrize("what", ["volunteer_inputs", "proposals"])
async def test_nothing_personal_is_legible_in_what_is_kept(here: Place, what: str) -> None:
    family, _ = await here.family(**WISHES), await crowd(here)
    await here.propose(family)
    rows = await here.as_worker(f"SELECT {what}::text FROM {what}")  # noqa: S608 - one of the two above
    assert rows
    assert not any("BAFR" in row[0] or "muslim" in row[0] or "cooking" in row[0] for row in rows)
