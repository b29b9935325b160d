"""A plan that is based on another tells what one from nothing would, and shares what has stayed the same."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from services.matching.service.plan_reading import STATE
from services.matching.tests.bodies import Family, Helper, days_ago, good
from services.matching.tests.factories import Place
from services.matching.tests.test_plans import AT, accept, compute, pairs_of, planned, read, who
from shared.crypto import Subject
from shared.events import referral as heard

REACHED = ("families", "places", "fit", "points", "weeks", "gap", "eligible_pairs")


def told(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All that is said of each pair, in the order of families, without the ids of its own."""
    found = [{name: value for name, value in one.items() if name != "id"} for one in pairs]
    return sorted(found, key=lambda one: (one["match_request"], one["volunteer"]))


async def copied(here: Place, first: dict[str, Any], again: dict[str, Any]) -> int:
    """How many pairs lie in both plans sealed by the same hand."""
    sql = (
        "SELECT count(*) FROM match_plan_pairs a JOIN match_plan_pairs b ON a.why = b.why"
        " WHERE a.plan_id = $1 AND b.plan_id = $2"
    )
    found: int = (await here.as_worker(sql, UUID(first["id"]), UUID(again["id"])))[0][0]
    return found


async def test_a_plan_without_somebody_is_told_as_one_from_nothing_and_what_is_the_same_is_not_sealed_again(
    here: Place,
) -> None:
    await here.family(languages=["bn"])
    await here.family(languages=["so"], outcode="SS9")
    # Nobody else could be with this one, whoever comes or goes.
    await here.family(languages=["pl"], requests={"volunteer_gender": "male"})
    lives = (("bn", "SS1"), ("bn", "SS9"), ("so", "SS1"))
    helpers = [await here.volunteer(languages=[language], outcode=outcode) for language, outcode in lives]
    await here.volunteer(languages=["pl"], gender="male")
    first, shared = await planned(here), 0
    for helper in (helpers[0], helpers[2]):
        again = await planned(here, based_on=first["id"], without_volunteers=[helper.id])
        anew = await planned(here, without_volunteers=[helper.id])
        assert told(await pairs_of(here, again)) == told(await pairs_of(here, anew))
        for name in ("families", "places", "fit", "points", "weeks", "gap"):
            assert again["totals"][name] == anew["totals"][name]
        shared += await copied(here, first, again)
        chained = await planned(here, based_on=again["id"])
        assert told(await pairs_of(here, chained)) == told(await pairs_of(here, again))
        assert await copied(here, again, chained) == 3
    assert 0 < shared < 6


async def lacks_of(here: Place, plan: dict[str, Any]) -> list[dict[str, Any]]:
    items = good(await here.coordinator.get(f"{AT}/{plan['id']}/unmatched"))["items"]
    return [{name: one[name] for name in ("match_request", "places", "eligible")} for one in items]


async def assert_as_from_nothing(
    here: Place, again: dict[str, Any], *, whole: bool = False, alone: bool = True, **body: Any
) -> bool:
    """The same totals, pairs, reasons and empty places; and, unless `whole`, without reading everybody again.

    Where the best plan may not be `alone`, whether it is the same one.
    """
    anew = await planned(here, **body)
    assert again["status"] == anew["status"] == "planned"
    assert (again["totals"]["greedy"] is None) is not whole
    assert {name: again["totals"][name] for name in REACHED} == {name: anew["totals"][name] for name in REACHED}
    if not alone and who(await pairs_of(here, again)) != who(await pairs_of(here, anew)):
        return False
    assert told(await pairs_of(here, again)) == told(await pairs_of(here, anew))
    by_request = {one["match_request"]: one for one in await lacks_of(here, anew)}
    assert {one["match_request"]: one for one in await lacks_of(here, again)} == by_request
    return True


class Town:
    """Families and volunteers who differ in so much that hardly two plans for them are worth the same."""

    def __init__(self, here: Place, chance: Random) -> None:
        self.here, self.chance = here, chance
        self.families: list[Family] = []
        self.helpers: list[Helper] = []

    def some(self, values: tuple[str, ...], count: int) -> list[str]:
        return self.chance.sample(values, count)

    async def family(self) -> None:
        chance = self.chance
        requests = {
            "skills": self.some(("cooking", "budgeting", "autism", "gardening"), chance.randint(0, 3)),
            "interests": self.some(("music", "football", "reading", "art"), chance.randint(0, 3)),
            "volunteers": chance.choice((1, 1, 2)),
            "volunteer_gender": chance.choice((None, None, "female", "male")),
        }
        outcode, languages = chance.choice(("SS0", "SS1", "SS7", "CM1")), self.some(("en", "bn", "so"), 1)
        made = await self.here.family(outcode=outcode, languages=languages, requests=requests)
        await self.here.as_worker(
            "UPDATE match_requests SET waiting_since = waiting_since - $1::int WHERE id = $2",
            chance.randint(0, 300),
            UUID(made.request),
        )
        self.families.append(made)

    async def helper(self) -> None:
        chance = self.chance
        self.helpers.append(
            await self.here.volunteer(
                outcode=chance.choice(("SS0", "SS1", "SS7", "CM1")),
                languages=self.some(("en", "bn", "so"), chance.randint(1, 2)),
                skills=self.some(("cooking", "budgeting", "autism", "gardening"), chance.randint(0, 3)),
                interests=self.some(("music", "football", "reading", "art"), chance.randint(0, 3)),
                gender=chance.choice(("female", "male")),
                capacity=chance.choice((1, 1, 2)),
                visits_a_week=chance.randint(1, 3),
            )
        )

    async def breaks(self) -> None:
        one = self.chance.choice(self.helpers)
        now = await self.here.read(one)
        step, body = ("break", {"reason_code": "personal"}) if now["status"] != "on_break" else ("return", None)
        answer = await self.here.coordinator.post(f"/v1/volunteers/{one.id}/{step}", body, match=now["version"])
        assert answer.status_code in {200, 409}, answer.text

    async def visits(self) -> None:
        await self.here.as_worker(
            "UPDATE volunteers SET visits_a_week = 3 - visits_a_week % 3 WHERE id = $1",
            UUID(self.chance.choice(self.helpers).id),
        )

    async def family_ends(self) -> None:
        one = self.families.pop(self.chance.randrange(len(self.families)))
        await self.here.tell(heard.ReferralEnding(family=one.id, referral=one.referral))

    async def accepts(self, plan: dict[str, Any]) -> None:
        pairs = [one for one in await pairs_of(self.here, plan) if not one["changed"]]
        if pairs:
            good(await accept(self.here, plan, self.chance.choice(pairs)["id"]))


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_came_or_changed_since_is_in_the_plan_as_in_one_from_nothing(here: Place, seed: int) -> None:
    chance = Random(seed)
    town = Town(here, chance)
    for _ in range(5):
        await town.family()
        await town.helper()
    await town.family()
    plan, alike = await planned(here), 0
    for step in (town.helper, town.family, town.breaks, town.family_ends, town.visits, None, town.breaks):
        await (step() if step else town.accepts(plan))
        plan = await planned(here, based_on=plan["id"])
        alike += await assert_as_from_nothing(here, plan, alone=False)
    assert alike > 1


async def test_a_family_that_had_nobody_gets_who_came_since_and_a_new_family_whoever_is_left(here: Place) -> None:
    anne, ben = await here.family(), await here.family(languages=["bn"])
    await here.volunteer()
    first = await planned(here)
    assert len(await lacks_of(here, first)) == 1
    newcomer = await here.volunteer(languages=["bn"])
    second = await planned(here, based_on=first["id"])
    assert {one["match_request"] for one in await pairs_of(here, second)} == {anne.request, ben.request}
    assert newcomer.id in {one["volunteer"] for one in await pairs_of(here, second)}
    await assert_as_from_nothing(here, second)
    await here.volunteer(languages=["so"])
    cara = await here.family(languages=["so"])
    third = await planned(here, based_on=second["id"])
    assert cara.request in {one["match_request"] for one in await pairs_of(here, third)}
    await assert_as_from_nothing(here, third)


async def test_who_was_left_out_and_what_was_forbidden_and_pinned_stays_so_when_they_change(here: Place) -> None:
    anne, ben = await here.family(), await here.family(languages=["bn"])
    helpers = [await here.volunteer(languages=[one]) for one in ("en", "bn", "so")]
    pin = {"match_request": anne.request, "volunteer": helpers[2].id}
    forbid = {"match_request": ben.request, "volunteer": helpers[0].id}
    asked: dict[str, Any] = {"forbids": [forbid], "without_volunteers": [helpers[1].id], "pins": [pin]}
    first = await planned(here)
    again = await planned(here, based_on=first["id"], **asked)
    await assert_as_from_nothing(here, again, **asked)
    for helper in helpers:
        await here.as_worker("UPDATE volunteers SET outcode = 'SS2' WHERE id = $1", UUID(helper.id))
    await here.as_worker("UPDATE match_requests SET facts_read_at = now() WHERE partnership_id = $1", here.partnership)
    chained = await planned(here, based_on=again["id"])
    await assert_as_from_nothing(here, chained, **asked)
    # Whoever is pinned to somebody who leaves has a place again, and the other way round.
    gone = (await here.read(helpers[2]))["version"]
    good(
        await here.coordinator.post(
            f"/v1/volunteers/{helpers[2].id}/leave", {"reason_code": "moved", "happened_on": days_ago(0)}, match=gone
        )
    )
    last = await planned(here, based_on=chained["id"])
    asked.pop("pins")
    await assert_as_from_nothing(here, last, **asked)


async def test_who_was_pinned_to_a_family_that_no_longer_waits_is_there_for_another(here: Place) -> None:
    anne, ben = await here.family(), await here.family(languages=["bn"])
    helper = await here.volunteer()
    first = await planned(here, pins=[{"match_request": anne.request, "volunteer": helper.id}])
    await here.tell(heard.ReferralEnding(family=anne.id, referral=anne.referral))
    again = await planned(here, based_on=first["id"])
    assert who(await pairs_of(here, again)) == {(ben.request, helper.id)}
    await assert_as_from_nothing(here, again)


async def test_a_volunteer_whom_the_family_refuses_since_or_was_with_is_not_in_the_plan(here: Place) -> None:
    anne = await here.family()
    helper, _ = await here.volunteer(), await here.volunteer(languages=["so"], outcode="SS9")
    first = await planned(here)
    assert [one["volunteer"] for one in await pairs_of(here, first)] == [helper.id]
    body = {"family": str(anne.id), "kind": "conflict_of_interest"}
    answer = await here.coordinator.post(f"/v1/volunteers/{helper.id}/conflicts", body)
    assert answer.status_code in {200, 201}, answer.text
    again = await planned(here, based_on=first["id"])
    assert [one["volunteer"] for one in await pairs_of(here, again)] != [helper.id]
    await assert_as_from_nothing(here, again)


async def test_a_plan_of_another_length_or_by_another_policy_is_made_of_everybody_again(here: Place) -> None:
    await here.family()
    await here.volunteer()
    pin = {"match_request": (await here.family()).request, "volunteer": (await here.volunteer()).id}
    first = await planned(here, pins=[pin])
    longer = await planned(here, based_on=first["id"], planned_length_weeks=12)
    await assert_as_from_nothing(here, longer, whole=True, planned_length_weeks=12, pins=[pin])
    first = await planned(here)
    body = {"version": 1, "policy": {"near_metres": 1_500}, "reason": "The board wants distance between homes."}
    good(await here.project_manager.post("/v1/matching-policies", body))
    apart = await planned(here, based_on=first["id"])
    assert (apart["policy_version"], await pairs_of(here, apart)) == (1, [])
    await assert_as_from_nothing(here, apart, whole=True)


# Whoever has no visit left could be with no family, and is in no plan unless pinned.
@pytest.mark.parametrize("taken", [0, 1])
async def test_a_pin_against_good_practice_weighs_in_a_changed_plan_what_it_weighs_in_one_from_nothing(
    here: Place, taken: int
) -> None:
    family = await here.family(requests={"availability": [{"weekday": "sun", "part": "morning"}]})
    helper = await here.volunteer(availability=[{"weekday": "mon", "part": "evening"}])
    of_all = "UPDATE volunteers SET visits_taken = visits_a_week * $1 WHERE id = $2"
    await here.as_worker(of_all, taken, UUID(helper.id))
    first = await planned(here)
    assert await pairs_of(here, first) == []
    pin = {"match_request": family.request, "volunteer": helper.id, "override_reason": "She changes her shifts."}
    made = {"pins": [pin], "planned_length_weeks": 26}
    plans = [await here.project_manager.post(AT, made | more) for more in ({"based_on": first["id"]}, {})]
    await compute(here)
    again, anew = [await read(here, one.json()["id"]) for one in plans]
    assert (again["status"], again["totals"]["greedy"]) == ("planned", None)
    assert told(await pairs_of(here, again)) == told(await pairs_of(here, anew))
    assert again["totals"]["fit"] == anew["totals"]["fit"] > 0


async def test_a_plan_kept_before_its_basis_was_is_a_beginning_from_nothing(here: Place) -> None:
    await here.family()
    await here.volunteer()
    first = await planned(here)
    cipher = await here.service.parts.vault.cipher(here.partnership, Subject.case(UUID(first["id"])))
    old = cipher.seal(STATE, "as plans were kept before")
    await here.as_worker("UPDATE match_plans SET state = $1 WHERE id = $2", old, UUID(first["id"]))
    await assert_as_from_nothing(here, await planned(here, based_on=first["id"]), whole=True)
