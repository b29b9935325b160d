"""Rounds and their budgets: every pair of statuses, and over HTTP on a real database."""

from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from services.training.domain import ROUNDS, RoundStatus
from services.training.domain.costs import each
from services.training.tests.factories import Team
from shared.errors import IllegalMove
from shared.ids import new_id

MOVES = {("planned", "open"), ("planned", "cancelled"), ("open", "closed"), ("open", "cancelled")}


@pytest.mark.parametrize(("current", "wanted"), list(product(RoundStatus, RoundStatus)))
def test_a_round_moves_only_as_its_table_says(current: RoundStatus, wanted: RoundStatus) -> None:
    if (current.value, wanted.value) in MOVES:
        assert ROUNDS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            ROUNDS.move(current, wanted)


def test_what_is_divided_is_rounded_half_up_to_the_penny() -> None:
    assert [each(Decimal(amount), 8) for amount in ("1.00", "1.03", "-1.00", "0.03")] == [
        Decimal("0.13"), Decimal("0.13"), Decimal("-0.13"), Decimal("0.00"),
    ]  # fmt: skip
    assert each(Decimal("1.00"), 0) is None


async def _round(team: Team, **changed: Any) -> dict[str, Any]:
    programme = (await team.trainer.post("/v1/programmes", {"title": "Protecting children"})).json()["id"]
    body = {"programme": programme, "title": "First round", "funders": ["council"]}
    days = {"from": "2009-11-02", "to": "2010-04-29"}
    answer = await team.trainer.post("/v1/rounds", body | days | changed)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_round_is_planned_opened_and_closed_and_its_end_is_told(team: Team) -> None:
    planned = await _round(team)
    at = f"/v1/rounds/{planned['id']}"
    assert (planned["status"], planned["from"], planned["to"]) == ("planned", "2009-11-02", "2010-04-29")
    opened = await team.trainer.post(f"{at}/open", match=planned["version"])
    assert opened.json()["status"] == "open"
    closed = await team.trainer.post(f"{at}/close", match=opened.json()["version"])
    assert (closed.json()["status"], (await team.trainer.get(at)).json()) == ("closed", closed.json())
    told = [one for one in await team.training.outbox(team.partnership) if "circle.round.closed.v1" in str(one)]
    assert len(told) == 1
    again = await team.trainer.post(f"{at}/cancel", {"reason_code": "other"}, match=closed.json()["version"])
    assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal-move")


async def test_a_round_is_called_off_with_a_reason(team: Team) -> None:
    planned = await _round(team)
    at = f"/v1/rounds/{planned['id']}/cancel"
    assert (await team.trainer.post(at, {}, match=planned["version"])).status_code == 422
    answer = await team.trainer.post(at, {"reason_code": "no_funding"}, match=planned["version"])
    assert answer.json()["status"] == "cancelled"
    stale = await team.trainer.post(at, {"reason_code": "no_funding"}, match=planned["version"])
    assert stale.status_code == 412


@pytest.mark.parametrize(
    "changed",
    [
        {"from": "2010-04-30"},
        {"first": "2009-11-02"},
        {"to": "2009-11-01"},
        {"funders": ["a", "a"]},
        {"funders": ["Some Body"]},
        {"title": ""},
    ],
)
async def test_a_round_that_makes_no_sense_is_refused(team: Team, changed: dict[str, Any]) -> None:
    programme = (await team.trainer.post("/v1/programmes", {"title": "Protecting children"})).json()["id"]
    body = {"programme": programme, "title": "First round", "from": "2009-11-02", "to": "2010-04-29"}
    assert (await team.trainer.post("/v1/rounds", body | changed)).status_code == 422


async def test_a_budget_adds_up_to_the_penny_by_kind_and_category(team: Team) -> None:
    at = f"/v1/rounds/{(await _round(team))['id']}"
    for kind, category, amount in (
        ("planned", "venues", "6000.00"),
        ("received", "grant", "5700.10"),
        ("received", "grant", "8.90"),
        ("spent", "venues", "120.05"),
        ("spent", "venues", "-20.05"),
        ("spent", "interpreters", "0.01"),
    ):
        line = {"kind": kind, "category": category, "amount": amount, "day": "2009-11-02", "funder": "council"}
        noted = await team.trainer.post(f"{at}/budget-lines", line)
        assert (noted.status_code, noted.json()["amount"]) == (201, amount)
    budget = (await team.trainer.get(f"{at}/budget")).json()
    assert (budget["planned"], budget["received"], budget["spent"]) == ("6000.00", "5709.00", "100.01")
    assert [(one["kind"], one["category"], one["amount"]) for one in budget["categories"]] == [
        ("planned", "venues", "6000.00"),
        ("received", "grant", "5709.00"),
        ("spent", "interpreters", "0.01"),
        ("spent", "venues", "100.00"),
    ]
    first = (await team.trainer.get(f"{at}/budget-lines?limit=4")).json()
    rest = (await team.trainer.get(f"{at}/budget-lines?limit=4&cursor={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (4, 2, None)


@pytest.mark.parametrize("amount", ["1", "1.5", "1e3", "NaN", 1.5, "12345678901.00"])
async def test_an_amount_is_pounds_and_pence(team: Team, amount: Any) -> None:
    at = f"/v1/rounds/{(await _round(team))['id']}/budget-lines"
    line = {"kind": "spent", "category": "venues", "amount": amount, "day": "2009-11-02"}
    assert (await team.trainer.post(at, line)).status_code == 422


async def test_another_organisation_reads_a_round_and_changes_nothing(team: Team) -> None:
    planned = await _round(team)
    at, other = f"/v1/rounds/{planned['id']}", team.colleague_elsewhere().trainer
    assert [one["id"] for one in (await other.get("/v1/rounds")).json()["items"]] == [planned["id"]]
    assert (await other.get(f"{at}/budget")).status_code == 200
    assert (await other.post(f"{at}/open", match=planned["version"])).status_code == 403
    line = {"kind": "spent", "category": "venues", "amount": "1.00", "day": "2009-11-02"}
    assert (await other.post(f"{at}/budget-lines", line)).status_code == 403


async def test_another_partnership_sees_no_round(team: Team) -> None:
    planned = await _round(team)
    stranger = Team(team.training).trainer
    for path in (planned["id"], new_id()):
        assert (await stranger.get(f"/v1/rounds/{path}/budget")).status_code == 404
    assert (await stranger.get("/v1/rounds")).json()["items"] == []
