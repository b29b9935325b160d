"""Reports over HTTP: who reads them, what may be put in, what a report costs."""

from typing import Any

import pytest

from services.outcomes.tests.factories import Partnership, day
from shared.auth import Role

READERS = {Role.ANALYST, Role.LA_MANAGER, Role.PROJECT_MANAGER}
RECORDERS = {Role.LA_MANAGER, Role.PROJECT_MANAGER, Role.PARTNER_SYSTEM}
AREA_FIGURE = {"code": "looked_after_children", "year": 2005, "value": 327, "source": "yearly return"}
COST_INPUT = {"code": "savings", "amount": "283644", "families": 64, "source": "published evaluation"}


@pytest.mark.parametrize("role", list(Role))
async def test_only_analysts_and_managers_read_reports(area: Partnership, role: Role) -> None:
    for path in ("impact", "cost", "area-figures", "cost-inputs"):
        answer = await area.as_(role).get(f"/v1/reports/{path}")
        assert answer.status_code == (200 if role in READERS else 403), path


@pytest.mark.parametrize("role", list(Role))
async def test_only_managers_and_the_authoritys_system_put_figures_in(area: Partnership, role: Role) -> None:
    for path, body in (("area-figures", AREA_FIGURE), ("cost-inputs", COST_INPUT)):
        answer = await area.as_(role).post(f"/v1/reports/{path}", body)
        assert answer.status_code == (201 if role in RECORDERS else 403), path


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("area-figures", AREA_FIGURE | {"code": "families"}, "/code"),
        ("area-figures", AREA_FIGURE | {"value": -1}, "/value"),
        ("area-figures", AREA_FIGURE | {"value": "327"}, "/value"),
        ("area-figures", AREA_FIGURE | {"source": " "}, "/source"),
        ("cost-inputs", COST_INPUT | {"amount": 283644}, "/amount"),
        ("cost-inputs", COST_INPUT | {"amount": "-1"}, "/amount"),
        ("cost-inputs", COST_INPUT | {"amount": "1.005"}, "/amount"),
        ("cost-inputs", COST_INPUT | {"families": 0}, "/families"),
    ],
)
async def test_a_malformed_figure_is_refused_by_pointer(
    area: Partnership, path: str, body: dict[str, Any], pointer: str
) -> None:
    answer = await area.as_(Role.LA_MANAGER).post(f"/v1/reports/{path}", body)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


async def test_what_was_put_in_is_listed_and_no_other_partnership_sees_it(area: Partnership) -> None:
    manager = area.as_(Role.LA_MANAGER)
    await manager.post("/v1/reports/area-figures", AREA_FIGURE)
    await manager.post("/v1/reports/cost-inputs", COST_INPUT)
    (figure,) = (await area.analyst.get("/v1/reports/area-figures")).json()["items"]
    (cost,) = (await area.analyst.get("/v1/reports/cost-inputs")).json()["items"]
    assert {name: figure[name] for name in AREA_FIGURE} == AREA_FIGURE
    assert (cost["amount"], cost["families"]) == ("283644.00", 64)
    other = Partnership(area.outcomes, area.visits)
    for path in ("area-figures", "cost-inputs"):
        assert (await other.analyst.get(f"/v1/reports/{path}")).json()["items"] == []


async def test_every_figure_has_a_label_and_a_definition_and_every_share_its_base(area: Partnership) -> None:
    answer = (await area.analyst.get("/v1/reports/impact", params={"from": day(30), "to": day(1)})).json()
    assert (answer["audience"], answer["from"], answer["to"]) == ("operational", day(30), day(1))
    codes = [figure["code"] for figure in answer["figures"]]
    assert len(codes) == len(set(codes))
    for figure in answer["figures"]:
        assert figure["label"], figure["code"]
        assert figure["definition"], figure["code"]
        assert ("share" in figure["code"] or "rate" in figure["code"]) <= (figure["base"] is not None)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"from": "soon"}, "/query/from"),
        ({"to": "2026-02-30"}, "/query/to"),
        ({"from": day(1), "to": day(2)}, "/query/from"),
    ],
)
async def test_a_period_that_is_none_is_refused(area: Partnership, query: dict[str, str], pointer: str) -> None:
    answer = await area.analyst.get("/v1/reports/impact", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_report_reads_one_row_for_all_families_with_the_same_days(area: Partnership) -> None:
    for _ in range(3):
        family = await area.referred(2)
        await area.stage(family.children[0], 4, 350)
        await area.stage(family.children[0], 3, 100)
    async with area.outcomes.parts.worker.engine.begin() as connection:
        await connection.exec_driver_sql("SELECT set_config('circle.partnership', $1, true)", (str(area.id),))
        rows = await connection.exec_driver_sql("SELECT figure, families, children FROM tallies")
        assert [tuple(row) for row in rows] == [("moved_4_3", 3, 6)]
