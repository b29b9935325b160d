"""Sessions that the rows of a sheet belong to: found, made, or in the way."""

import asyncio
from datetime import UTC, datetime, timedelta

from services.training.sheets.tests.files import LINE
from services.training.tests.attendance import recorded, somebody
from services.training.tests.factories import Team
from services.training.tests.sending import (
    NAMED,
    YESTERDAY,
    apply,
    count,
    planned,
    problem,
    ready,
    sessions,
    stored,
)
from shared.calendar import civil_date


async def test_a_session_that_nobody_planned_is_made_closed_and_says_what_is_not_known(team: Team) -> None:
    shown = await ready(team, LINE, LINE, LINE.replace("2009-11-02", "2010-07-01"))
    course = await team.course()
    assert (await apply(team, shown, course)).status_code == 200
    first, second = await sessions(team)
    assert (first["title"], first["status"], first["course"], first["capacity"]) == (
        "Keeping safe",
        "closed",
        course,
        2,
    )
    assert (first["from_sheet"], first["place"], first["trainers"]) == (True, None, [])
    # The civil day from midnight to midnight, in winter and in summer.
    assert (first["starts_at"], first["ends_at"]) == ("2009-11-02T00:00:00Z", "2009-11-03T00:00:00Z")
    assert (second["starts_at"], second["ends_at"]) == ("2010-06-30T23:00:00Z", "2010-07-01T23:00:00Z")
    told = [kind for kind, _ in await team.training.outbox(team.partnership)]
    assert told == ["circle.session.closed.v1"] * 2


async def test_rows_go_to_the_session_that_there_is_which_is_closed_by_that(team: Team) -> None:
    course = await team.course()
    there = await planned(team, course, title="KEEPING  safe")
    assert (await apply(team, await ready(team, YESTERDAY, YESTERDAY), course)).status_code == 200
    (found,) = await sessions(team)
    assert (found["id"], found["status"], found["from_sheet"]) == (there["id"], "closed", False)
    history = "SELECT from_status, to_status FROM status_history WHERE subject_kind = 'session' AND partnership_id = :p"
    assert [tuple(one) for one in await stored(team, history + " ORDER BY recorded_at, id")] == [
        (None, "planned"),
        ("planned", "held"),
        ("held", "closed"),
    ]
    # One of another course is another session, though it has the day and the title.
    assert (await apply(team, await ready(team, YESTERDAY))).status_code == 200
    assert len(await sessions(team)) == 2


async def test_a_later_sheet_adds_to_a_session_that_is_closed_and_more_came_than_the_sheet_before_said(
    team: Team,
) -> None:
    course = await team.course()
    for lines in ([LINE], [LINE, LINE]):
        assert (await apply(team, await ready(team, *lines), course)).status_code == 200
    (found,) = await sessions(team)
    assert (found["capacity"], await count(team)) == (3, 3)
    assert len(await team.training.outbox(team.partnership)) == 1


async def test_whoever_is_added_later_to_a_session_known_from_a_sheet_needs_no_reason(team: Team) -> None:
    assert (await apply(team, await ready(team, LINE))).status_code == 200
    (found,) = await sessions(team)
    await recorded(team, found["id"], somebody(), somebody())
    (found,) = await sessions(team)
    assert (found["capacity"], found["over_capacity_reason"], await count(team)) == (3, None, 3)


async def test_whoever_is_recorded_already_takes_room_beside_the_sheets_rows(team: Team) -> None:
    course = await team.course()
    there = await planned(team, course)
    await recorded(team, there["id"], somebody())
    refused = await apply(team, await ready(team, YESTERDAY, YESTERDAY), course)
    assert problem(refused) == (409, "over-capacity")
    assert (await apply(team, await ready(team, YESTERDAY), course)).status_code == 200
    assert await count(team) == 2


async def test_more_people_than_there_was_room_for_need_a_reason(team: Team) -> None:
    course = await team.course()
    there = await planned(team, course)
    shown = await ready(team, *[YESTERDAY] * 3)
    refused = await apply(team, shown, course)
    assert (*problem(refused), refused.json()["sessions"]) == (
        409,
        "over-capacity",
        [{"row": 2, "session": there["id"]}],
    )
    assert await count(team) == 0
    allowed = await apply(team, shown, course, body={"over_capacity_reason": "larger_room"})
    assert allowed.status_code == 200
    assert (await stored(team, "SELECT over_capacity_reason FROM sessions WHERE partnership_id = :p"))[0][0]


async def test_rows_of_a_session_that_was_called_off_or_has_not_begun_are_refused(team: Team) -> None:
    course = await team.course()
    there = await planned(team, course)
    await team.trainer.post(f"/v1/sessions/{there['id']}/cancel", {"reason_code": "weather"}, match=there["version"])
    refused = await apply(team, await ready(team, LINE, YESTERDAY), course)
    assert (*problem(refused), refused.json()["sessions"][0]["row"]) == (409, "session-cancelled", 3)
    soon = datetime.now(UTC) + timedelta(seconds=30)
    hours = {"starts_at": soon.isoformat(), "ends_at": (soon + timedelta(hours=1)).isoformat()}
    other = await team.course()
    await planned(team, other, **hours)
    today = LINE.replace("2009-11-02", civil_date(soon).isoformat())
    if civil_date(soon) == civil_date(datetime.now(UTC)):
        assert problem(await apply(team, await ready(team, today), other)) == (409, "session-not-begun")
    assert await count(team) == 0


async def test_two_sessions_of_one_day_and_title_are_not_chosen_between(team: Team) -> None:
    course = await team.course()
    await planned(team, course)
    await planned(team, course)
    assert problem(await apply(team, await ready(team, YESTERDAY), course)) == (409, "session-ambiguous")


async def test_a_round_takes_its_first_and_its_last_day_and_no_day_outside(team: Team) -> None:
    programme = (await team.trainer.post("/v1/programmes", {"title": "Community"})).json()["id"]
    course = (await team.trainer.post("/v1/courses", {"programme": programme, "title": "Talks"})).json()["id"]
    body = {"programme": programme, "title": "Round", "from": "2009-11-02", "to": "2010-04-29"}
    among = (await team.trainer.post("/v1/rounds", body)).json()
    last = LINE.replace("2009-11-02", "2010-04-29")
    shown = await ready(team, LINE, last)
    named = {"body": {"round": among["id"]}}
    assert problem(await apply(team, shown, course, **named)) == (409, "round-not-open")
    await team.trainer.post(f"/v1/rounds/{among['id']}/open", match=among["version"])
    outside = await ready(team, LINE, last.replace("29", "30"), LINE.replace("11-02", "11-01"))
    refused = await apply(team, outside, course, **named)
    assert (*problem(refused), [one["row"] for one in refused.json()["sessions"]]) == (409, "outside-round", [3, 4])
    assert (await apply(team, shown, course, **named)).status_code == 200
    assert await stored(team, "SELECT 1 FROM sessions WHERE round_id IS NOT NULL AND partnership_id = :p") == [
        (1,),
        (1,),
    ]
    elsewhere = await ready(team, LINE, LINE, LINE)
    assert problem(await apply(team, elsewhere, body={"round": among["id"]})) == (409, "round-of-another-programme")


async def test_different_sheets_at_once_about_one_session_make_it_once(team: Team) -> None:
    course = await team.course()
    sheets = [await ready(team, *[LINE] * rows, NAMED.replace("Amina", f"Amina {rows}")) for rows in (1, 2, 3)]
    answers = await asyncio.gather(*(apply(team, one, course) for one in sheets))
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert (len(await sessions(team)), await count(team)) == (1, 9)
