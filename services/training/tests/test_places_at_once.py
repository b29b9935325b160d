"""Several ask for places, give them back and plan anew at once: never more are booked than there is room."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from services.training.tests.bookings import ask, asked, give_back, places, planned, replan, statuses, told
from services.training.tests.factories import Team


async def test_of_many_who_want_the_last_place_at_once_one_gets_it(team: Team) -> None:
    session = await planned(team, capacity=3)
    await asked(team, session, places=2)
    answers = await asyncio.gather(*(asked(team, session, name=f"Person {number}") for number in range(8)))
    assert Counter(one["status"] for one in answers) == {"booked": 1, "waiting": 7}
    assert sorted(one["turn"] for one in answers) == list(range(2, 10))
    assert next(one for one in answers if one["status"] == "booked")["turn"] == 2
    assert await places(team, session) == (3, 3, 0, 7)


async def test_the_same_person_asking_many_times_at_once_has_one_booking(team: Team) -> None:
    session = await planned(team)
    answers = await asyncio.gather(*(ask(team, session, name="Amina Yusuf") for _ in range(6)))
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}


@pytest.mark.parametrize("_round", range(3))
async def test_two_who_give_back_at_once_let_two_move_up_and_no_more(team: Team, _round: int) -> None:
    session = await planned(team, capacity=4)
    booked = [await asked(team, session) for _ in range(4)]
    for _ in range(3):
        await asked(team, session)
    answers = await asyncio.gather(give_back(team, booked[0]), give_back(team, booked[2]))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await statuses(team, session))[4:] == ["booked", "booked", "waiting"]
    assert await places(team, session) == (4, 4, 0, 1)
    assert len(await told(team, "circle.place.offered.v1")) == 2


async def all_of(team: Team, session: str) -> list[dict[str, Any]]:
    return list((await team.trainer.get(f"/v1/sessions/{session}/bookings?limit=200")).json()["items"])


@pytest.mark.parametrize("capacity", [2, 4, 6])
async def test_planning_anew_beside_asking_and_giving_back_books_never_more_than_there_is_room(
    team: Team, capacity: int
) -> None:
    session = await planned(team, capacity=4)
    first = [await asked(team, session) for _ in range(5)]
    answers = await asyncio.gather(
        replan(team, session, capacity=capacity),
        *(ask(team, session, places=2) for _ in range(3)),
        *(give_back(team, one) for one in first[:2]),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 409, 412}
    room, booked, free, _ = await places(team, session)
    assert (booked <= room, free) == (True, room - booked)
    smallest = [one for one in (await all_of(team, session)) if one["status"] == "waiting" and one["places"] <= free]
    assert smallest == []
