"""The published figures come out of the records of a population that is played through the API."""

from typing import Any
from uuid import UUID

import pytest

from services.outcomes.tests.factories import Family, Partnership, cp, day
from shared.auth import Role

RECEIVED, STARTED, STEPPED, OVER = 300, 420, 150, 30


async def play_plans(area: Partnership, children: tuple[UUID, ...], kind: str, stage: int) -> list[dict[str, Any]]:
    """Every child at that stage with a plan of that kind, older than the referral."""
    plans = []
    for child in children:
        plan = await area.plan(child, kind, STARTED)
        assert plan.status_code == 201, plan.text
        assert (await area.stage(child, stage, STARTED)).status_code == 201
        plans.append(plan.json())
    return plans


async def play_completed(area: Partnership, children: int, kind: str, stage: int) -> Family:
    """Completed: every plan ends and none follows."""
    family = await area.referred(children, RECEIVED)
    for plan in await play_plans(area, family.children, kind, stage):
        assert (await area.move(plan, "end", ended_on=day(OVER))).status_code == 200
        assert (await area.stage(UUID(plan["child"]), 1, OVER)).status_code == 201
    return family


async def play_moved(area: Partnership, children: int, before: tuple[str, int], after: tuple[str, int]) -> Family:
    """Moved: every plan steps down, and every child's stage with it."""
    family = await area.referred(children, RECEIVED)
    for plan in await play_plans(area, family.children, *before):
        stepped = await area.move(plan, "step-down", on=day(STEPPED), type=after[0])
        assert stepped.status_code == 200, stepped.text
        assert (await area.stage(UUID(plan["child"]), after[1], STEPPED)).status_code == 201
    return family


async def play_returned(area: Partnership) -> Family:
    """Returned from care: looked-after plans end with a return home."""
    family = await area.referred(2, RECEIVED)
    for plan in await play_plans(area, family.children, "looked_after", 4):
        assert (await area.move(plan, "end", ended_on=day(OVER), returned_home=True)).status_code == 200
    return family


async def play_supported(area: Partnership, children: int) -> Family:
    """Still supported: looked at again, and nothing has changed yet."""
    family = await area.referred(children, RECEIVED)
    await play_plans(area, family.children, "cin", 3)
    for child in family.children:
        await area.stage(child, 3, STEPPED)
    return family


async def play_attendance(area: Partnership, family: Family, first: int, last: int) -> None:
    for child in family.children:
        for occasion, days, percent in (("first", RECEIVED, first), ("closing", OVER, last)):
            body = {
                "family": str(family.id),
                "child": str(child),
                "instrument": "school_attendance",
                "edition": "1",
                "occasion": occasion,
                "completed_by": "school",
                "read_on": day(days),
                "areas": {"percent": percent},
            }
            answer = await area.manager.post("/v1/readings", body)
            assert answer.status_code == 201, answer.text


async def play_population(area: Partnership) -> None:
    """The 19 families of the published list, one more improvement, and three that are still supported."""
    four = [await play_completed(area, children, "cp", 4) for children in (2, 2, 2, 2, 3)]
    three = [await play_completed(area, children, "cin", 3) for children in (2, 2, 2, 2, 2, 3)]
    await play_returned(area)
    for children in (3, 3):
        await play_moved(area, children, ("cp", 4), ("cin", 3))
    for children in (2, 2):
        await play_moved(area, children, ("cp", 4), ("early_help", 2))
    for children in (2, 2, 2):
        await play_moved(area, children, ("cin", 3), ("early_help", 2))
    other = await area.referred(1, RECEIVED)
    await area.stage(other.children[0], 2, STARTED)
    await area.stage(other.children[0], 1, OVER)
    for _ in range(3):
        await play_supported(area, 2)
    for family in (*four[:3], *three[:4]):
        await play_attendance(area, family, 81, 93)
    await play_attendance(area, four[3], 90, 90)


async def play_beside_it(area: Partnership) -> None:
    """Families that are not tracked yet: only accepted, or with a baseline and no later look."""
    await area.referred(2, 10)
    new = await area.referred(1, 10)
    await area.plan(new.children[0], "cp", 60)
    await area.stage(new.children[0], 4, 60)
    await area.visited(new, 5, {"a1": 3})


PUBLISHED = {
    "completed_stage_4": (5, 11),
    "completed_stage_3": (6, 13),
    "completed": (11, 24),
    "moved_4_3": (2, 6),
    "moved_4_2": (2, 4),
    "moved_3_2": (3, 6),
    "completed_or_moved": (18, 40),
    "returned_from_care": (1, 2),
    "completed_moved_or_returned": (19, 42),
    "better_school_attendance": (7, 14),
    "improved": (20, 43),
    "improved_other": (1, 1),
    "still_supported": (3, 6),
    "closed_unimproved": (0, 0),
    "tracked": (23, 49),
    "reregistered": (0, 0),
}


@pytest.mark.slow
async def test_the_population_behind_the_published_figures_gives_each_of_them(area: Partnership) -> None:
    await play_population(area)
    await play_beside_it(area)
    figures = await area.figures()
    assert {code: (figures[code]["families"], figures[code]["children"]) for code in PUBLISHED} == PUBLISHED
    for code, figure in figures.items():
        published = figure["published"]
        if published and published["families"] is not None:
            assert figure["families"] == published["families"], code
        if published and published["children"] is not None:
            assert figure["children"] == published["children"], code
    improved, supported = figures["share_improved"], figures["share_still_supported"]
    assert (improved["families"], improved["base"]["value"], improved["percent"]) == (20, 23, "87.0")
    assert (supported["families"], supported["base"]["value"], supported["percent"]) == (3, 23, "13.0")
    assert improved["base"]["assumed"] is True
    assert "base assumed" in improved["base"]["note"]
    assert figures["reregistered"]["published"]["percent"] == "20"
    assert "quotation" in figures["reregistered"]["published"]["note"]


async def test_children_looked_after_fall_by_the_published_share(area: Partnership) -> None:
    manager = area.as_(Role.LA_MANAGER)
    for year, value in ((2010, 263), (2005, 300), (2005, 327)):
        body = {"code": "looked_after_children", "year": year, "value": value, "source": "yearly return"}
        assert (await manager.post("/v1/reports/area-figures", body)).status_code == 201
    figure = (await area.figures())["looked_after_change"]
    assert (figure["children"], figure["percent"]) == (64, "19.6")
    assert figure["base"] == {
        "code": "looked_after_children",
        "unit": "children",
        "value": 327,
        "assumed": False,
        "note": "327 in 2005, 263 in 2010",
    }
    assert figure["published"]["percent"] == figure["percent"]


async def test_cost_comes_out_by_both_methods(area: Partnership) -> None:
    manager = area.as_(Role.LA_MANAGER)
    assert (await area.analyst.get("/v1/reports/cost")).json()["missing"] == ["savings", "service"]
    for code, amount, families in (("savings", "283644", 64), ("service", "140000.00", 50)):
        body = {"code": code, "amount": amount, "families": families, "source": "published evaluation"}
        answer = await manager.post("/v1/reports/cost-inputs", body)
        assert answer.status_code == 201, answer.text
    for code, value in (("scale_areas", 4), ("scale_families", 129), ("scale_children", 300)):
        body = {"code": code, "year": 2010, "value": value, "source": "published evaluation"}
        assert (await manager.post("/v1/reports/area-figures", body)).status_code == 201
    report = (await area.analyst.get("/v1/reports/cost")).json()
    figures = {figure["code"]: figure for figure in report["figures"]}
    assert {code: (figure["method"], figure["families"], figure["shown"]) for code, figure in figures.items()} == {
        "savings_each": ("input", 64, "4431.94"),
        "service_each": ("input", 50, "2800.00"),
        "net_published": ("published", 64, "143644"),
        "net_published_scaled": ("published", 50, "81597"),
        "service_like_for_like": ("like_for_like", 64, "179200"),
        "net_like_for_like": ("like_for_like", 64, "104444"),
        "ratio_like_for_like": ("like_for_like", 64, "1.58"),
    }
    assert figures["net_published_scaled"]["value"] == "81596.875"
    assert figures["net_published_scaled"]["published"]["amount"] == "81597"
    assert {row["code"]: row["value"] for row in report["scale"]} == {
        "scale_areas": 4,
        "scale_families": 129,
        "scale_children": 300,
    }
    assert report["audience"] == "operational"


async def test_a_child_protection_plan_over_18_months_counts_while_it_runs_and_when_it_ends(area: Partnership) -> None:
    family = await area.referred(2)
    old, young = family.children
    long_plan = (await area.plan(old, "cp", 600)).json()
    await area.plan(young, "cp", 400)
    figures = await area.figures()
    assert (figures["cp_open_long"]["plans"], figures["cp_ended_long"]["plans"]) == (1, 0)
    assert (await area.figures(to=day(100)))["cp_open_long"]["plans"] == 0
    await area.move(long_plan, "step-down", on=day(10), type="cin")
    figures = await area.figures()
    assert (figures["cp_open_long"]["plans"], figures["cp_ended_long"]["plans"]) == (0, 1)
    assert (await area.figures(to=day(11)))["cp_open_long"]["plans"] == 1
    assert figures["cp_open_long"]["families"] is None


async def test_reregistration_is_of_leavers_followed_for_24_months(area: Partnership) -> None:
    family = await area.referred(3, received=1500)
    for child, back in zip(family.children, (None, 500, 1000), strict=True):
        plan = (await area.plan(child, "cp", 1400)).json()
        assert (await area.move(plan, "end", ended_on=day(1100))).status_code == 200
        if back:
            assert (await area.plan(child, "cp", back)).json()["months_since_last_cp"] is not None
    recent = await area.referred(1, received=1500)
    plan = (await area.plan(recent.children[0], "cp", 300)).json()
    await area.move(plan, "end", ended_on=day(100))
    await area.stage(family.children[0], 4, 1500)
    figures = await area.figures()
    rate = figures["reregistration_rate"]
    # The second child came back within 24 months of leaving, the third within 4, the last was not followed long enough.
    assert (rate["plans"], rate["base"]["value"], rate["percent"]) == (2, 3, "66.7")
    assert (figures["reregistered"]["families"], figures["reregistered"]["children"]) == (1, 2)


async def test_plans_that_ended_at_their_first_or_second_review_are_told_apart(area: Partnership) -> None:
    family = await area.referred(3)
    for child, reviews in zip(family.children, ((90,), (200, 90), (300, 200, 90)), strict=True):
        plan = (await area.plan(child, "cp", 400)).json()
        for days in reviews:
            body = {"held_on": day(days)}
            path = f"/v1/plan-timelines/{child}/plans/{plan['id']}/reviews"
            assert (await area.worker.post(path, body)).status_code == 201
        assert (await area.move(plan, "end", ended_on=day(90))).status_code == 200
    figures = await area.figures()
    assert figures["cp_ended_review_1"]["plans"] == figures["cp_ended_review_2"]["plans"] == 1
    share = figures["share_ended_first_or_second_review"]
    assert (share["plans"], share["base"]["value"], share["percent"]) == (2, 3, "66.7")


async def test_a_family_counts_once_as_it_stands_at_the_end_of_the_period(area: Partnership) -> None:
    family = await area.referred(1)
    child = family.children[0]
    plan = (await area.plan(child, "cp", 350)).json()
    await area.stage(child, 4, 350)
    stepped = (await area.move(plan, "step-down", on=day(150), type="cin")).json()
    await area.stage(child, 3, 150)
    await area.move(stepped["started"], "end", ended_on=day(50))
    now, then = await area.figures(), await area.figures(to=day(100))
    assert (now["completed_stage_4"]["families"], now["moved_4_3"]["families"]) == (1, 0)
    assert (then["completed_stage_4"]["families"], then["moved_4_3"]["families"]) == (0, 1)
    assert (await area.figures(**{"from": day(40)}))["tracked"]["families"] == 0
    assert (await area.figures(to=day(200)))["tracked"]["families"] == 0


async def test_a_family_that_needs_more_again_is_still_supported(area: Partnership) -> None:
    family = await area.referred(1)
    child = family.children[0]
    plan = (await area.plan(child, "cp", 350)).json()
    await area.stage(child, 4, 350)
    down = (await area.move(plan, "step-down", on=day(150), type="cin")).json()["started"]
    await area.stage(child, 3, 150)
    assert (await area.move(down, "step-up", on=day(50), type="cp", **cp(50, "EMO"))).status_code == 200
    await area.stage(child, 4, 50)
    figures = await area.figures()
    assert (figures["still_supported"]["families"], figures["moved_4_3"]["families"]) == (1, 0)
    assert (figures["reregistered"]["families"], figures["reregistered"]["children"]) == (1, 1)
    assert (await area.figures(to=day(51)))["moved_4_3"]["families"] == 1


async def test_another_partnership_sees_nothing_of_it(area: Partnership) -> None:
    await play_returned(area)
    other = Partnership(area.outcomes, area.visits)
    figures = await other.figures()
    assert all(not figure["families"] and not figure["children"] and not figure["plans"] for figure in figures.values())
    assert figures["share_improved"]["percent"] is None


async def test_distance_travelled_counts_families_whose_star_went_up(area: Partnership) -> None:
    for last in (6, 3):
        family = await area.referred(1)
        await area.visited(family, 280, {"a1": 3, "a2": 4})
        body = {
            "family": str(family.id),
            "referral": str(family.referral),
            "instrument": "family_star",
            "edition": "1",
            "occasion": "closing",
            "completed_by": "family",
            "read_on": day(20),
            "areas": {"a1": last, "a2": last},
        }
        assert (await area.manager.post("/v1/readings", body)).status_code == 201
    share = (await area.figures())["share_star_gained"]
    assert (share["families"], share["base"]["value"], share["percent"]) == (1, 2, "50.0")
