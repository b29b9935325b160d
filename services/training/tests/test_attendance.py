"""Who came to community training, over HTTP on a real database."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

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
from services.training.tests.factories import Team
from services.training.tests.test_labels import work
from shared.auth import Role
from shared.crypto import Subject
from shared.ids import new_id
from shared.testing import Running


async def test_people_are_recorded_and_counted_once_the_session_is_closed(training: Running, team: Team) -> None:
    session = (await team.session(starts=timedelta(hours=-1), capacity=30))["id"]
    people = [somebody(f"Person {number}") for number in range(8)]
    people += [somebody(f"Other {number}", ethnicity="Kenyan", gender="Male") for number in range(4)]
    made = await recorded(team, session, *people)
    assert {(one["counted"], one["source"], one["anonymous"]) for one in made} == {(False, "trainer", False)}
    assert (made[0]["name"], made[0]["ethnicity"], made[0]["parts"]) == ("Person 0", "Somali", [1])
    assert await listed(team, session) == made
    assert (await team.trainer.get(f"/v1/sessions/{session}")).json()["status"] == "held"
    answer = await closed(team, session)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["session"]["status"], shown["session"]["closed_at"] is None) == ("closed", False)
    assert answer.headers["etag"] == f'"{shown["session"]["version"]}"'
    counted = shown["attending"]
    assert (counted["title"], counted["total"]) == ("Number of participants attending", 12)
    assert cells(counted, "organisation") == [("Victory Chapel", 12, "100.00", None)]
    # Everybody gave a name, so that a small number is not withheld.
    assert cells(counted, "ethnicity") == [("Kenyan", 4, "33.33", None), ("Somali", 8, "66.67", None)]
    assert cells(counted, "gender") == [("Female", 8, "66.67", None), ("Male", 4, "33.33", None)]
    assert await attending(team, session) == counted
    assert {one["counted"] for one in await listed(team, session)} == {True}
    told = [
        kind for kind, data in await training.outbox(team.partnership) if json.loads(data).get("session") == session
    ]
    assert told == ["circle.session.scheduled.v1", "circle.session.closed.v1"]


async def test_before_a_session_begins_nobody_was_there(team: Team) -> None:
    session = (await team.session(starts=timedelta(hours=1)))["id"]
    early = await tried(team, session, [somebody()])
    assert (early.status_code, early.json()["type"]) == (409, "/problems/session-not-begun")
    assert await listed(team, session) == []


async def test_nobody_is_at_a_session_twice(team: Team) -> None:
    session = (await team.session())["id"]
    await recorded(team, session, somebody("Amina Yusuf"))
    for people, where in (
        ([somebody(), somebody("  amina YUSUF ")], ["/participants/1"]),
        ([somebody("Bashir"), somebody("bashir")], ["/participants/1"]),
    ):
        answer = await tried(team, session, people)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/already-attending")
        assert answer.json()["pointers"] == where
        assert "mina" not in answer.text
    # The same name with another group is somebody else, and so is everybody without one.
    await recorded(team, session, somebody("Amina Yusuf", organisation="Kurdish Community"), somebody(), somebody())
    other = (await team.session())["id"]
    await recorded(team, other, somebody("Amina Yusuf"))
    entries = await in_the_database(team, "SELECT count(DISTINCT attendee_id), count(*) FROM participations")
    assert entries == [(2, 5)]


async def test_of_two_who_record_the_same_person_at_once_one_is_refused(team: Team) -> None:
    session = (await team.session())["id"]
    # Held and known already: else the first of them would keep the others waiting by writing that down.
    await recorded(team, session, somebody())
    await recorded(team, (await team.session())["id"], somebody("Amina"))
    both = await asyncio.gather(*(tried(team, session, [somebody("Amina")]) for _ in range(4)))
    assert sorted(one.status_code for one in both) == [201, 409, 409, 409]
    # Each by name: they wait for the session, and none only stumbles over the index behind it.
    refused = {one.json()["type"] for one in both if one.status_code == 409}
    assert refused == {"/problems/already-attending"}
    assert len(await listed(team, session)) == 2


async def test_parts_are_those_of_the_session(team: Team) -> None:
    session = (await team.session(parts=3))["id"]
    made = await recorded(team, session, somebody(), somebody(parts=[3, 1]))
    assert [one["parts"] for one in made] == [[1, 2, 3], [1, 3]]
    refused = await tried(team, session, [somebody(), somebody(parts=[4])])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/participants/1/parts")


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"organisation": None}, "/participants/0/organisation"),
        ({"organisation": "  "}, "/participants/0/organisation"),
        ({"ethnicity": "So\x07mali"}, "/participants/0/ethnicity"),
        ({"gender": "x" * 201}, "/participants/0/gender"),
        ({"outcode": "NW1 6XE"}, "/participants/0/outcode"),
        ({"parts": []}, "/participants/0/parts"),
        ({"parts": ["1"]}, "/participants/0/parts/0"),
        ({"code": "black_african"}, "/participants/0/code"),
    ],
)
async def test_somebody_who_makes_no_sense_is_refused_at_their_place(
    team: Team, changed: dict[str, Any], pointer: str
) -> None:
    answer = await tried(team, str(new_id()), [somebody(**changed)])
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, [pointer])
    assert "mali" not in answer.text


async def test_up_to_two_hundred_are_recorded_at_once(team: Team) -> None:
    session = (await team.session(capacity=300))["id"]
    for number in (0, 201):
        assert (await tried(team, session, [somebody()] * number)).status_code == 422
    assert len(await recorded(team, session, *([somebody()] * 199), somebody("Amina"))) == 200
    first = (await team.trainer.get(f"/v1/sessions/{session}/participations?limit=150")).json()
    at = f"/v1/sessions/{session}/participations?limit=150&cursor="
    rest = (await team.trainer.get(at + first["next"])).json()
    assert (len({one["id"] for one in first["items"] + rest["items"]}), rest["next"]) == (200, None)
    assert (await team.trainer.get(f"{at}WyJ4Il0")).json()["type"] == "/problems/bad-cursor"


async def test_another_organisation_and_another_partnership_see_and_change_nobody(
    training: Running, team: Team
) -> None:
    session = (await team.session())["id"]
    (one,) = await recorded(team, session, somebody("Amina"))
    near, far = team.colleague_elsewhere(), Team(training)
    for other, status in ((near, 403), (far, 404)):
        assert (await tried(other, session, [somebody()])).status_code == status
        for path in ("participations", "attending"):
            answer = await other.trainer.get(f"/v1/sessions/{session}/{path}")
            assert (answer.status_code, "Amina" in answer.text) == (status, False)
        assert (await anyhow(other, f"/v1/sessions/{session}/close", {})).status_code == status
        assert (await withdrawn(other, one["id"])).status_code == 404
        # Without any check of ours.
        assert await in_the_database(other, "SELECT id FROM participations") == []
        assert await in_the_database(other, "SELECT id FROM attendees") == []
    assert [each["id"] for each in await listed(team, session)] == [one["id"]]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER}))
async def test_a_role_that_does_not_train_sees_and_changes_nobody(team: Team, role: Role) -> None:
    caller, some = team.caller(role), new_id()
    for path in (f"/v1/sessions/{some}/participations", f"/v1/sessions/{some}/attending"):
        assert (await caller.get(path)).status_code == 403
    for path in (f"sessions/{some}/participations", f"sessions/{some}/close", f"participations/{some}/withdraw"):
        assert (await caller.post(f"/v1/{path}", {}, match=1)).status_code == 403


async def test_names_and_words_lie_sealed_and_an_erased_name_is_shown_as_none(training: Running, team: Team) -> None:
    session = (await team.session())["id"]
    (one,) = await recorded(team, session, somebody("Aminazq", ethnicity="Somalizq", organisation="Chapelzq"))
    for table in ("participations", "attendees", "labels", "status_history", "audit_log", "outbox", "idempotency_keys"):
        kept = await kept_in(team, table)
        assert "zq" not in kept
        assert not [one for one in ("Aminazq", "Somalizq", "Chapelzq") if one.encode().hex() in kept]
    ((attendee,),) = await in_the_database(team, "SELECT attendee_id FROM participations")
    await training.parts.vault.destroy(team.partnership, Subject.person(attendee))
    (shown,) = await listed(team, session)
    assert (shown["id"], shown["name"], shown["anonymous"], shown["ethnicity"]) == (one["id"], None, False, "Somalizq")


async def kept_in(team: Team, table: str) -> str:
    async with team.training.parts.worker.open(work(team)) as session:
        found = await session.execute(text(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"))  # noqa: S608 - a table of ours
        return str(found.scalar_one())


async def test_whoever_is_shown_is_noted_in_the_audit(team: Team) -> None:
    session = (await team.session())["id"]
    (one,) = await recorded(team, session, somebody("Amina"))
    before = await audited(team, one["id"])
    await listed(team, session)
    assert await audited(team, one["id"]) == before + 1


async def audited(team: Team, participation: str) -> int:
    query = f"SELECT count(*) FROM audit_log WHERE entry LIKE '%{participation}%'"  # noqa: S608 - an id of ours
    ((count,),) = await in_the_database(team, query)
    return int(count)
