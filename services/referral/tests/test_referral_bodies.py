"""Bodies of referrals, and lists of them, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.referral.tests.factories import Partnership, problem
from shared.ids import new_id


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"received_at": (datetime.now(UTC) + timedelta(days=2)).isoformat()}, "/received_at"),
        ({"received_at": "2026-01-01T10:00:00"}, "/received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "/received_at"),
        ({"kind": "something"}, "/kind"),
        ({"reasons": []}, "/reasons"),
        ({"reasons": ["Free text about Amina"]}, "/reasons/0"),
        ({"requests": {"visits_a_week": "2"}}, "/requests/visits_a_week"),
        ({"requests": {"faith": "sikh"}}, "/requests"),
        ({"children": [str(new_id())]}, "/children/0"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_a_malformed_referral_is_refused_by_place_and_never_echoed(
    here: Partnership, change: dict[str, Any], pointer: str
) -> None:
    family = await here.family()
    answer = await here.system.post("/v1/referrals", here.referral_body(family) | change)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "Amina" not in answer.text


async def test_a_referral_may_be_about_some_of_the_children(here: Partnership) -> None:
    family = await here.family(
        persons=[{"role": "parent", "given_name": "A"}, *[{"role": "child", "given_name": name} for name in ("B", "C")]]
    )
    case = await here.draft(family, children=[str(family.children[1])])
    assert (await here.system.get(case.path)).json()["children"] == [str(family.children[1])]


async def test_lists_are_paged_newest_first_and_filtered(here: Partnership) -> None:
    family = await here.family()
    cases = [await here.submitted(family) for _ in range(3)]
    await here.move(cases[0], "triage", here.project_manager)
    first = (await here.project_manager.get("/v1/referrals?limit=2")).json()
    assert [one["id"] for one in first["items"]] == [str(cases[2].id), str(cases[1].id)]
    rest = (await here.project_manager.get(f"/v1/referrals?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in rest["items"]] == [str(cases[0].id)]
    assert rest["next"] is None
    triaged = (await here.project_manager.get("/v1/referrals?status=under_triage")).json()["items"]
    assert [one["id"] for one in triaged] == [str(cases[0].id)]


@pytest.mark.parametrize("cursor", ["nonsense", "WyJub3QtYW4taWQiXQ", "W10"])
async def test_a_bad_cursor_is_refused(here: Partnership, cursor: str) -> None:
    answer = await here.project_manager.get(f"/v1/referrals?cursor={cursor}")
    assert (answer.status_code, problem(answer.json())) == (422, "bad-cursor")


async def test_a_second_referral_within_a_year_is_counted(here: Partnership) -> None:
    family = await here.family()
    long_ago = (datetime.now(UTC) - timedelta(days=800)).isoformat()
    await here.submitted(family, received_at=long_ago)
    first = await here.submitted(family)
    second = await here.submitted(family)
    assert (await here.reread(first))["earlier_referrals"] == 0
    assert (await here.reread(second))["earlier_referrals"] == 1
