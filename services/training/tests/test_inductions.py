"""Inductions over HTTP, on a real database."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.training.tests.factories import PARTS, Team
from shared.crypto import Subject
from shared.events.matching import VolunteerApplied
from shared.ids import new_id
from shared.testing import Running


async def test_a_volunteer_qualifies_after_all_parts(training: Running, team: Team) -> None:
    induction = await team.induction()
    await team.complete(induction["id"])
    answer = await team.decide(induction["id"])
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["status"], shown["missing"], shown["reason_code"]) == ("qualified", [], None)
    assert shown["decided_at"]
    assert answer.headers["etag"] == f'"{shown["version"]}"'
    told = [(kind, json.loads(data)) for kind, data in await training.outbox(team.partnership)]
    events = [(kind, data) for kind, data in told if "induction" in data]
    assert [kind for kind, _ in events] == ["circle.induction.started.v1", "circle.volunteer.qualified.v1"]
    expected = {
        "volunteer": induction["volunteer"],
        "induction": induction["id"],
        "detail": f"/v1/inductions/{induction['id']}",
    }
    assert [data for _, data in events] == [expected, expected]


async def test_events_go_to_the_acting_organisation_only(training: Running, team: Team) -> None:
    await team.induction()
    async with training.parts.worker.engine.connect() as connection:
        query = text("SELECT headers->>'ce_audience' FROM outbox WHERE partnership_id = :partnership")
        rows = await connection.execute(query, {"partnership": team.partnership})
        assert rows.scalars().all() == [str(team.organisation)]


async def test_an_unknown_volunteer_is_waited_for_and_the_same_key_then_works(training: Running, team: Team) -> None:
    volunteer, key = new_id(), str(new_id())
    body, headers = {"volunteer": str(volunteer)}, {"Idempotency-Key": key}
    early = await team.trainer.post("/v1/inductions", body, headers=headers)
    assert early.status_code == 409
    assert early.json()["type"].endswith("gate-volunteer-applied")
    assert early.json()["waiting_for"] == ["circle.volunteer.applied.v1"]
    assert early.headers["retry-after"] == "1"
    await training.tell(VolunteerApplied(volunteer=volunteer), partnership=team.partnership)
    assert (await team.trainer.post("/v1/inductions", body, headers=headers)).status_code == 201


async def test_another_partnerships_volunteer_is_not_known(training: Running, team: Team) -> None:
    stranger = await Team(training).volunteer()
    answer = await team.trainer.post("/v1/inductions", {"volunteer": str(stranger)})
    assert (answer.status_code, answer.json()["waiting_for"]) == (409, ["circle.volunteer.applied.v1"])


@pytest.mark.parametrize("absent", PARTS)
async def test_a_part_that_was_not_attended_is_named_at_the_gate(team: Team, absent: str) -> None:
    induction = (await team.induction())["id"]
    await team.complete(induction, *(part for part in PARTS if part != absent))
    answer = await team.decide(induction)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/gate-induction-incomplete")
    assert answer.json()["missing"] == [absent]
    assert (await team.read(induction))["status"] == "in_progress"


@pytest.mark.parametrize("word", ["not_suitable", "needs_more"])
async def test_a_part_not_judged_suitable_keeps_the_gate_shut_until_it_is(team: Team, word: str) -> None:
    induction = (await team.induction())["id"]
    await team.complete(induction)
    assert (await team.judge(induction, "second_day", word))["entry"] == 2
    assert (await team.decide(induction)).json()["missing"] == ["second_day"]
    await team.judge(induction, "second_day")
    assert (await team.decide(induction)).status_code == 200


async def test_an_attendance_that_is_taken_back_shuts_the_gate_again(team: Team) -> None:
    induction = (await team.induction())["id"]
    await team.complete(induction)
    await team.attend(induction, "first_day", attended=False)
    assert (await team.decide(induction)).json()["missing"] == ["first_day"]


async def test_a_part_is_judged_only_after_it_was_attended(team: Team) -> None:
    induction = (await team.induction())["id"]
    await team.attend(induction, "first_day", attended=False)
    body = {"part": "first_day", "suitability": "suitable"}
    answer = await team.trainer.post(f"/v1/inductions/{induction}/judgements", body)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/gate-part-attendance")
    assert answer.json()["missing"] == ["first_day"]


async def test_not_suitable_is_possible_at_any_point_with_a_reason(training: Running, team: Team) -> None:
    induction = (await team.induction())["id"]
    assert (await team.decide(induction, "not_suitable")).status_code == 422
    answer = await team.decide(induction, "not_suitable", reason_code="values_and_boundaries")
    assert (answer.status_code, answer.json()["status"]) == (200, "not_suitable")
    kinds = [kind for kind, _ in await training.outbox(team.partnership)]
    assert kinds[-1] == "circle.volunteer.not-suitable.v1"
    assert "values_and_boundaries" not in str(await training.outbox(team.partnership))


async def test_a_qualified_volunteer_is_given_no_reason(team: Team) -> None:
    induction = (await team.induction())["id"]
    await team.complete(induction)
    answer = await team.decide(induction, reason_code="other")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason_code")


async def test_nothing_moves_after_the_decision(team: Team) -> None:
    induction = (await team.induction())["id"]
    await team.complete(induction)
    session = (await team.session())["id"]
    await team.decide(induction)
    again = await team.decide(induction, "not_suitable", reason_code="other")
    assert (again.status_code, again.json()["from"], again.json()["to"]) == (409, "qualified", "not_suitable")
    base = f"/v1/inductions/{induction}"
    attended = {"part": "first_day", "session": session, "attended": True}
    for path, body in (
        ("attendance", attended),
        ("judgements", {"part": "first_day", "suitability": "not_suitable"}),
    ):
        answer = await team.trainer.post(f"{base}/{path}", body)
        assert answer.json()["type"].endswith("/induction-not-in-progress")


async def test_a_volunteer_is_in_one_induction_at_a_time(team: Team) -> None:
    volunteer = await team.volunteer()
    first = await team.induction(volunteer)
    answer = await team.trainer.post("/v1/inductions", {"volunteer": str(volunteer)})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/already-inducted")
    await team.decide(first["id"], "not_suitable", reason_code="did_not_attend")
    second = await team.induction(volunteer)
    await team.complete(second["id"])
    await team.decide(second["id"])
    assert (await team.trainer.post("/v1/inductions", {"volunteer": str(volunteer)})).status_code == 409


async def test_two_who_start_at_the_same_moment_start_one(team: Team) -> None:
    body = {"volunteer": str(await team.volunteer())}
    answers = await asyncio.gather(*(team.trainer.post("/v1/inductions", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_a_decision_on_what_was_not_read_is_refused(team: Team) -> None:
    induction = await team.induction()
    path, body = f"/v1/inductions/{induction['id']}/decision", {"decision": "not_suitable", "reason_code": "other"}
    assert (await team.trainer.post(path, body)).status_code == 428
    await team.attend(induction["id"], "first_day")
    assert (await team.trainer.post(path, body, match=induction["version"])).status_code == 412
    assert (await team.decide(induction["id"], "not_suitable", reason_code="other")).status_code == 200


async def test_attendance_and_judgement_both_change_the_etag(team: Team) -> None:
    induction = (await team.induction())["id"]
    versions = [(await team.read(induction))["version"]]
    await team.attend(induction, "first_day")
    versions.append((await team.read(induction))["version"])
    await team.judge(induction, "first_day")
    versions.append((await team.read(induction))["version"])
    assert versions == [versions[0], versions[0] + 1, versions[0] + 2]


async def test_a_part_cannot_be_attended_before_its_session_begins_or_when_it_is_cancelled(team: Team) -> None:
    induction = (await team.induction())["id"]
    ahead = await team.session(starts=timedelta(hours=1))
    body = {"part": "first_day", "session": ahead["id"], "attended": True}
    early = await team.trainer.post(f"/v1/inductions/{induction}/attendance", body)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/session-not-begun")
    past = await team.session()
    await team.trainer.post(f"/v1/sessions/{past['id']}/cancel", {"reason_code": "weather"}, match=past["version"])
    answer = await team.trainer.post(f"/v1/inductions/{induction}/attendance", body | {"session": past["id"]})
    assert (answer.status_code, answer.json()["from"]) == (409, "cancelled")
    unknown = await team.trainer.post(f"/v1/inductions/{induction}/attendance", body | {"session": str(new_id())})
    assert unknown.status_code == 404


async def test_the_first_attendance_says_that_the_session_was_held(team: Team) -> None:
    session = await team.session()
    await team.attend((await team.induction())["id"], "first_day", session=session["id"])
    held = (await team.trainer.get(f"/v1/sessions/{session['id']}")).json()
    assert (held["status"], held["version"]) == ("held", session["version"] + 1)
    await team.attend((await team.induction())["id"], "first_day", session=session["id"])
    assert (await team.trainer.get(f"/v1/sessions/{session['id']}")).json()["version"] == held["version"]


async def test_notes_are_sealed_with_the_volunteers_key_and_gone_with_it(training: Running, team: Team) -> None:
    volunteer = await team.volunteer()
    induction = (await team.induction(volunteer))["id"]
    await team.attend(induction, "first_day")
    await team.judge(induction, "first_day")
    async with training.parts.worker.engine.begin() as connection:
        await connection.execute(text(f"SELECT set_config('circle.partnership', '{team.partnership}', true)"))
        stored = (await connection.execute(text("SELECT notes FROM judgements"))).scalars().all()
    assert len(stored) == 1
    assert b"Listened" not in bytes(stored[0])
    path = f"/v1/inductions/{induction}/judgements"
    assert (await team.trainer.get(path)).json()[0]["notes"] == "Listened well."
    await training.parts.vault.destroy(team.partnership, Subject.person(volunteer))
    shown = (await team.trainer.get(path)).json()[0]
    assert (shown["notes"], shown["suitability"]) == (None, "suitable")


async def test_the_history_tells_who_moved_it_and_why(team: Team) -> None:
    induction = (await team.induction())["id"]
    await team.decide(induction, "not_suitable", reason_code="assessment")
    rows = (await team.trainer.get(f"/v1/inductions/{induction}/history")).json()
    assert [(row["from_status"], row["to_status"], row["reason_code"]) for row in rows] == [
        (None, "in_progress", None),
        ("in_progress", "not_suitable", "assessment"),
    ]
    assert {row["actor_organisation"] for row in rows} == {str(team.organisation)}


VIEWS = ("", "/{induction}", "/{induction}/attendance", "/{induction}/judgements", "/{induction}/history")


@pytest.mark.parametrize("view", VIEWS)
async def test_every_view_of_an_induction_is_audited(training: Running, team: Team, view: str) -> None:
    induction = await team.induction()
    path = "/v1/inductions" + view.format(induction=induction["id"])
    assert (await team.coordinator.get(path)).status_code == 200
    entry = (await _audit(training, team))[-1]
    assert entry["seen"] == {"induction": [induction["id"]], "volunteer": [induction["volunteer"]]}
    assert (entry["changed"], entry["action"]) == (
        False,
        f"GET /v1/inductions{view.replace('induction', 'induction_id')}",
    )


async def test_every_change_is_audited_with_whose_it_is(training: Running, team: Team) -> None:
    induction = await team.induction()
    await team.complete(induction["id"], "first_day")
    changes = [entry for entry in await _audit(training, team) if "inductions" in entry["action"]]
    assert [entry["changed"] for entry in changes] == [True, True, True]
    assert {entry["seen"]["volunteer"][0] for entry in changes} == {induction["volunteer"]}


async def _audit(training: Running, team: Team) -> list[dict[str, Any]]:
    async with training.parts.worker.engine.connect() as connection:
        query = text("SELECT entry FROM audit_log WHERE partnership_id = :partnership ORDER BY recorded_at, id")
        rows = await connection.execute(query, {"partnership": team.partnership})
        return [json.loads(entry) for entry in rows.scalars()]


async def test_another_organisation_of_the_partnership_sees_no_induction(team: Team) -> None:
    induction = (await team.induction())["id"]
    other = team.colleague_elsewhere()
    assert (await other.trainer.get("/v1/inductions")).json()["items"] == []
    for path in VIEWS[1:]:
        answer = await other.trainer.get("/v1/inductions" + path.format(induction=induction))
        assert answer.status_code == 404
    body = {"decision": "not_suitable", "reason_code": "other"}
    answer = await other.trainer.post(f"/v1/inductions/{induction}/decision", body, match=1)
    assert answer.status_code == 404


async def test_lists_go_on_where_they_stopped_and_filter(team: Team) -> None:
    made = [(await team.induction())["id"] for _ in range(3)]
    first = (await team.trainer.get("/v1/inductions?limit=2")).json()
    second = (await team.trainer.get("/v1/inductions", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + second["items"]] == made
    assert second["next"] is None
    await team.decide(made[1], "not_suitable", reason_code="other")
    closed = (await team.trainer.get("/v1/inductions?status=not_suitable")).json()["items"]
    assert [one["id"] for one in closed] == [made[1]]
    of_one = await team.trainer.get("/v1/inductions", params={"volunteer": closed[0]["volunteer"]})
    assert [one["id"] for one in of_one.json()["items"]] == [made[1]]


@pytest.mark.parametrize("cursor", ["x", "WyJhIiwiYiJd", "WzEsMl0", "bnVsbA"])
async def test_a_cursor_that_is_not_ours_is_refused(team: Team, cursor: str) -> None:
    for path in ("/v1/inductions", "/v1/sessions", "/v1/courses", "/v1/programmes"):
        answer = await team.trainer.get(path, params={"cursor": cursor})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-cursor")
