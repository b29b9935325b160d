"""People sign in by the session's link: no account, nothing of anybody else, one entry however often they press."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.training.domain import sign_ins as domain
from services.training.domain.sessions import SessionStatus
from services.training.tests.attendance import anyhow, closed, in_the_database, listed, recorded, somebody
from services.training.tests.factories import Team
from services.training.tests.test_labels import work
from shared import links
from shared.errors import Conflict
from shared.ids import new_id

NOW = timedelta(minutes=-10)
GROUP = "Victory Chapel"


async def _link(team: Team, session: str, **body: Any) -> str:
    answer = await team.trainer.post(f"/v1/sessions/{session}/sign-in-link", {"organisations": [GROUP]} | body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["link"])


async def _opened(team: Team, **changed: Any) -> tuple[str, str]:
    session = (await team.session(**({"starts": NOW} | changed)))["id"]
    return session, await _link(team, session)


async def _sign_in(team: Team, link: str, key: str = "", **said: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(new_id())}
    return await team.training.anonymous().post(f"/v1/public/sign-ins/{link}", said, headers=headers)


async def _look(team: Team, link: str) -> httpx.Response:
    return await team.training.anonymous().get(f"/v1/public/sign-ins/{link}")


async def test_whoever_signs_in_is_on_the_trainers_sheet_as_they_described_themselves(team: Team) -> None:
    session, link = await _opened(team)
    said = {
        "organisation": GROUP,
        "ethnicity": "Somali Bantu",
        "gender": "Woman",
        "language": "Af-Maay",
        "outcode": "SS2",
    }
    assert (await _sign_in(team, link, **said, name="Amina Yusuf")).json() == {"signed_in": True}
    (one,) = await listed(team, session)
    assert {name: one[name] for name in said} == said
    assert (one["name"], one["source"], one["recorded_by"], one["parts"]) == ("Amina Yusuf", "self", "visitor", [1])
    assert (await team.trainer.get(f"/v1/sessions/{session}")).json()["status"] == "held"


async def test_nobody_has_to_say_anything(team: Team) -> None:
    session, link = await _opened(team)
    assert (await _sign_in(team, link)).status_code == 201
    (one,) = await listed(team, session)
    assert (one["organisation"], one["anonymous"], one["name"], one["ethnicity"]) == (domain.NO_GROUP, True, None, None)


async def test_pressed_twice_is_once_and_two_people_without_a_name_are_two(team: Team) -> None:
    session, link = await _opened(team)
    for key in ("one", "one", "other"):
        assert (await _sign_in(team, link, key)).status_code == 201
    assert len(await listed(team, session)) == 2


async def test_an_entry_needs_a_key_of_its_own(team: Team) -> None:
    session, link = await _opened(team)
    headers = {"Idempotency-Key": ""}
    answer = await team.training.anonymous().post(f"/v1/public/sign-ins/{link}", {}, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")
    assert await listed(team, session) == []


async def test_a_name_that_is_there_already_is_neither_told_nor_entered_twice(team: Team) -> None:
    session, link = await _opened(team)
    await recorded(team, session, somebody("Amina Yusuf"))
    known = await _sign_in(team, link, organisation=GROUP, name="amina  YUSUF")
    other = await _sign_in(team, link, organisation=GROUP, name="Somebody Else")
    assert (known.status_code, known.content) == (other.status_code, other.content) == (201, other.content)
    assert len(await listed(team, session)) == 2


async def test_whoever_looks_learns_of_the_session_and_of_nobody_who_came(team: Team) -> None:
    session, link = await _opened(team, title="Evening of the mosque")
    await recorded(team, session, somebody("Amina Yusuf", organisation="Another Group"))
    shown = await _look(team, link)
    assert shown.headers["cache-control"] == "no-store"
    body = shown.json()
    assert set(body) == {"course", "starts_at", "ends_at", "has_begun", "parts", "organisations", "codes"}
    assert (body["course"], body["organisations"], body["has_begun"]) == ("Induction", [GROUP], True)
    for words in ("Amina", "Another Group", "mosque", session):
        assert words not in shown.text


async def test_a_link_that_ended_is_answered_like_one_that_never_was(team: Team) -> None:
    over, renewed, revoked, closing, off = [await _opened(team) for _ in range(5)]
    await _end(team, over[0])
    await _link(team, renewed[0])
    await anyhow(team, f"/v1/sessions/{revoked[0]}/sign-in-link/revoke")
    await recorded(team, closing[0], somebody())
    assert (await closed(team, closing[0])).status_code == 200
    await anyhow(team, f"/v1/sessions/{off[0]}/cancel", {"reason_code": "weather"})
    unknown = str(links.made(team.partnership, team.organisation))
    elsewhere = str(links.read(over[1])._replace(organisation=new_id()))  # type: ignore[union-attr]  # it is one
    ended = (over[1], renewed[1], revoked[1], closing[1], off[1], unknown, elsewhere, "x", unknown[:-1] + "%20")
    said = [_told(answer) for link in ended for answer in (await _look(team, link), await _sign_in(team, link))]
    assert said == [said[0]] * 2 * len(ended)
    assert said[0]["status"] == 404


def _told(answer: httpx.Response) -> dict[str, Any]:
    """Without what is different for each request anyway."""
    return {name: it for name, it in answer.json().items() if name not in {"instance", "request_id"}}


async def _end(team: Team, session: str) -> None:
    """As if it had been over for as long as a link is good."""
    async with team.training.parts.worker.open(work(team)) as opened:
        moved = "starts_at = starts_at - interval '3 hours', ends_at = ends_at - interval '3 hours'"
        await opened.execute(text(f"UPDATE sessions SET {moved} WHERE id = :id"), {"id": session})  # noqa: S608 - ours
        await opened.commit()


async def test_a_link_is_good_until_some_time_after_the_end(team: Team) -> None:
    session, link = await _opened(team, starts=timedelta(hours=-2, minutes=-10))
    known = (await team.trainer.get(f"/v1/sessions/{session}/sign-in-link")).json()
    ends = datetime.fromisoformat((await team.trainer.get(f"/v1/sessions/{session}")).json()["ends_at"])
    assert ends < datetime.now(UTC)
    assert datetime.fromisoformat(known["ends_at"]) - ends == timedelta(minutes=30)
    assert known["is_good"]
    assert (await _sign_in(team, link)).status_code == 201
    await _end(team, session)
    assert not (await team.trainer.get(f"/v1/sessions/{session}/sign-in-link")).json()["is_good"]
    answer = await team.trainer.post(f"/v1/sessions/{session}/sign-in-link", {})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-takes-no-sign-ins")


async def test_nobody_signs_in_before_the_session_begins(team: Team) -> None:
    session, link = await _opened(team, starts=timedelta(hours=1))
    assert (await _look(team, link)).json()["has_begun"] is False
    answer = await _sign_in(team, link)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/session-not-begun")
    assert await listed(team, session) == []


async def test_only_a_group_of_the_link_may_be_named_and_only_a_code_that_there_is(team: Team) -> None:
    session, link = await _opened(team)
    for said in (
        {"organisation": "Another Group"},
        {"ethnicity_code": "martian"},
        {"gender_code": "x"},
        {"source": "sheet"},
    ):
        answer = await _sign_in(team, link, **said)
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json()["errors"]] == [f"/{next(iter(said))}"]
    assert await listed(team, session) == []


async def test_the_code_that_people_choose_is_a_suggestion_and_decides_nothing(team: Team) -> None:
    _, link = await _opened(team)
    for code in ("black_african", "black_other", "black_african"):
        await _sign_in(team, link, ethnicity="Somali Bantu", ethnicity_code=code)
    await _sign_in(team, link, gender_code="female")
    found = (await team.trainer.get("/v1/labels?coded=false")).json()["items"]
    assert {
        (one["words"], one["code"], one["suggested"]) for one in found if one["kind"] in {"ethnicity", "gender"}
    } == {
        ("Somali Bantu", None, "black_african"),
        ("Female", None, "female"),
    }


async def test_a_link_in_the_wrong_hands_does_not_fill_the_sheet_for_ever(team: Team) -> None:
    session, link = await _opened(team, capacity=1)
    answers = [(await _sign_in(team, link)).status_code for _ in range(23)]
    assert answers == [201] * 22 + [409]
    assert (await team.trainer.get(f"/v1/sessions/{session}/sign-in-link")).json()["signed_in"] == 22
    assert (await _sign_in(team, await _link(team, session))).status_code == 201


@pytest.mark.parametrize(("signed_in", "lets"), [(21, True), (22, False)])
def test_by_one_link_twice_as_many_sign_in_as_there_are_places_and_twenty_more(signed_in: int, lets: bool) -> None:
    try:
        domain.require_more(signed_in, 1)
    except Conflict:
        assert not lets
    else:
        assert lets


def test_a_closed_session_takes_no_sign_ins() -> None:
    now = datetime.now(UTC)
    taking = [one for one in SessionStatus if domain.takes_sign_ins(one, now, timedelta(minutes=1), now)]
    assert taking == [SessionStatus.PLANNED, SessionStatus.HELD]


async def test_the_secret_is_told_once_and_kept_nowhere(team: Team) -> None:
    session, headers = (await team.session(starts=NOW))["id"], {"Idempotency-Key": "k1"}
    first, again = [
        (await team.trainer.post(f"/v1/sessions/{session}/sign-in-link", {}, headers=headers)).json() for _ in range(2)
    ]
    link = links.read(first["link"])
    assert link is not None
    assert "link" not in again
    rows = await in_the_database(team, "SELECT * FROM sign_in_links")
    assert rows
    assert link.secret not in [cell for row in rows for cell in row]
    assert first["link"] not in str(rows)


async def test_a_session_without_a_link_says_that_there_is_none(team: Team) -> None:
    path = f"/v1/sessions/{(await team.session(starts=NOW))['id']}/sign-in-link"
    known = (await team.trainer.get(path)).json()
    assert (known["issued_at"], known["is_good"], known["organisations"], known["signed_in"]) == (None, False, [], 0)
    assert (await team.trainer.post(f"{path}/revoke")).status_code == 404


async def test_another_organisation_makes_and_sees_no_link(team: Team) -> None:
    session, _ = await _opened(team)
    other = team.colleague_elsewhere()
    path = f"/v1/sessions/{session}/sign-in-link"
    for answer in (
        await other.trainer.post(path, {}),
        await other.trainer.get(path),
        await other.trainer.post(f"{path}/revoke"),
    ):
        assert answer.status_code == 403
    assert await in_the_database(other, "SELECT * FROM sign_in_links") == []
