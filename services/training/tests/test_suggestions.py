"""Participants help to plan: a suggestion is noted, answered, and read by whoever made it; and by nobody else."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import text

from services.training.domain import SUGGESTIONS, SuggestionStatus
from services.training.tests.factories import Team
from shared.auth import Role
from shared.db import Work
from shared.errors import IllegalMove
from shared.ids import new_id
from shared.testing import Running

MOVES = {("made", "taken_up"), ("made", "not_taken_up")}
SAID = "Sessions in the evening, pleasezq"
YES = {"decision": "taken_up", "answer": "From the next round onzq"}


@pytest.mark.parametrize(("current", "wanted"), list(product(SuggestionStatus, SuggestionStatus)))
def test_a_suggestion_moves_only_as_its_table_says(current: SuggestionStatus, wanted: SuggestionStatus) -> None:
    if (current.value, wanted.value) in MOVES:
        assert SUGGESTIONS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            SUGGESTIONS.move(current, wanted)


async def programme(team: Team) -> str:
    return str((await team.trainer.post("/v1/programmes", {"title": "Protecting children"})).json()["id"])


async def suggest(team: Team, about_id: str, **changed: Any) -> dict[str, Any]:
    body = {"about": "programme", "about_id": about_id, "voice": "participants", "content": SAID}
    answer = await team.trainer.post("/v1/suggestions", body | changed)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_suggestion_is_answered_and_whoever_made_it_reads_how_it_is_taken_up(team: Team) -> None:
    partner = team.colleague_elsewhere()
    made = await suggest(partner, await programme(team))
    assert (made["status"], made["content"], made["answer"]) == ("made", SAID, None)
    assert (made["organisation"], made["owner"]) == (str(partner.organisation), str(team.organisation))
    at = f"/v1/suggestions/{made['id']}"
    assert (await partner.trainer.post(f"{at}/answer", YES, match=1)).status_code == 403
    answered = await team.trainer.post(f"{at}/answer", YES, match=1)
    assert (answered.status_code, answered.json()["status"], answered.headers["etag"]) == (200, "taken_up", '"2"')
    read = (await partner.trainer.get(at)).json()
    assert (read["answer"], read["answered_by"] != "") == (YES["answer"], True)
    again = await team.trainer.post(f"{at}/answer", YES | {"decision": "not_taken_up"}, match=2)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal-move")
    assert (await team.trainer.post(f"{at}/answer", YES, match=1)).status_code == 412


async def test_a_suggestion_is_about_a_programme_a_course_or_a_round(team: Team) -> None:
    offered = await programme(team)
    course = await team.course()
    days = {"from": "2009-11-02", "to": "2010-04-29"}
    planned = await team.trainer.post("/v1/rounds", {"programme": offered, "title": "First round"} | days)
    made = [
        await suggest(team, about_id, about=about, voice="partner")
        for about, about_id in (("programme", offered), ("course", course), ("round", planned.json()["id"]))
    ]
    listed = (await team.trainer.get("/v1/suggestions")).json()["items"]
    assert [one["id"] for one in listed] == [one["id"] for one in made]
    of_course = (await team.trainer.get(f"/v1/suggestions?about_id={course}")).json()["items"]
    assert [one["id"] for one in of_course] == [made[1]["id"]]
    body = {"about": "round", "about_id": course, "voice": "partner", "content": SAID}
    assert (await team.trainer.post("/v1/suggestions", body)).status_code == 404
    assert (await team.trainer.post("/v1/suggestions", body | {"about_id": str(new_id())})).status_code == 404


@pytest.mark.parametrize("changed", [{"content": " "}, {"content": "x" * 4001}, {"voice": "me"}, {"about": "session"}])
async def test_a_suggestion_that_makes_no_sense_is_refused_and_not_repeated(
    team: Team, changed: dict[str, Any]
) -> None:
    body = {"about": "programme", "about_id": await programme(team), "voice": "partner", "content": SAID} | changed
    answer = await team.trainer.post("/v1/suggestions", body)
    assert (answer.status_code, "xxxx" in answer.text) == (422, False)


async def test_an_answer_needs_words(team: Team) -> None:
    made = await suggest(team, await programme(team))
    at = f"/v1/suggestions/{made['id']}/answer"
    for body in ({"decision": "taken_up"}, YES | {"answer": " "}, YES | {"decision": "made"}):
        assert (await team.trainer.post(at, body, match=1)).status_code == 422
    assert (await team.trainer.post(at, YES)).status_code == 428


async def test_suggestions_page_and_are_found_by_where_they_stand(team: Team) -> None:
    offered = await programme(team)
    made = [await suggest(team, offered) for _ in range(3)]
    await team.trainer.post(f"/v1/suggestions/{made[1]['id']}/answer", YES, match=1)
    first = (await team.trainer.get("/v1/suggestions?limit=2")).json()
    second = (await team.trainer.get(f"/v1/suggestions?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in first["items"] + second["items"]] == [one["id"] for one in made]
    waiting = (await team.trainer.get("/v1/suggestions?status=made")).json()["items"]
    assert [one["id"] for one in waiting] == [made[0]["id"], made[2]["id"]]
    for cursor in ("nonsense", "WyJ4Il0"):
        assert (await team.trainer.get(f"/v1/suggestions?cursor={cursor}")).json()["type"] == "/problems/bad-cursor"


async def test_a_third_organisation_and_another_partnership_see_no_suggestion(training: Running, team: Team) -> None:
    made = await suggest(team.colleague_elsewhere(), await programme(team))
    for other in (team.colleague_elsewhere(), Team(training)):
        assert (await other.trainer.get("/v1/suggestions")).json()["items"] == []
        assert (await other.trainer.get(f"/v1/suggestions/{made['id']}")).status_code == 404
        assert (await other.trainer.post(f"/v1/suggestions/{made['id']}/answer", YES, match=1)).status_code == 404
        async with training.parts.app.open(work(other)) as session:
            assert (await session.execute(text("SELECT count(*) FROM suggestions"))).scalar_one() == 0


async def test_what_was_said_lies_sealed(team: Team) -> None:
    made = await suggest(team, await programme(team))
    await team.trainer.post(f"/v1/suggestions/{made['id']}/answer", YES, match=1)
    async with team.training.parts.worker.open(work(team)) as session:
        kept = (await session.execute(text("SELECT string_agg(s::text, '') FROM suggestions s"))).scalar_one()
    for plain in (SAID, YES["answer"]):
        assert plain not in kept
        assert plain.encode().hex() not in kept


def work(team: Team) -> Work:
    return Work("training", team.partnership, team.organisation, "tester", "organisation")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER}))
async def test_a_role_that_does_not_train_makes_and_reads_no_suggestion(team: Team, role: Role) -> None:
    caller, some = team.caller(role), new_id()
    for path in ("/v1/suggestions", f"/v1/suggestions/{some}"):
        assert (await caller.get(path)).status_code == 403
    assert (await caller.post("/v1/suggestions", {})).status_code == 403
    assert (await caller.post(f"/v1/suggestions/{some}/answer", {}, match=1)).status_code == 403
