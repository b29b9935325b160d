"""A partnership's matching policy over HTTP: versions that stay, good numbers only, one after the other."""

import asyncio
from typing import Any

import pytest

from services.matching.domain.weights import DEFAULT
from services.matching.tests.bodies import good, refused
from services.matching.tests.factories import Place
from shared.auth import Role

PATH = "/v1/matching-policies"


def body(version: int = 1, **policy: Any) -> dict[str, Any]:
    return {"version": version, "policy": policy, "reason": "The board wants distance between homes."}


async def test_the_defaults_hold_until_a_partnership_says_otherwise(here: Place) -> None:
    current = good(await here.coordinator.get(f"{PATH}/current"))
    assert (current["version"], current["id"], current["policy"]["weights"]) == (0, None, dict(DEFAULT.weights))
    made = good(await here.project_manager.post(PATH, body(near_metres=1_500)))
    assert good(await here.coordinator.get(f"{PATH}/current")) == made
    assert good(await here.coordinator.get(f"{PATH}/{made['id']}"))["policy"]["near_metres"] == 1_500


async def test_a_proposal_is_made_by_the_version_in_force_and_says_so(here: Place) -> None:
    family, helper = await here.family(outcode="SS1"), await here.volunteer(outcode="SS1")
    first = await here.propose(family)
    good(await here.caller(Role.ADMIN).post(PATH, body(near_metres=1_500)))
    second = await here.propose(family)
    assert (first["policy_version"], second["policy_version"]) == (0, 1)
    assert first["candidates"][0]["place"] == 1
    assert second["candidates"][0]["excluded_by"] == ["too-near"]
    assert second["near_misses"][0]["volunteer"] == helper.id


async def test_versions_stay_and_are_listed_newest_first(here: Place) -> None:
    for version in (1, 2, 3):
        good(await here.project_manager.post(PATH, body(version, planned_weeks=version)))
    first = good(await here.coordinator.get(PATH, params={"limit": 2}))
    rest = good(await here.coordinator.get(PATH, params={"limit": 2, "cursor": first["next"]}))
    assert [one["version"] for one in first["items"] + rest["items"]] == [3, 2, 1]
    assert [one["policy"]["planned_weeks"] for one in first["items"] + rest["items"]] == [3, 2, 1]


async def test_of_two_who_make_the_next_version_at_once_one_does(here: Place) -> None:
    answers = await asyncio.gather(*(here.project_manager.post(PATH, body(1, planned_weeks=one)) for one in (4, 5, 6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    for version in (1, 3):
        refused(await here.project_manager.post(PATH, body(version)), 409, "policy-version-taken")


@pytest.mark.parametrize(
    ("policy", "pointer"),
    [
        ({"weights": dict(DEFAULT.weights) | {"faith": 0}}, "/policy/weights/faith"),
        ({"weights": dict(DEFAULT.weights) | {"faith": -40}}, "/policy/weights/faith"),
        ({"weights": dict(DEFAULT.weights) | {"faith": 41}}, "/policy/weights"),
        ({"weights": dict(DEFAULT.weights) | {"faith": 39, "charm": 1}}, "/policy/weights"),
        ({"weights": {"distance": 1_000}}, "/policy/weights"),
        ({"far_metres": 1_000}, "/policy/far_metres"),
        ({"speed_kmh": 0}, "/policy/speed_kmh"),
        ({"clearance": False}, "/policy/clearance"),
    ],
)
async def test_what_cannot_be_weighed_by_is_refused_at_its_place(
    here: Place, policy: dict[str, Any], pointer: str
) -> None:
    problem = refused(await here.project_manager.post(PATH, body(**policy)), 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert good(await here.coordinator.get(f"{PATH}/current"))["version"] == 0


async def test_a_policy_without_a_version_is_refused(here: Place) -> None:
    unnumbered = {name: value for name, value in body().items() if name != "version"}
    problem = refused(await here.project_manager.post(PATH, unnumbered), 422, "validation")
    assert [error["pointer"] for error in problem["errors"]] == ["/version"]


async def test_another_partnership_has_a_policy_of_its_own(here: Place) -> None:
    made = good(await here.project_manager.post(PATH, body()))
    elsewhere = Place(here.service, here.cases)
    refused(await elsewhere.coordinator.get(f"{PATH}/{made['id']}"), 404, "not-found")
    assert good(await elsewhere.coordinator.get(f"{PATH}/current"))["version"] == 0


async def test_every_factor_and_every_constraint_is_told_in_words_with_the_weights_in_force(here: Place) -> None:
    weights = dict(DEFAULT.weights) | {"faith": 30, "ethnicity": 50}
    good(await here.project_manager.post(PATH, body(weights=weights)))
    told = good(await here.coordinator.get("/v1/matching-factors"))
    assert {one["name"]: one["weight"] for one in told["factors"]} == weights
    assert [one["name"] for one in told["factors"] if one["sensitive"]] == ["ethnicity", "faith"]
    assert all(one["definition"] and one["source"] for one in told["factors"])
    grounds = {one["code"]: (one["ground"], one["overridable"]) for one in told["constraints"]}
    assert grounds["clearance-not-current"] == ("law", False)
    assert grounds["too-near"] == ("practice", True)
    assert told["policy_version"] == 1
