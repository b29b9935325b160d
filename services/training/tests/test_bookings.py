"""Places of a session: who gets one, who waits, who moves up; and who is reminded."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.training.domain import BOOKINGS, BookingStatus, moving_up
from services.training.tests.bookings import (
    ask,
    asked,
    give_back,
    path_of,
    places,
    planned,
    replan,
    statuses,
    told,
)
from services.training.tests.factories import Team
from shared import timekeeper
from shared.auth import Role
from shared.db import Work
from shared.errors import IllegalMove
from shared.ids import new_id
from shared.testing import Running

MOVES = {("waiting", "booked"), ("waiting", "cancelled"), ("booked", "cancelled")}


@pytest.mark.parametrize(("current", "wanted"), list(product(BookingStatus, BookingStatus)))
def test_a_booking_moves_only_as_its_table_says(current: BookingStatus, wanted: BookingStatus) -> None:
    if (current.value, wanted.value) in MOVES:
        assert BOOKINGS.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            BOOKINGS.move(current, wanted)


def test_those_who_fit_move_up_in_the_order_of_asking() -> None:
    waiting = [("four", 4), ("two", 2), ("three", 3), ("one", 1)]
    assert moving_up(waiting, 0) == []
    assert moving_up(waiting, 3) == ["two", "one"]
    assert moving_up(waiting, 4) == ["four"]
    assert moving_up(waiting, 7) == ["four", "two", "one"]
    assert moving_up(waiting, 10) == ["four", "two", "three", "one"]


async def test_a_person_or_some_of_a_group_get_places_or_a_turn(team: Team) -> None:
    session = await planned(team, capacity=5)
    amina = await asked(team, session, name="Amina Yusuf")
    assert (amina["status"], amina["turn"], amina["name"], amina["anonymous"]) == ("booked", 1, "Amina Yusuf", False)
    some = await asked(team, session, places=4)
    assert (some["status"], some["name"], some["anonymous"], some["organisation"]) == (
        "booked", None, True, "Victory Chapel",
    )  # fmt: skip
    waiting = await asked(team, session, places=2)
    assert (waiting["status"], waiting["turn"]) == ("waiting", 3)
    assert await places(team, session) == (5, 5, 0, 2)
    again = await team.trainer.get(path_of(amina))
    assert (again.json(), again.headers["etag"]) == (amina, '"1"')
    kept = (await team.trainer.get(f"/v1/sessions/{session}/bookings?status=waiting")).json()["items"]
    assert [one["id"] for one in kept] == [waiting["id"]]
    assert (await ask(team, session, places=6)).json()["type"] == "/problems/larger-than-session"


async def test_a_person_asks_once_and_again_after_cancelling(team: Team) -> None:
    session = await planned(team)
    first = await asked(team, session, name="Amina Yusuf")
    twice = await ask(team, session, name="  AMINA  yusuf ")
    assert (twice.status_code, twice.json()["type"]) == (409, "/problems/already-booked")
    assert "Amina" not in twice.text
    await asked(team, session, name="Amina Yusuf", organisation="Another group")
    await asked(team, await planned(team), name="Amina Yusuf")
    assert (await give_back(team, first)).json()["status"] == "cancelled"
    assert (await asked(team, session, name="Amina Yusuf"))["turn"] == 3
    assert (await give_back(team, first)).status_code == 412
    gone = await give_back(team, first | {"version": 2})
    assert (gone.status_code, gone.json()["type"]) == (409, "/problems/illegal-move")


@pytest.mark.parametrize(
    "body",
    [
        {"organisation": " "},
        {"organisation": "a\u0000b"},
        {"name": "x" * 201},
        {"places": 0},
        {"places": 1001},
        {"places": "2"},
        {"name": "Amina Yusuf", "places": 2},
        {"phone": "01234"},
    ],
)
async def test_an_asking_that_makes_no_sense_is_refused_and_not_repeated(team: Team, body: dict[str, Any]) -> None:
    session = await planned(team)
    answer = await ask(team, session, **body)
    assert (answer.status_code, "Amina" in answer.text) == (422, False)
    assert await statuses(team, session) == []


async def test_places_are_given_and_given_back_before_the_session_begins_and_while_it_is_planned(team: Team) -> None:
    begun = await planned(team, starts=timedelta(hours=-1))
    refused = await ask(team, begun)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/session-takes-no-bookings")
    session = await planned(team)
    booking = await asked(team, session)
    await team.trainer.post(f"/v1/sessions/{session}/cancel", {"reason_code": "weather"}, match=1)
    assert (await ask(team, session)).json()["session_status"] == "cancelled"
    assert (await give_back(team, booking | {"version": 2})).status_code == 409


async def test_the_first_who_fit_move_up_when_a_place_is_given_back_and_it_is_told(team: Team) -> None:
    session = await planned(team, capacity=5)
    three, two = await asked(team, session, places=3), await asked(team, session, places=2)
    await asked(team, session, places=4)
    small, last = await asked(team, session, places=1), await asked(team, session, name="Amina")
    await give_back(team, two)
    assert await statuses(team, session) == ["booked", "cancelled", "waiting", "booked", "booked"]
    offered = await told(team, "circle.place.offered.v1")
    assert [(one["session"], one["booking"]) for one in offered] == [(session, small["id"]), (session, last["id"])]
    assert offered[0]["detail"] == path_of(small)
    await give_back(team, three)
    assert await statuses(team, session) == ["cancelled", "cancelled", "waiting", "booked", "booked"]
    await give_back(team, small | {"version": 2})
    assert await statuses(team, session) == ["cancelled", "cancelled", "booked", "cancelled", "booked"]
    assert await places(team, session) == (5, 5, 0, 0)
    assert await of_history(team, last["id"]) == [(None, "waiting", None), ("waiting", "booked", None)]


async def of_history(team: Team, subject: str) -> list[tuple[Any, ...]]:
    async with team.training.parts.app.open(work(team)) as session:
        rows = await session.execute(
            text("SELECT from_status, to_status, reason_code FROM status_history WHERE subject_id = :id ORDER BY id"),
            {"id": UUID(subject)},
        )
        return [tuple(row) for row in rows]


def work(team: Team) -> Work:
    return Work("training", team.partnership, team.organisation, "tester", "organisation")


async def test_a_session_planned_for_more_takes_in_who_waits_and_for_fewer_takes_nobodys_place(team: Team) -> None:
    session = await planned(team, capacity=2)
    for _ in range(4):
        await asked(team, session)
    assert (await replan(team, session, capacity=3)).status_code == 200
    assert await statuses(team, session) == ["booked", "booked", "booked", "waiting"]
    fewer = await replan(team, session, capacity=2)
    assert (fewer.status_code, fewer.json()["type"]) == (409, "/problems/more-places-booked")
    assert (fewer.json()["booked"], await places(team, session)) == (3, (3, 3, 0, 1))


async def test_a_session_that_is_called_off_takes_all_its_bookings_along(team: Team) -> None:
    session = await planned(team, capacity=1)
    first, second = await asked(team, session), await asked(team, session)
    answer = await team.trainer.post(f"/v1/sessions/{session}/cancel", {"reason_code": "weather"}, match=1)
    assert answer.status_code == 200
    assert await statuses(team, session) == ["cancelled", "cancelled"]
    assert (await of_history(team, first["id"]))[-1] == ("booked", "cancelled", "session_cancelled")
    assert (await of_history(team, second["id"]))[-1] == ("waiting", "cancelled", "session_cancelled")
    assert await told(team, "circle.place.offered.v1") == []


async def ring(team: Team, now: datetime) -> list[str]:
    """The sessions that are reminded of, in all, once the clocks of that time have been looked at."""
    while await timekeeper.raise_one(team.training.parts, team.training.handlers, now):
        pass
    return [one["session"] for one in await told(team, "circle.session.reminder-due.v1")]


async def test_whoever_has_a_place_is_reminded_two_days_before_and_once(team: Team) -> None:
    now = datetime.now(UTC)
    session, empty, dropped = [await planned(team) for _ in range(3)]
    await asked(team, session)
    await give_back(team, await asked(team, empty))
    await asked(team, dropped)
    await team.trainer.post(f"/v1/sessions/{dropped}/cancel", {"reason_code": "weather"}, match=1)
    assert await ring(team, now + timedelta(days=7, hours=23)) == []
    assert await ring(team, now + timedelta(days=8, minutes=1)) == [session]
    await replan(team, session, capacity=20)
    assert await ring(team, now + timedelta(days=8, hours=1)) == [session]


async def test_a_session_that_is_moved_is_reminded_of_before_its_new_time(team: Team) -> None:
    now = datetime.now(UTC)
    session = await planned(team)
    await asked(team, session)
    begins = now + timedelta(days=20)
    times = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=1)).isoformat()}
    assert (await replan(team, session, **times)).status_code == 200
    assert await ring(team, now + timedelta(days=17)) == []
    assert await ring(team, now + timedelta(days=18, minutes=1)) == [session]


async def test_bookings_page_in_the_order_of_asking(team: Team) -> None:
    session = await planned(team, capacity=3)
    for _ in range(5):
        await asked(team, session)
    at = f"/v1/sessions/{session}/bookings?limit=3"
    first = (await team.trainer.get(at)).json()
    second = (await team.trainer.get(f"{at}&cursor={first['next']}")).json()
    assert [one["turn"] for one in first["items"] + second["items"]] == [1, 2, 3, 4, 5]
    assert second["next"] is None
    for cursor in ("nonsense", "WyJ4Il0", "WyI5OTk5OTk5OTk5OSJd"):
        assert (await team.trainer.get(f"{at}&cursor={cursor}")).json()["type"] == "/problems/bad-cursor"


async def test_another_organisation_and_another_partnership_see_and_change_no_booking(
    training: Running, team: Team
) -> None:
    session = await planned(team)
    booking = await asked(team, session, name="Amina Yusuf")
    for other, expected in ((team.colleague_elsewhere(), 403), (Team(training), 404)):
        assert (await ask(other, session)).status_code == expected
        for path in ("bookings", "places"):
            assert (await other.trainer.get(f"/v1/sessions/{session}/{path}")).status_code == expected
        assert (await other.trainer.get(path_of(booking))).status_code == 404
        assert (await give_back(other, booking)).status_code == 404
        async with training.parts.app.open(work(other)) as opened:
            seen = await opened.execute(text("SELECT count(*) FROM bookings"))
            assert seen.scalar_one() == 0
    elsewhere = booking | {"session": await planned(team)}
    assert (await team.trainer.get(path_of(elsewhere))).status_code == 404
    assert (await give_back(team, elsewhere)).status_code == 404
    assert await statuses(team, session) == ["booked"]


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.TRAINER, Role.COORDINATOR, Role.PROJECT_MANAGER}))
async def test_a_role_that_does_not_train_books_nothing_and_sees_no_booking(team: Team, role: Role) -> None:
    caller, some = team.caller(role), new_id()
    for path in (f"sessions/{some}/bookings", f"sessions/{some}/places", f"sessions/{some}/bookings/{some}"):
        assert (await caller.get(f"/v1/{path}")).status_code == 403
    assert (await caller.post(f"/v1/sessions/{some}/bookings", {})).status_code == 403
    assert (await caller.post(f"/v1/sessions/{some}/bookings/{some}/cancel", {}, match=1)).status_code == 403


async def test_a_name_that_books_lies_sealed(team: Team) -> None:
    await asked(team, await planned(team), name="Aminazq Yusuf", organisation="Chapelzq")
    async with team.training.parts.worker.open(work(team)) as session:
        kept = await session.execute(text(
            "SELECT coalesce(string_agg(x::text, ''), '') FROM (SELECT b::text FROM bookings b UNION ALL"
            " SELECT a::text FROM attendees a UNION ALL SELECT o.data FROM outbox o) AS x"
            ))  # fmt: skip
        whole = kept.scalar_one().lower()
    for plain in ("aminazq", "chapelzq"):
        assert plain not in whole
        assert plain.encode().hex() not in whole
