"""Sheets that are taken over: all rows or none, each content once, names sealed."""

import asyncio
from uuid import UUID

from services.training.service import imports
from services.training.sheets.rows import MAX_GROUPS, MAX_SESSIONS
from services.training.sheets.tests.files import LINE, csv
from services.training.tests.factories import Team
from services.training.tests.sending import (
    NAMED,
    apply,
    count,
    pass_time,
    problem,
    ready,
    send,
    sent,
    sessions,
    stored,
    work_of,
)
from shared.auth import Role
from shared.crypto import Subject
from shared.etag import Match
from shared.ids import new_id


async def test_every_row_becomes_a_participation_that_counts(team: Team) -> None:
    shown = await ready(team, NAMED, LINE, LINE.replace("French,NW1", ","))
    answer = await apply(team, shown)
    assert (answer.status_code, answer.json()["status"], answer.json()["progress"]) == (200, "applied", None)
    assert (answer.json()["labels"], answer.json()["sessions"]) == ([], [])
    rows = await stored(
        team,
        "SELECT day::text, parts, source, counted, attendee_id IS NOT NULL, language IS NULL, area IS NULL,"
        " import_id::text FROM participations WHERE partnership_id = :p ORDER BY attendee_id, language",
    )
    rest = (shown["id"],)
    assert [tuple(one) for one in rows] == [
        ("2009-11-02", [1], "sheet", True, True, False, False, *rest),
        ("2009-11-02", [1], "sheet", True, False, False, False, *rest),
        ("2009-11-02", [1], "sheet", True, False, True, True, *rest),
    ]
    labels = await stored(
        team,
        "SELECT l.kind, l.code, count(*) FROM participations p JOIN labels l"
        " ON l.id IN (p.organisation, p.ethnicity, p.gender, p.language, p.area) WHERE p.partnership_id = :p"
        " GROUP BY l.kind, l.code ORDER BY l.kind",
    )
    assert [tuple(one) for one in labels] == [
        ("area", "NW1", 2),
        ("ethnicity", "black_african", 3),
        ("gender", "female", 3),
        ("language", None, 2),
        ("organisation", None, 3),
    ]


async def test_a_sheet_with_an_error_or_without_a_row_is_not_taken_over(team: Team) -> None:
    shown = await ready(team, LINE, "never" + LINE)
    refused = await apply(team, shown)
    assert (*problem(refused), refused.json()["sheet_errors"]) == (409, "sheet-has-errors", 1)
    assert problem(await apply(team, await sent(team, csv()))) == (409, "sheet-without-rows")
    assert (await count(team), await sessions(team)) == (0, [])


async def test_the_same_content_is_taken_over_once_and_the_refusal_names_the_import(team: Team) -> None:
    shown, again = await ready(team, LINE), await ready(team, LINE)
    assert (await apply(team, shown)).status_code == 200
    refused = await apply(team, again)
    assert (*problem(refused), refused.json()["import"]) == (409, "already-imported", shown["id"])
    assert (await team.trainer.get(f"/v1/imports/{again['id']}")).json()["imported_before"] == shown["id"]
    assert await count(team) == 1
    neighbour = team.colleague_elsewhere()
    assert (await apply(neighbour, await ready(neighbour, LINE))).status_code == 200


async def test_of_the_same_content_twice_at_once_one_is_taken_over(team: Team) -> None:
    course, both = await team.course(), [await ready(team, LINE, NAMED) for _ in range(4)]
    answers = await asyncio.gather(*(apply(team, one, course) for one in both))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    assert {problem(one)[1] for one in answers if one.status_code == 409} == {"already-imported"}
    assert await count(team) == 2


async def test_the_same_name_with_the_same_group_is_the_same_person_under_a_key_of_their_own(team: Team) -> None:
    lines = [
        NAMED,
        NAMED.replace("2009-11-02", "2009-11-09").replace("Amina Yusuf", "AMINA yusuf"),
        NAMED.replace("Victory Chapel", "Another Chapel"),
        LINE,
    ]
    assert (await apply(team, await ready(team, *lines))).status_code == 200
    people = await stored(team, "SELECT id, name FROM attendees WHERE partnership_id = :p ORDER BY id")
    assert len(people) == 2
    vault = team.training.parts.vault
    for person, name in people:
        cipher = await vault.cipher(team.partnership, Subject.person(person))
        assert cipher.open("attendees.name", bytes(name)).casefold() == "amina yusuf"
        assert b"Amina" not in bytes(name)
    by = "SELECT count(*) FROM participations WHERE partnership_id = :p GROUP BY attendee_id ORDER BY 1"
    assert [one for (one,) in await stored(team, by)] == [1, 1, 2]


async def test_somebody_whom_another_sheet_has_named_already_is_not_recorded_twice(team: Team) -> None:
    course = await team.course()
    assert (await apply(team, await ready(team, NAMED), course)).status_code == 200
    shown = await ready(team, LINE, NAMED.replace("Amina Yusuf", "amina  YUSUF"), NAMED.replace("Amina", "Adnan"))
    refused = await apply(team, shown, course)
    assert (*problem(refused), refused.json()["rows"]) == (409, "already-attending", [3])
    assert await count(team) == 1


async def test_only_who_may_and_what_was_read_is_taken_over(team: Team) -> None:
    shown = await ready(team, LINE)
    path, body = f"/v1/imports/{shown['id']}/apply", {"course": await team.course()}
    assert (await team.caller(Role.VOLUNTEER).post(path, body, match=1)).status_code == 403
    neighbour = team.colleague_elsewhere()
    assert (await neighbour.trainer.post(path, body, match=shown["version"])).status_code == 404
    assert (await team.trainer.post(path, body)).status_code == 428
    assert (await team.trainer.post(path, body, match=shown["version"] + 1)).status_code == 412
    assert problem(await apply(team, shown, str(new_id()))) == (404, "not-found")
    assert problem(await apply(team, shown, await neighbour.course())) == (403, "forbidden")
    assert await count(team) == 0


async def test_what_was_taken_over_is_not_taken_over_or_discarded_again_and_its_rows_are_gone(team: Team) -> None:
    shown = await ready(team, NAMED)
    answer = await apply(team, shown)
    done = answer.json()
    assert problem(await apply(team, done)) == (409, "illegal-move")
    discarded = await team.trainer.post(f"/v1/imports/{done['id']}/discard", match=done["version"])
    assert problem(discarded) == (409, "illegal-move")
    assert await stored(team, "SELECT 1 FROM import_parts WHERE partnership_id = :p") == []
    await pass_time(team)
    keys = await team.training.parts.vault.destroyed()
    assert (team.partnership, Subject.case(UUID(done["id"]))) in set(keys)


async def test_the_same_request_with_the_same_key_is_done_once(team: Team) -> None:
    shown, course = await ready(team, LINE), await team.course()
    headers = {"Idempotency-Key": str(new_id())}
    first = await apply(team, shown, course, headers=headers)
    again = await apply(team, shown, course, headers=headers)
    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())
    assert await count(team) == 1


async def test_a_discard_that_is_not_committed_leaves_a_sheet_that_can_be_read_and_taken_over(team: Team) -> None:
    shown = await ready(team, LINE)
    async with team.training.parts.app.open(work_of(team)) as session:
        await imports.discard(session, UUID(shown["id"]), Match(shown["version"]))
        await session.flush()
    await pass_time(team)
    assert (await team.trainer.get(f"/v1/imports/{shown['id']}")).json() == shown
    assert (await apply(team, shown)).status_code == 200


async def test_a_file_of_too_many_sessions_or_groups_is_refused(team: Team) -> None:
    many = [LINE.replace("Keeping", f"Keeping {number}") for number in range(MAX_SESSIONS + 1)]
    groups = [LINE.replace("Victory", f"Victory {number}") for number in range(MAX_GROUPS + 1)]
    for lines, name in ((many, "too-many-sessions"), (groups, "too-many-labels")):
        assert problem(await send(team.trainer, csv(*lines))) == (422, name)
