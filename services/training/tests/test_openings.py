"""Sessions that everybody may read of: those that somebody declared public, and of them what is for everybody."""

from datetime import timedelta
from typing import Any

import pytest

from services.training.domain import Room, room
from services.training.tests.attendance import anyhow, in_the_database
from services.training.tests.bookings import IN_TEN_DAYS, asked, give_back, planned, replan
from services.training.tests.factories import Team, session_body
from shared.auth import Role

OPEN: dict[str, Any] = {"public": True, "how_to_book": "Ask the town's training desk."}


async def _read(team: Team) -> list[dict[str, Any]]:
    answer = await team.training.anonymous().get(f"/v1/public/sessions?partnership={team.partnership}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=60"
    return list(answer.json()["items"])


async def test_a_session_is_nobody_elses_business_unless_somebody_says_so(team: Team) -> None:
    await planned(team)
    assert await _read(team) == []
    session = await planned(team, **OPEN)
    assert [one["id"] for one in await _read(team)] == [session]


async def test_what_everybody_reads_names_no_partner_no_venue_and_no_trainer(team: Team) -> None:
    said = {"delivery_partners": ["Victory Chapel"], "interpreters": ["so"], "title": "With Victory Chapel"}
    await planned(team, **OPEN, **said)
    (one,) = await _read(team)
    assert set(one) == {
        "id", "partnership", "course", "topics", "starts_at", "ends_at", "outcode", "languages", "interpreters",
        "how_to_book", "room",
    }  # fmt: skip
    assert (one["course"], one["outcode"], one["interpreters"]) == ("Induction", "SS2", ["so"])
    assert "Victory Chapel" not in str(one)
    assert "Town hall" not in str(one)


async def test_how_many_are_booked_is_told_as_places_few_or_waiting_list(team: Team) -> None:
    session = await planned(team, **OPEN, capacity=5)
    rooms = [(await _read(team))[0]["room"]]
    some = await asked(team, session, places=2)
    rooms.append((await _read(team))[0]["room"])
    await asked(team, session, places=3)
    rooms.append((await _read(team))[0]["room"])
    await give_back(team, some)
    rooms.append((await _read(team))[0]["room"])
    assert rooms == ["places", "few", "waiting_list", "few"]


async def test_the_place_of_whoever_is_erased_is_told_as_free_again(team: Team) -> None:
    session = await planned(team, **OPEN, capacity=1)
    booking = await asked(team, session, name="Amina Yusuf")
    assert [one["room"] for one in await _read(team)] == ["waiting_list"]
    body = {"reason_code": "person_asked"}
    erased = await team.caller(Role.DPO).post(f"/v1/attendees/{booking['attendee']}/erase", body)
    assert erased.status_code == 204
    assert [one["room"] for one in await _read(team)] == ["few"]


@pytest.mark.parametrize(
    ("capacity", "booked", "expected"),
    [(12, 8, Room.PLACES), (12, 9, Room.FEW), (60, 54, Room.FEW), (60, 53, Room.PLACES), (3, 4, Room.WAITING_LIST)],
)
def test_a_few_are_three_or_a_tenth(capacity: int, booked: int, expected: Room) -> None:
    assert room(capacity, booked) is expected


async def test_it_is_gone_once_it_is_called_off_or_not_public_any_more(team: Team) -> None:
    called_off, hidden = await planned(team, **OPEN), await planned(team, **OPEN)
    await anyhow(team, f"/v1/sessions/{called_off}/cancel", {"reason_code": "weather"})
    assert [one["id"] for one in await _read(team)] == [hidden]
    assert (await replan(team, hidden, public=False)).status_code == 200
    assert await _read(team) == []
    assert (await replan(team, hidden, **OPEN, capacity=2)).status_code == 200
    assert [one["room"] for one in await _read(team)] == ["few"]


async def test_one_that_has_begun_is_not_shown_even_to_whoever_asks_the_table_itself(team: Team) -> None:
    await team.session(**OPEN, starts=timedelta(hours=-1))
    assert await _read(team) == []
    assert len(await in_the_database(team, "SELECT id FROM openings")) == 1


async def test_whoever_opens_a_session_says_whom_to_ask(team: Team) -> None:
    body = session_body(await team.course(), starts=IN_TEN_DAYS, public=True)
    answer = await team.trainer.post("/v1/sessions", body)
    assert answer.status_code == 422
    assert "how_to_book" in answer.text
