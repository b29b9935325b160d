"""Programmes, courses and sessions over HTTP, on a real database."""

from datetime import timedelta
from typing import Any

import pytest

from services.training.tests.factories import Team, session_body
from shared.ids import new_id
from shared.testing import Running


async def test_a_programme_has_courses_and_a_course_has_sessions(team: Team) -> None:
    programme = (
        await team.trainer.post("/v1/programmes", {"title": " Induction ", "description": "Half a day."})
    ).json()
    assert (programme["title"], programme["organisation"]) == ("Induction", str(team.organisation))
    body = {"programme": programme["id"], "title": "Core", "topics": ["Listening"], "languages": ["en", "so"]}
    course = (await team.trainer.post("/v1/courses", body)).json()
    assert (course["topics"], course["learning_outcomes"], course["languages"]) == (["Listening"], [], ["en", "so"])
    session = await team.trainer.post("/v1/sessions", session_body(course["id"], expected=9))
    assert session.json()["place"] == {"kind": "venue", "name": "Town hall", "outcode": "SS2"}
    for path, one in (("programmes", programme), ("courses", course), ("sessions", session.json())):
        read = await team.coordinator.get(f"/v1/{path}/{one['id']}")
        assert (read.status_code, read.json(), read.headers["etag"]) == (200, one, '"1"')


async def test_a_session_may_be_online(team: Team) -> None:
    session = await team.session(place={"kind": "online"})
    assert session["place"] == {"kind": "online"}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"capacity": 0}, "/capacity"),
        ({"capacity": "12"}, "/capacity"),
        ({"trainers": []}, "/trainers"),
        ({"trainers": ["01890000-0000-7000-8000-000000000001"] * 2}, ""),
        ({"starts_at": "2026-03-02T09:00:00"}, "/starts_at"),
        ({"starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T09:00:00Z"}, ""),
        ({"starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-04T09:00:00Z"}, ""),
        ({"place": {"kind": "venue", "name": "Hall", "outcode": "SS2 6ER"}}, "/place/venue/outcode"),
        ({"place": {"kind": "online", "outcode": "SS2"}}, "/place/online/outcode"),
        ({"place": {"kind": "tent"}}, "/place"),
        ({"waiting_list": 3}, "/waiting_list"),
        ({"title": "   "}, "/title"),
    ],
)
async def test_a_session_that_makes_no_sense_is_refused_at_its_place(
    team: Team, changed: dict[str, Any], pointer: str
) -> None:
    answer = await team.trainer.post("/v1/sessions", session_body(str(new_id()), **changed))
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_session_is_replanned_held_and_then_stands(team: Team) -> None:
    session = await team.session(starts=timedelta(days=3))
    base, trainer = f"/v1/sessions/{session['id']}", team.trainer
    early = await trainer.post(f"{base}/hold", match=1)
    assert (early.status_code, early.json()["type"]) == (409, "/problems/session-not-begun")
    earlier = session_body("", title="Moved", place={"kind": "online"})
    earlier.pop("course")
    assert (await trainer.post(f"{base}/replan", earlier)).status_code == 428
    moved = await trainer.post(f"{base}/replan", earlier, match=1)
    assert (moved.json()["title"], moved.json()["version"], moved.headers["etag"]) == ("Moved", 2, '"2"')
    assert (await trainer.post(f"{base}/hold", match=1)).status_code == 412
    assert (await trainer.post(f"{base}/hold", match=2)).json()["status"] == "held"
    for path, body in (("hold", None), ("replan", earlier), ("cancel", {"reason_code": "weather"})):
        again = await trainer.post(f"{base}/{path}", body, match=3)
        assert (again.status_code, again.json()["from"]) == (409, "held")


async def test_a_cancelled_session_needs_a_reason_and_stays_cancelled(team: Team) -> None:
    session = await team.session()
    base = f"/v1/sessions/{session['id']}"
    assert (await team.trainer.post(f"{base}/cancel", {}, match=1)).status_code == 422
    cancelled = await team.trainer.post(f"{base}/cancel", {"reason_code": "too_few"}, match=1)
    assert cancelled.json()["status"] == "cancelled"
    assert (await team.trainer.post(f"{base}/hold", match=2)).json()["from"] == "cancelled"


async def test_every_organisation_sees_what_is_offered_and_only_its_owner_changes_it(team: Team) -> None:
    session, other = await team.session(), team.colleague_elsewhere()
    assert (await other.trainer.get(f"/v1/sessions/{session['id']}")).status_code == 200
    assert (await other.trainer.post(f"/v1/sessions/{session['id']}/hold", match=1)).status_code == 403
    body = session_body(session["course"])
    assert (await other.trainer.post("/v1/sessions", body)).status_code == 403
    course = (await team.trainer.get(f"/v1/courses/{session['course']}")).json()
    wanted = {"programme": course["programme"], "title": "Another"}
    assert (await other.trainer.post("/v1/courses", wanted)).status_code == 403


async def test_another_partnership_sees_nothing(training: Running, team: Team) -> None:
    session, stranger = await team.session(), Team(training).trainer
    for path in ("programmes", "courses", "sessions"):
        assert (await stranger.get(f"/v1/{path}")).json()["items"] == []
    assert (await stranger.get(f"/v1/sessions/{session['id']}")).status_code == 404
    assert (await stranger.post("/v1/sessions", session_body(session["course"]))).status_code == 404


async def test_sessions_come_by_their_start_and_go_on_where_they_stopped(team: Team) -> None:
    course = await team.course()
    starts = [timedelta(days=day) for day in (3, 1, 2)]
    made = [(await team.trainer.post("/v1/sessions", session_body(course, starts=one))).json() for one in starts]
    await team.session()
    first = (await team.trainer.get("/v1/sessions", params={"course": course, "limit": 2})).json()
    rest = {"course": course, "limit": 2, "cursor": first["next"]}
    second = (await team.trainer.get("/v1/sessions", params=rest)).json()
    shown = [one["id"] for one in first["items"] + second["items"]]
    assert shown == [made[1]["id"], made[2]["id"], made[0]["id"]]
    from_third = {"course": course, "starting": made[2]["starts_at"]}
    later = (await team.trainer.get("/v1/sessions", params=from_third)).json()["items"]
    assert [one["id"] for one in later] == [made[2]["id"], made[0]["id"]]


async def test_programmes_and_courses_page_too(team: Team) -> None:
    for _ in range(3):
        await team.course()
    for path in ("programmes", "courses"):
        first = (await team.trainer.get(f"/v1/{path}?limit=2")).json()
        second = (await team.trainer.get(f"/v1/{path}", params={"limit": 2, "cursor": first["next"]})).json()
        assert len({one["id"] for one in first["items"] + second["items"]}) == 3
        assert (len(second["items"]), second["next"]) == (1, None)
    one = (await team.trainer.get("/v1/courses")).json()["items"][0]
    of_programme = await team.trainer.get("/v1/courses", params={"programme": one["programme"]})
    assert [course["id"] for course in of_programme.json()["items"]] == [one["id"]]
