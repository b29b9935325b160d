"""A session is closed, and who came counts: over HTTP on a real database."""

import asyncio
from typing import Any

import pytest

from services.training.tests.attendance import (
    anyhow,
    attending,
    cells,
    closed,
    in_the_database,
    listed,
    recorded,
    somebody,
    tried,
    withdrawn,
)
from services.training.tests.factories import Team, session_body
from shared.testing import Running


async def test_small_ethnicities_are_withheld_where_somebody_came_anonymously(team: Team) -> None:
    session = (await team.session(capacity=30))["id"]
    people = [somebody(f"Person {number}") for number in range(7)]
    people += [somebody(ethnicity="Kenyan"), somebody(), somebody("Named", ethnicity="Kenyan")]
    people += [somebody(f"Eritrean {number}", ethnicity="Eritrean") for number in range(9)]
    made = await recorded(team, session, *people, somebody(ethnicity=None))
    assert made[7]["ethnicity"] == "Kenyan", "the caller has just said it"
    counted = (await closed(team, session)).json()["attending"]
    assert (counted["total"], counted["anonymous"]) == (20, 3)
    assert cells(counted, "ethnicity") == [
        ("Eritrean", 9, "45.00", None),
        ("Kenyan", None, None, "c"),
        ("Somali", None, None, "c"),
        (None, 1, "5.00", None),
    ]
    assert cells(counted, "gender") == [("Female", 20, "100.00", None)]
    rows = await listed(team, session)
    # Of the anonymous nobody can count either; those who gave a name are known.
    assert [(one["ethnicity"], one["withheld"]) for one in rows if one["anonymous"]] == [
        (None, ["ethnicity"]),
        (None, ["ethnicity"]),
        (None, []),
    ]
    assert rows[9]["ethnicity"] == "Kenyan"
    gone = (await withdrawn(team, made[7]["id"])).json()
    assert (gone["ethnicity"], gone["withheld"]) == (None, ["ethnicity"])


async def test_where_all_came_anonymously_and_alike_not_even_the_label_is_told(team: Team) -> None:
    session = (await team.session())["id"]
    await recorded(team, session, somebody(), somebody())
    counted = (await closed(team, session)).json()["attending"]
    (ethnicity,) = [one for one in counted["groupings"] if one["by"] == "ethnicity"]
    assert ethnicity == {"by": "ethnicity", "cells": [], "withheld": "c"}


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        ("planned", "close", 409),
        ("held", "close", 200),
        ("closed", "close", 409),
        ("cancelled", "close", 409),
        ("planned", "record", 201),
        ("held", "record", 201),
        ("closed", "record", 201),
        ("cancelled", "record", 409),
        ("closed", "hold", 409),
        ("closed", "cancel", 409),
        ("closed", "replan", 409),
    ],
)
async def test_every_verb_is_refused_where_the_table_has_no_such_step(
    team: Team, before: str, after: str, status: int
) -> None:
    planned = await team.session()
    at = f"/v1/sessions/{planned['id']}"
    steps: dict[str, list[tuple[str, Any]]] = {
        "planned": [],
        "held": [("hold", None)],
        "closed": [("hold", None), ("close", {})],
        "cancelled": [("cancel", {"reason_code": "weather"})],
    }
    for path, body in steps[before]:
        assert (await anyhow(team, f"{at}/{path}", body)).status_code == 200
    bodies = {"close": {}, "hold": None, "cancel": {"reason_code": "weather"}}
    replan = {key: one for key, one in session_body("").items() if key != "course"}
    if after == "record":
        answer = await tried(team, planned["id"], [somebody()])
    else:
        answer = await anyhow(team, f"{at}/{after}", bodies.get(after, replan))
    assert answer.status_code == status, answer.text
    if status == 409:
        assert (answer.json()["type"], answer.json()["from"]) == ("/problems/illegal-move", before)


async def test_closing_needs_the_version_that_was_read(team: Team) -> None:
    session = (await team.session())["id"]
    await recorded(team, session, somebody())
    assert (await team.trainer.post(f"/v1/sessions/{session}/close", {})).status_code == 428
    assert (await team.trainer.post(f"/v1/sessions/{session}/close", {}, match=1)).status_code == 412


async def test_more_people_than_room_need_a_reason(team: Team) -> None:
    session = (await team.session(capacity=2))["id"]
    await recorded(team, session, somebody(), somebody(), somebody())
    refused = await closed(team, session)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/over-capacity")
    assert (refused.json()["attending"], refused.json()["capacity"]) == (3, 2)
    assert (await closed(team, session, over_capacity_reason="because")).status_code == 422
    assert {one["counted"] for one in await listed(team, session)} == {False}, "nothing half done"
    done = (await closed(team, session, over_capacity_reason="came_unannounced")).json()["session"]
    assert (done["over_capacity_reason"], done["status"]) == ("came_unannounced", "closed")
    assert (await tried(team, session, [somebody()])).status_code == 201


async def test_a_reason_for_more_people_than_room_is_kept_only_where_there_were_more(team: Team) -> None:
    session = (await team.session(capacity=2))["id"]
    await recorded(team, session, somebody(), somebody())
    done = (await closed(team, session, over_capacity_reason="came_unannounced")).json()["session"]
    assert (done["status"], done["over_capacity_reason"]) == ("closed", None)


async def test_its_history_says_from_planned_to_closed(team: Team) -> None:
    session = (await team.session())["id"]
    await recorded(team, session, somebody())
    await closed(team, session)
    query = f"SELECT from_status, to_status FROM status_history WHERE subject_id = '{session}' ORDER BY id"  # noqa: S608 - an id of ours
    assert await in_the_database(team, query) == [(None, "planned"), ("planned", "held"), ("held", "closed")]


async def test_corrections_after_the_closing_count_at_once(team: Team) -> None:
    session = (await team.session(capacity=2))["id"]
    first, second = await recorded(team, session, somebody("Amina"), somebody("Bashir"))
    assert (await closed(team, session)).json()["session"]["over_capacity_reason"] is None
    late = await tried(team, session, [somebody("Carim")])
    assert (late.status_code, late.json()["type"]) == (409, "/problems/over-capacity")
    gone = await withdrawn(team, first["id"], "was_not_there")
    assert (gone.json()["counted"], gone.json()["withdrawn_at"] is None) == (False, False)
    again = await withdrawn(team, first["id"])
    assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal-move")
    (late_one,) = await recorded(team, session, somebody("Carim"))
    assert late_one["counted"] is True
    await recorded(team, session, somebody("Dahir"), over_capacity_reason="larger_room")
    assert (await attending(team, session))["total"] == 3
    counted = {one["name"] for one in await listed(team, session) if one["counted"]}
    assert counted == {"Bashir", "Carim", "Dahir"}
    # Whoever was withdrawn may be recorded anew.
    assert (await recorded(team, session, somebody("amina")))[0]["id"] != first["id"]
    query = f"SELECT reason_code FROM status_history WHERE subject_id = '{first['id']}'"  # noqa: S608 - an id of ours
    reasons = await in_the_database(team, query)
    assert (reasons, second["counted"]) == ([("was_not_there",)], False)


async def test_whoever_was_withdrawn_before_the_closing_never_counts(team: Team) -> None:
    session = (await team.session())["id"]
    first, _ = await recorded(team, session, somebody(), somebody())
    await withdrawn(team, first["id"])
    assert (await closed(team, session)).json()["attending"]["total"] == 1
    assert [one["counted"] for one in await listed(team, session)] == [False, True]


async def test_of_two_who_close_at_once_one_is_refused(training: Running, team: Team) -> None:
    session = (await team.session())["id"]
    await recorded(team, session, somebody())
    both = await asyncio.gather(*(closed(team, session) for _ in range(4)))
    assert min(one.status_code for one in both) == 200
    assert all(one.status_code in {409, 412} for one in both if one.status_code != 200)
    kinds = [kind for kind, _ in await training.outbox(team.partnership)]
    assert kinds.count("circle.session.closed.v1") == 1


async def test_whoever_is_recorded_while_it_is_closed_counts_and_so_does_nobody_twice(team: Team) -> None:
    session = (await team.session(capacity=50))["id"]
    await recorded(team, session, somebody())
    adding = [tried(team, session, [somebody(f"Person {number}")]) for number in range(5)]
    answers = await asyncio.gather(*adding, anyhow(team, f"/v1/sessions/{session}/close", {}))
    assert {one.status_code for one in answers} == {201, 200}
    assert [one["counted"] for one in await listed(team, session)] == [True] * 6


async def test_a_volunteers_part_of_an_induction_is_recorded_at_a_closed_session_too(team: Team) -> None:
    induction, session = await team.induction(), (await team.session())["id"]
    await recorded(team, session, somebody())
    assert (await closed(team, session)).status_code == 200
    await team.attend(induction["id"], "first_day", session=session)
    assert (await attending(team, session))["total"] == 1, "a volunteer is no participant"
