"""Stages, readings and evaluations over HTTP, and who may record and read them."""

import json
from typing import Any

import pytest

from services.outcomes.tests.factories import Family, Partnership, day, evaluation, star
from shared.auth import Role
from shared.ids import new_id

READERS = {
    Role.LEAD_PRACTITIONER,
    Role.SOCIAL_WORKER,
    Role.LA_MANAGER,
    Role.PARTNER_SYSTEM,
    Role.PROJECT_MANAGER,
    Role.COORDINATOR,
    Role.OPERATIONAL_LINK,
    Role.WORKER,
}


def sdq(family: Family, **change: Any) -> dict[str, Any]:
    """A good questionnaire: every item answered with 1."""
    return (
        star(
            family,
            instrument="sdq",
            edition="1",
            child=str(family.children[0]),
            completed_by="parent",
            age=9,
            areas={f"i{number}": 1 for number in range(1, 26)},
        )
        | change
    )


async def test_a_childs_stages_are_a_dated_series_and_the_family_is_at_its_highest(area: Partnership) -> None:
    family = await area.register(2)
    first = (await area.stage(family.children[0], 4, 100)).json()
    second = (await area.stage(family.children[1], 2, 50)).json()
    assert (first["family_level"], second["family_level"]) == (4, 4)
    assert (await area.stage(family.children[0], 1, 20)).json()["family_level"] == 2
    listed = (await area.manager.get("/v1/stages", params={"family": str(family.id), "limit": 2})).json()
    assert [(one["level"], one["from_date"]) for one in listed["items"]] == [(4, day(100)), (2, day(50))]
    rest = await area.manager.get("/v1/stages", params={"family": str(family.id), "cursor": listed["next"]})
    assert ([one["level"] for one in rest.json()["items"]], rest.json()["next"]) == ([1], None)
    assert (await area.manager.get(f"/v1/stages/{first['id']}")).json()["level"] == 4
    assert await area.told() == ["stage.recorded"] * 3


async def test_a_stage_in_the_future_or_out_of_range_is_refused(area: Partnership) -> None:
    child = (await area.register()).children[0]
    assert (await area.stage(child, 3, -1)).json()["errors"][0]["code"] == "in-the-future"
    for level in (0, 5):
        assert (await area.stage(child, level, 5)).status_code == 422


async def test_a_reading_is_kept_told_and_listed(area: Partnership) -> None:
    family = await area.referred()
    answer = await area.manager.post("/v1/readings", star(family, referral=str(family.referral), occasion="closing"))
    assert answer.status_code == 201, answer.text
    reading = answer.json()
    assert (await area.worker.get(f"/v1/readings/{reading['id']}")).json() == reading
    events = [json.loads(data) for kind, data in await area.outcomes.outbox(area.id) if "reading" in kind]
    assert [(one["reading"], one["referral"], one["occasion"]) for one in events] == [
        (reading["id"], str(family.referral), "closing")
    ]
    assert "areas" not in events[0]
    query = {"family": str(family.id), "occasion": "closing", "instrument": "family_star"}
    assert (await area.worker.get("/v1/readings", params=query)).json()["items"] == [reading]
    query["occasion"] = "first"
    assert (await area.worker.get("/v1/readings", params=query)).json()["items"] == []


async def test_a_questionnaire_is_scored_and_banded(area: Partnership) -> None:
    family = await area.register()
    scores = (await area.manager.post("/v1/readings", sdq(family))).json()["scores"]
    assert scores["total"] == {"value": 20, "band": "very_high"}
    assert scores["prosocial"] == {"value": 5, "band": "very_high"}
    young = (await area.manager.post("/v1/readings", sdq(family, age=3))).json()["scores"]
    assert young["total"] == {"value": 20, "band": None}


@pytest.mark.parametrize(
    ("make", "change", "pointer"),
    [
        (star, {"areas": {"a1": 0}}, "/areas/a1"),
        (star, {"areas": {"a1": 11}}, "/areas/a1"),
        (star, {"areas": {}}, "/areas"),
        (star, {"areas": {"a1": 2.5}}, "/areas/a1"),
        (star, {"read_on": day(-1)}, "/read_on"),
        (star, {"instrument": "another_star"}, "/instrument"),
        (star, {"occasion": "last"}, "/occasion"),
        (star, {"period_from": day(30)}, "/period_from"),
        (star, {"child": str(new_id()), "person": str(new_id())}, ""),
        (sdq, {"areas": {"i1": 3}}, "/areas/i1"),
        (sdq, {"areas": {"i26": 1}}, "/areas"),
        (sdq, {"areas": {"i1": 1, "impact": 11}}, "/areas/impact"),
        (sdq, {"areas": {"i1": 1, "impact": 7}, "completed_by": "teacher"}, "/areas/impact"),
        (sdq, {"completed_by": "practitioner"}, "/completed_by"),
        (sdq, {"edition": "2"}, "/edition"),
        (sdq, {"age": None}, "/age"),
        (sdq, {"child": None}, "/child"),
    ],
)
async def test_a_reading_that_does_not_fit_its_instrument_is_refused_by_pointer(
    area: Partnership, make: Any, change: dict[str, Any], pointer: str
) -> None:
    family = await area.register()
    refused = await area.manager.post("/v1/readings", make(family, **change))
    assert refused.status_code == 422, refused.text
    assert pointer in [error["pointer"] for error in refused.json()["errors"]]
    assert await area.told() == []


async def test_a_reading_belongs_to_a_child_and_a_case_of_the_family(area: Partnership) -> None:
    family, other = await area.register(), await area.referred()
    for change in ({"child": str(other.children[0])}, {"referral": str(other.referral)}, {"family": str(new_id())}):
        assert (await area.manager.post("/v1/readings", star(family, **change))).status_code == 404, change


async def test_the_way_travelled_is_shown_area_by_area(area: Partnership) -> None:
    family = await area.referred()
    await area.visited(family, 200, {"a1": 3, "a2": 4, "a3": 5})
    for days, areas in ((100, {"a1": 4, "a2": 4}), (20, {"a1": 8, "a2": 3})):
        await area.manager.post("/v1/readings", star(family, edition="1", read_on=day(days), areas=areas))
    answer = await area.worker.get("/v1/readings/distance-travelled", params={"family": str(family.id)})
    (way,) = answer.json()["items"]
    assert way["areas"] == {
        "a1": {"first": 3, "last": 8, "change": 5},
        "a2": {"first": 4, "last": 3, "change": -1},
    }
    assert (way["mean_change"], way["first_on"], way["last_on"]) == ("2.00", day(200), day(20))


@pytest.mark.parametrize("by", ["family", "lead_practitioner", "volunteer"])
async def test_an_evaluation_is_kept_sealed_and_told(area: Partnership, by: str) -> None:
    family = await area.referred()
    answer = await area.manager.post("/v1/evaluations", evaluation(family, by))
    assert answer.status_code == 201, answer.text
    kept = answer.json()
    assert (await area.worker.get(f"/v1/evaluations/{kept['id']}")).json() == kept
    query = {"family": str(family.id), "referral": str(family.referral)}
    assert (await area.worker.get("/v1/evaluations", params=query)).json()["items"] == [kept]
    events = [(kind, data) for kind, data in await area.outcomes.outbox(area.id) if "evaluation" in kind]
    assert [json.loads(data)["by"] for _, data in events] == [by]
    assert "calmer" not in events[0][1]
    await area.erase("case", family.id)
    assert (await area.worker.get(f"/v1/evaluations/{kept['id']}")).json()["text"] is None


@pytest.mark.parametrize(
    ("by", "change"),
    [
        ("family", {"method": None}),
        ("family", {"on_behalf_of": None}),
        ("volunteer", {"volunteer": None}),
        ("lead_practitioner", {"volunteer": str(new_id())}),
        ("lead_practitioner", {"method": "written"}),
        ("lead_practitioner", {"on": day(-1)}),
        ("social_worker", {}),
    ],
)
async def test_an_evaluation_says_whose_it_is_and_how_it_was_taken(
    area: Partnership, by: str, change: dict[str, Any]
) -> None:
    family = await area.referred()
    body = evaluation(family, by if by != "social_worker" else "family", **change) | {"by": by}
    assert (await area.manager.post("/v1/evaluations", body)).status_code == 422
    assert "evaluation.recorded" not in await area.told()


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.PROJECT_MANAGER, {"family", "lead_practitioner", "volunteer"}),
        (Role.COORDINATOR, {"family", "lead_practitioner", "volunteer"}),
        (Role.SOCIAL_WORKER, {"family", "lead_practitioner"}),
        (Role.LEAD_PRACTITIONER, {"lead_practitioner"}),
    ],
)
async def test_nobody_records_a_familys_word_whose_own_counts_beside_it(
    area: Partnership, role: Role, allowed: set[str]
) -> None:
    family = await area.referred()
    caller = area.as_(role)
    for by in ("family", "lead_practitioner", "volunteer"):
        answer = await caller.post("/v1/evaluations", evaluation(family, by))
        assert answer.status_code == (201 if by in allowed else 403), by


async def test_an_evaluation_is_of_a_case_of_that_family(area: Partnership) -> None:
    family, other = await area.referred(), await area.referred()
    answer = await area.manager.post("/v1/evaluations", evaluation(family, referral=str(other.referral)))
    assert (answer.status_code, answer.json()["waiting_for"]) == (404, ["circle.case.opened.v1"])


@pytest.mark.parametrize("role", [role for role in Role if role not in READERS])
async def test_no_other_role_reads_or_records_any_of_it(area: Partnership, role: Role) -> None:
    caller = area.as_(role)
    for path in ("/v1/stages", "/v1/readings", "/v1/evaluations"):
        query = {"family": str(new_id())}
        assert (await caller.get(path, params=query)).status_code == 403, path
        assert (await caller.get(f"{path}/{new_id()}")).status_code == 403, path
        assert (await caller.post(path, {})).status_code == 403, path


async def test_a_case_that_is_no_longer_shown_is_gone_from_every_list(area: Partnership) -> None:
    family = await area.referred()
    stage = (await area.stage(family.children[0], 3, 100)).json()
    reading = (await area.manager.post("/v1/readings", star(family))).json()
    said = (await area.manager.post("/v1/evaluations", evaluation(family))).json()
    await area.hide(family)
    for path, row in (("/v1/stages", stage), ("/v1/readings", reading), ("/v1/evaluations", said)):
        assert (await area.manager.get(f"{path}/{row['id']}")).status_code == 404, path
        assert (await area.manager.get(path, params={"family": str(family.id)})).json()["items"] == [], path


@pytest.mark.parametrize("path", ["/v1/stages", "/v1/readings", "/v1/evaluations"])
async def test_a_cursor_that_was_not_handed_out_is_refused(area: Partnership, path: str) -> None:
    for cursor in ("x", "WyJub3QtYW4taWQiXQ"):
        answer = await area.manager.get(path, params={"family": str(new_id()), "cursor": cursor})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-cursor")
