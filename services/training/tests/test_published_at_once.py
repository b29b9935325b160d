"""Releases beside each other: two published at once, one that is withdrawn meanwhile, what the bounds of one tell."""

import asyncio
from typing import Any

from services.training.domain.frozen import near
from services.training.tests.crowd import Crowd, Person
from services.training.tests.factories import Team

NORTH, EAST, SOUTH = (Person(name, "white_british", "female") for name in ("North", "East", "South"))


def listed(release: dict[str, Any]) -> dict[str, Any]:
    """The figures of the first table by what they count."""
    return {cell["values"][0]: cell["count"] for cell in release["shown"]["tables"][0]["cells"]}


async def test_of_two_releases_that_are_published_at_once_the_second_has_to_be_audited_again(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([NORTH, EAST] * 10)
    made = [await crowd.audited({"by": "organisation"}) for _ in range(2)]
    both = (crowd.publisher.post(f"/v1/releases/{one['id']}/publish", match=one["version"]) for one in made)
    answers = await asyncio.gather(*both)
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_a_release_that_was_public_for_a_moment_only_is_reckoned_with(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([NORTH, EAST] * 10)
    second = await crowd.audited({"by": "organisation"})
    first = await crowd.published({"by": "gender"})
    await crowd.publisher.post(f"/v1/releases/{first['id']}/withdraw", match=first["version"])
    refused = await crowd.publisher.post(f"/v1/releases/{second['id']}/publish", match=second["version"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/audit-outdated")


async def test_the_bounds_of_a_release_are_of_what_itself_hides(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([NORTH] * 2 + [EAST, SOUTH] * 10)
    first = await crowd.published({"by": "organisation"})
    second = await crowd.audited({"by": "gender"})
    for made in (first, second):
        shown = (await team.coordinator.get(f"/v1/releases/{made['id']}")).json()
        assert len(shown["bounds"]) == list(listed(made).values()).count("c")
    assert "c" in listed(first).values()
    assert "c" not in listed(second).values()


async def test_a_code_that_the_census_does_not_know_is_shown_as_none(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([NORTH] * 9 + [Person("North", "an_old_code", "female")] * 8)
    made = await crowd.audited({"by": "ethnicity"})
    assert (listed(made)["white_british"], listed(made)["no_code"]) == (9, 8)
    assert "an_old_code" not in str(made)


async def test_where_zeros_are_hidden_every_group_is_listed_also_one_that_was_not_there(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([NORTH, EAST] * 10, day=1)
    await crowd.came([SOUTH, Person("West", None, "female")] * 10, day=20)
    made = await crowd.audited({"by": "organisation"}, days=(1, 2), policy={"zeros": "hidden"})
    assert {"South", "West"} <= set(listed(made))
    assert listed(made)["South"] == "c"


def test_a_release_is_near_also_through_another_that_shares_a_session_with_both() -> None:
    earlier = {name: frozenset(sessions) for name, sessions in (("x", "c"), ("y", "bc"), ("z", "ab"), ("far", "d"))}
    assert set(near(frozenset("a"), earlier)) == {"x", "y", "z"}
