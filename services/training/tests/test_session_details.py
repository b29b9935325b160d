"""What a session says beyond time and place, and what is told of it."""

import json
from datetime import timedelta

from services.training.tests.attendance import anyhow
from services.training.tests.factories import Team, session_body
from shared.ids import new_id
from shared.testing import Running


async def test_a_session_belongs_to_a_round_that_is_not_over_on_one_of_its_days(team: Team) -> None:
    course, trainer = await team.course(), team.trainer
    programme = (await trainer.get(f"/v1/courses/{course}")).json()["programme"]
    days = {"from": "2009-11-02", "to": "2010-04-29"}
    made = (await trainer.post("/v1/rounds", {"programme": programme, "title": "First", **days})).json()
    plan = session_body(course, round=made["id"])
    for day, status in (("2009-11-01", 422), ("2009-11-02", 201), ("2010-04-29", 201), ("2010-04-30", 422)):
        # Half an hour before midnight in London, in summer an hour after it by UTC.
        at = {"starts_at": f"{day}T23:30:00+00:00", "ends_at": f"{day}T23:50:00+00:00"}
        at = {key: one.replace("T23:", "T22:") if day > "2010-04" else one for key, one in at.items()}
        answer = await trainer.post("/v1/sessions", plan | at)
        assert answer.status_code == status, (day, answer.text)
        if status == 422:
            assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
                ("/starts_at", "outside-round")
            ]
    assert answer.json()["type"] == "/problems/validation"
    last = {"starts_at": "2010-04-29T09:00:00Z", "ends_at": "2010-04-29T11:00:00Z"}
    replan = {key: one for key, one in (plan | last).items() if key != "course"}
    session = (await trainer.post("/v1/sessions", plan | last)).json()
    for path in ("open", "close"):
        assert (await anyhow(team, f"/v1/rounds/{made['id']}/{path}")).status_code == 200
    for answer in (
        await trainer.post("/v1/sessions", plan | last),
        await trainer.post(f"/v1/sessions/{session['id']}/replan", replan, match=1),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/round-is-over")
    assert (await trainer.post("/v1/sessions", plan | last | {"round": str(new_id())})).status_code == 404
    other = team.colleague_elsewhere()
    theirs = session_body(await other.course()) | last | {"round": made["id"]}
    assert (await other.trainer.post("/v1/sessions", theirs)).status_code == 403


async def test_a_session_belongs_to_no_round_of_another_programme_than_its_course(team: Team) -> None:
    trainer, course = team.trainer, await team.course()
    elsewhere = (await trainer.get(f"/v1/courses/{await team.course()}")).json()["programme"]
    days = {"from": "2009-11-02", "to": "2010-04-29"}
    made = (await trainer.post("/v1/rounds", {"programme": elsewhere, "title": "First", **days})).json()
    plan = session_body(course, starts_at="2010-04-29T09:00:00Z", ends_at="2010-04-29T11:00:00Z")
    session = (await trainer.post("/v1/sessions", plan)).json()
    replan = {key: one for key, one in plan.items() if key != "course"} | {"round": made["id"]}
    for answer in (
        await trainer.post("/v1/sessions", plan | {"round": made["id"]}),
        await trainer.post(f"/v1/sessions/{session['id']}/replan", replan, match=1),
    ):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/round-of-another-programme")


async def test_a_session_says_who_helps_in_which_languages_with_what(team: Team) -> None:
    said = {
        "parts": 2,
        "delivery_partners": ["Victory Chapel"],
        "languages": ["en", "so"],
        "interpreters": ["ar"],
        "topics": ["Safer sleeping"],
        "learning_outcomes": ["Whom to tell"],
        "materials": ["Leaflet"],
    }
    session = await team.session(**said)
    assert {key: session[key] for key in said} == said
    bare = await team.session()
    assert {key: bare[key] for key in said} == {key: [] for key in said} | {"parts": 1}
    for wrong in ({"parts": 0}, {"parts": 11}, {"languages": ["English"]}, {"materials": [""]}, {"closed_at": None}):
        answer = await team.trainer.post("/v1/sessions", session_body(session["course"]) | wrong)
        assert answer.status_code == 422


async def test_what_happens_to_a_session_is_told_with_its_id_alone(training: Running, team: Team) -> None:
    session = await team.session(starts=timedelta(days=2))
    plan = {key: one for key, one in session_body("", starts=timedelta(days=3)).items() if key != "course"}
    at = f"/v1/sessions/{session['id']}"
    assert (await team.trainer.post(f"{at}/replan", plan, match=1)).status_code == 200
    assert (await team.trainer.post(f"{at}/cancel", {"reason_code": "weather"}, match=2)).status_code == 200
    told = [(kind, json.loads(data)) for kind, data in await training.outbox(team.partnership)]
    scheduled, cancelled = "circle.session.scheduled.v1", "circle.session.cancelled.v1"
    assert [kind for kind, _ in told] == [scheduled, scheduled, cancelled]
    assert {tuple(data.items()) for _, data in told} == {(("session", session["id"]), ("detail", at))}
