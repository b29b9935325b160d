"""Plans through the service: asked for, computed beside it, explained, changed, and accepted pair by pair."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx

from services.matching import handlers
from services.matching.service.desk import Desk
from services.matching.service.plan_reading import Begun
from services.matching.service.plan_work import PlanJob
from services.matching.tests.bodies import Family, Helper, days_ago, good, refused
from services.matching.tests.factories import Place
from shared import timekeeper, wall_clock
from shared.auth import Role
from shared.jobs import AHEAD, Jobs

AT = "/v1/match-plans"
DAYS = {"planned_from": days_ago(0), "planned_length_weeks": 26, "review_on": days_ago(-84)}
MONDAY = [{"weekday": "mon", "part": "evening"}]
SUNDAY = [{"weekday": "sun", "part": "morning"}]


async def asked(here: Place, **body: Any) -> dict[str, Any]:
    answer = await here.coordinator.post(AT, {"planned_length_weeks": 26, **body})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{AT}/{answer.json()['id']}"
    return dict(answer.json())


async def taken_up(here: Place, *, later: timedelta = timedelta(0), most_seconds: float = 60) -> Jobs[Begun]:
    """A process that has just been started, and the plans that it is to compute."""
    jobs, parts = handlers.planning(most_seconds), here.service.parts
    heard = handlers.register(Desk(parts.vault), here.cases, jobs)
    while await timekeeper.raise_one(parts, heard, wall_clock.now() + later):
        pass
    return jobs


async def compute(here: Place, jobs: Jobs[Begun] | None = None) -> None:
    jobs = jobs or await taken_up(here)
    while jobs.waiting:
        await jobs.one(here.service.parts, PlanJob(Desk(here.service.parts.vault)))


async def read(here: Place, plan: str) -> dict[str, Any]:
    return good(await here.coordinator.get(f"{AT}/{plan}"))


async def planned(here: Place, **body: Any) -> dict[str, Any]:
    plan = (await asked(here, **body))["id"]
    await compute(here)
    return await read(here, plan)


async def pairs_of(here: Place, plan: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = good(await here.coordinator.get(f"{AT}/{plan['id']}/pairs"))["items"]
    return items


def who(pairs: list[dict[str, Any]]) -> set[tuple[str, str]]:
    return {(one["match_request"], one["volunteer"]) for one in pairs}


async def two_and_two(here: Place) -> tuple[Family, Family, Helper, Helper]:
    """The speaker of Bengali fits both families, the other only the family that asked for no time."""
    anne = await here.family(languages=["bn"])
    ben = await here.family(languages=["bn"], requests={"availability": SUNDAY})
    both = await here.volunteer(languages=["bn"], availability=SUNDAY)
    other = await here.volunteer(languages=["en"], availability=MONDAY)
    return anne, ben, both, other


async def accept(here: Place, plan: dict[str, Any], pair: str) -> httpx.Response:
    return await here.coordinator.post(f"{AT}/{plan['id']}/pairs/{pair}/accept", DAYS)


async def test_a_plan_places_both_families_where_the_best_pair_would_place_one(here: Place) -> None:
    anne, ben, both, other = await two_and_two(here)
    plan = await planned(here)
    assert (plan["status"], plan["progress"], plan["refusal"]) == ("planned", None, None)
    assert (plan["totals"]["families"], plan["totals"]["gap"], plan["totals"]["eligible_pairs"]) == (2, 0, 3)
    assert plan["totals"]["first_come_first_served"]["families"] <= 2
    pairs = await pairs_of(here, plan)
    assert who(pairs) == {(anne.request, other.id), (ben.request, both.id)}
    mine = next(one for one in pairs if one["match_request"] == anne.request)
    assert (mine["place"], mine["of"], mine["changed"]) == (2, 2, [])
    assert [(one["volunteer"], one["why"]) for one in mine["passed_over"]] == [(both.id, "places-another-family")]
    assert await here.events("match-plan.planned")


async def test_an_accepted_pair_is_a_match_like_any_other_and_its_reason_names_no_family(here: Place) -> None:
    anne, ben, _, other = await two_and_two(here)
    plan = await planned(here)
    pairs = await pairs_of(here, plan)
    mine = next(one for one in pairs if one["match_request"] == anne.request)
    assert ben.request not in str(mine)
    assert str(ben.id) not in str(mine)
    accepted = good(await accept(here, plan, mine["id"]))
    match = await here.match_of(accepted["match"])
    assert (match["status"], match["volunteer"], match["match_request"]) == ("proposed", other.id, anne.request)
    assert match["override_reason"] == f"Chosen by plan {plan['id']}, the best for all families that wait."
    refused(await accept(here, plan, mine["id"]), 409, "plan-pair-accepted")


async def test_what_has_changed_since_is_shown_and_refused(here: Place) -> None:
    anne, _, _, other = await two_and_two(here)
    plan = await planned(here)
    mine = next(one for one in await pairs_of(here, plan) if one["match_request"] == anne.request)
    good(
        await here.coordinator.post(
            f"/v1/volunteers/{other.id}/break", {"reason_code": "personal"}, match=other.version
        )
    )
    shown = next(one for one in await pairs_of(here, plan) if one["match_request"] == anne.request)
    assert shown["changed"] == ["on-break"]
    problem = refused(await accept(here, plan, mine["id"]), 409, "plan-outdated")
    assert problem["pairs"] == [{"pair": mine["id"], "codes": ["on-break"]}]
    refused(await here.coordinator.post(f"{AT}/{plan['id']}/accept", DAYS), 409, "plan-outdated")
    done = good(await here.coordinator.post(f"{AT}/{plan['id']}/accept", DAYS | {"skip_changed": True}))
    assert (len(done["accepted"]), len(done["changed"]), done["left"]) == (1, 1, 1)


async def test_all_pairs_are_accepted_at_once_or_so_many_at_a_time(here: Place) -> None:
    await two_and_two(here)
    plan = await planned(here)
    first = good(await here.coordinator.post(f"{AT}/{plan['id']}/accept", DAYS | {"limit": 1}))
    assert (len(first["accepted"]), first["left"]) == (1, 1)
    second = good(await here.coordinator.post(f"{AT}/{plan['id']}/accept", DAYS))
    assert (len(second["accepted"]), second["left"]) == (1, 0)
    assert all(one["match"] for one in await pairs_of(here, plan))
    assert len(await here.events("match-plan.accepted")) == 2


async def test_two_who_accept_the_same_pair_at_once_make_one_match(here: Place) -> None:
    await two_and_two(here)
    plan = await planned(here)
    pair = (await pairs_of(here, plan))[0]["id"]
    answers = await asyncio.gather(accept(here, plan, pair), accept(here, plan, pair))
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_a_pin_is_kept_and_a_forbidden_pair_is_not_chosen(here: Place) -> None:
    anne, ben, both, other = await two_and_two(here)
    pin = {"match_request": anne.request, "volunteer": both.id}
    plan = await planned(here, pins=[pin])
    pairs = await pairs_of(here, plan)
    assert [(one["match_request"], one["volunteer"], one["pinned"]) for one in pairs] == [(anne.request, both.id, True)]
    plan = await planned(here, forbids=[{"match_request": anne.request, "volunteer": other.id}])
    assert plan["totals"]["families"] == 1
    assert who(await pairs_of(here, plan)) < {(anne.request, both.id), (ben.request, both.id)}


async def test_pins_that_contradict_each_other_are_pointed_at(here: Place) -> None:
    anne, ben, both, _ = await two_and_two(here)
    pins = [{"match_request": one.request, "volunteer": both.id} for one in (anne, ben)]
    problem = refused(await here.coordinator.post(AT, {"pins": pins}), 422, "validation")
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [("/pins/1", "more-pins-than-places")]
    body = {"pins": [pins[0]], "forbids": [pins[0]]}
    problem = refused(await here.coordinator.post(AT, body), 422, "validation")
    assert problem["errors"][0]["code"] == "pinned-and-forbidden"


async def test_a_pin_against_good_practice_needs_the_project_manager_and_a_reason_and_one_against_the_law_never_holds(
    here: Place,
) -> None:
    ben = await here.family(requests={"availability": SUNDAY})
    other = await here.volunteer(availability=MONDAY)
    pin = {"match_request": ben.request, "volunteer": other.id}
    told = refused(await here.coordinator.post(AT, {"pins": [pin]}), 409, "volunteer-excluded")
    assert (told["excluded_by"], told["overridable"]) == (["no-common-availability"], True)
    why = {"override_reason": "She changes her shifts for them."}
    refused(await here.coordinator.post(AT, {"pins": [pin | why]}), 409, "volunteer-excluded")
    answer = await here.project_manager.post(AT, {"pins": [pin | why], "planned_length_weeks": 26})
    assert answer.status_code == 202, answer.text
    await compute(here)
    pair = (await pairs_of(here, answer.json()))[0]
    assert (pair["pinned"], pair["changed"]) == (True, [])
    path = f"{AT}/{answer.json()['id']}/pairs/{pair['id']}/accept"
    match = good(await here.project_manager.post(path, DAYS))["match"]
    assert (await here.match_of(match))["override_reason"] == why["override_reason"]
    lapsed = await here.applicant()
    pin = {"match_request": (await here.family()).request, "volunteer": lapsed.id} | why
    told = refused(await here.project_manager.post(AT, {"pins": [pin]}), 409, "volunteer-excluded")
    assert told["overridable"] is False


async def test_nobody_waiting_and_nobody_to_choose_from_make_an_empty_plan(here: Place) -> None:
    plan = await planned(here)
    assert (plan["status"], plan["totals"]["families"], plan["totals"]["gap"]) == ("planned", 0, 0)
    await here.family()
    plan = await planned(here)
    assert (plan["status"], plan["totals"]["families"]) == ("planned", 0)


async def test_a_family_without_a_volunteer_is_told_what_it_lacks_and_whom_to_recruit(here: Place) -> None:
    for _ in range(6):
        await here.family(languages=["bn"], outcode="SS0", requests={"availability": MONDAY})
    await here.volunteer(languages=["en"], availability=SUNDAY, outcode="CM1")
    plan = await planned(here)
    lacks = good(await here.coordinator.get(f"{AT}/{plan['id']}/unmatched"))["items"]
    assert len(lacks) == 6
    one = lacks[0]
    assert (one["eligible"], one["kept_away"], one["languages"]) == (0, {"times": 1}, ["bn"])
    assert (one["slots"], one["area"]) == (["mon-evening"], "SS")
    at = f"{AT}/{plan['id']}/recruitment"
    exact = good(await here.coordinator.get(at))
    line = exact["lines"][0]
    assert (line["volunteers"], line["families"], line["languages"], line["times"]) == (
        5,
        5,
        ["bn"],
        "weekday-evenings",
    )
    assert (line["outcodes"], exact["withheld"]) == (["SS0"], False)
    told = good(await here.caller(Role.LA_MANAGER, organisation=here.authority).get(at))
    assert (told["lines"], told["withheld"]) == ([], True)


async def test_a_former_plan_is_changed_without_reading_the_pool_again(here: Place) -> None:
    anne, ben, both, other = await two_and_two(here)
    first = await planned(here)
    second = await planned(here, based_on=first["id"], without_volunteers=[other.id])
    assert (second["status"], second["based_on"], second["totals"]["families"]) == ("planned", first["id"], 1)
    assert second["totals"]["gap"] == 0
    third = await planned(here, based_on=first["id"], pins=[{"match_request": anne.request, "volunteer": both.id}])
    assert who(await pairs_of(here, third)) == {(anne.request, both.id)}
    mine = next(one for one in await pairs_of(here, first) if one["match_request"] == ben.request)
    good(await accept(here, first, mine["id"]))
    rest = await planned(here, based_on=first["id"])
    assert who(await pairs_of(here, rest)) == {(anne.request, other.id)}


async def test_what_was_pinned_stays_pinned_pinned_again_or_not_and_cannot_be_forbidden_as_well(here: Place) -> None:
    anne, _, both, _ = await two_and_two(here)
    pin = {"match_request": anne.request, "volunteer": both.id}
    first = await planned(here, pins=[pin])
    for more in ({}, {"pins": [pin]}):
        again = await planned(here, based_on=first["id"], **more)
        assert [(one["volunteer"], one["pinned"]) for one in await pairs_of(here, again)] == [(both.id, True)]
        assert again["totals"]["families"] == 1
    against = await planned(here, based_on=first["id"], forbids=[pin])
    assert (against["status"], against["refusal"]) == ("refused", "pins_contradict")


async def test_a_plan_that_is_called_off_is_not_computed_and_one_that_is_put_aside_keeps_its_matches(
    here: Place,
) -> None:
    plan = await asked(here)
    cancelled = good(await here.coordinator.post(f"{AT}/{plan['id']}/cancel", match=plan["version"]))
    assert cancelled["status"] == "cancelled"
    await compute(here)
    assert (await read(here, plan["id"]))["status"] == "cancelled"
    refused(await here.coordinator.get(f"{AT}/{plan['id']}/pairs"), 409, "plan-not-ready")
    refused(await here.coordinator.post(f"{AT}/{plan['id']}/cancel", match=cancelled["version"]), 409, "illegal-move")


async def test_a_plan_whose_process_was_killed_is_computed_by_another(here: Place) -> None:
    await two_and_two(here)
    plan = (await asked(here))["id"]
    job = PlanJob(Desk(here.service.parts.vault))
    first = asyncio.create_task((await taken_up(here)).one(here.service.parts, job))
    while (await read(here, plan))["progress"]["stage"] == "waiting":  # noqa: ASYNC110 - polled over HTTP
        await asyncio.sleep(0.02)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    assert not (await taken_up(here)).waiting
    second = await taken_up(here, later=AHEAD + timedelta(seconds=1))
    assert second.waiting
    await compute(here, second)
    assert (await read(here, plan))["status"] == "planned"


async def test_a_plan_that_takes_too_long_ends_refused(here: Place) -> None:
    plan = (await asked(here))["id"]
    await compute(here, await taken_up(here, most_seconds=0.01))
    done = await read(here, plan)
    assert (done["status"], done["refusal"]) == ("refused", "gave_up")


def test_a_process_of_the_service_never_imports_the_solver() -> None:
    look = "import sys, services.matching.main, services.matching.worker; print({'ortools'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
