"""The sums that reports read are those of the participations, whatever was written, in whatever order, by whomever."""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from services.training.domain import LabelKind, SessionStatus
from services.training.domain.reports import months
from services.training.domain.running import FIRST, number
from services.training.domain.sums import KINDS, Grouping
from services.training.models import Course, Participation, Programme, TrainingSession
from services.training.repository import sums
from services.training.tests.participating import Ground, counted, days
from shared.ids import new_id
from shared.testing import Running


async def ground(training: Running, *some: date, **of: Any) -> Ground:
    """An organisation with a session on each of these days."""
    here = Ground(training, **of)
    own = {"partnership_id": here.partnership, "organisation_id": here.organisation, "version": 1}
    listed: dict[str, list[str]] = {"topics": [], "learning_outcomes": [], "languages": []}
    programme, course, now = new_id(), new_id(), datetime.now(UTC)
    here.sessions = {day: new_id() for day in dict.fromkeys(some)}
    starts = {day: datetime(day.year, day.month, day.day, 10, tzinfo=UTC) for day in here.sessions}
    place = {"title": "Session", "status": SessionStatus.CLOSED, "online": True, "capacity": 20, "trainers": []}
    await here.run(
        insert(Programme).values(id=programme, title="Programme", created_at=now, **own),
        insert(Course).values(id=course, programme_id=programme, title="Course", created_at=now, **listed, **own),
        insert(TrainingSession).values([
            {"id": one, "course_id": course, "starts_at": starts[day], "ends_at": starts[day] + timedelta(hours=2)}
            | {"delivery_partners": [], "interpreters": [], "materials": [], "parts": 1}
            | listed | place | own
            for day, one in here.sessions.items()
        ]),
    )  # fmt: skip
    return here


async def agree(here: Ground, rows: list[dict[str, Any]], chance: random.Random, span: int, begin: date) -> None:
    """Every grouping over random periods, and over the edges."""
    periods = [sorted(days(chance, begin - timedelta(days=5), span + 10, 2)) for _ in range(6)]
    periods += [[begin, begin], [date.min, date.max]]
    for first, last in periods:
        for grouping in KINDS:
            told = await here.told(grouping, first, last)
            assert told == counted(rows, grouping, first, last), (grouping, first, last)


@pytest.mark.parametrize(("seed", "span"), [(1, 3), (2, 90), (3, 3000)])
async def test_sums_are_those_of_every_participation_after_every_change(
    training: Running, seed: int, span: int
) -> None:
    chance, begin = random.Random(seed), date(2009, 10, 20)
    here = await ground(training, *days(chance, begin, span, 12))
    rows = [here.row(chance, chance.choice(list(here.sessions))) for _ in range(150)]
    for some in (rows[:1], rows[1:50], rows[50:]):
        await here.add(some)
    await agree(here, rows, chance, span, begin)
    # Sessions are closed, people withdrawn, descriptions corrected, a session's day put right, people taken away.
    closed, gone, told, moved, erased = (chance.sample(rows, 30) for _ in range(5))
    day, group = chance.choice(list(here.sessions)), chance.choice(here.labels[LabelKind.ORGANISATION])
    for some, columns in (
        (closed, {"counted": True}),
        (gone, {"counted": False}),
        (told, {"ethnicity": None, "organisation": group}),
        (moved, {"day": day, "session_id": here.sessions[day]}),
    ):
        await here.change([row["id"] for row in some], **columns)
        for row in some:
            row.update(columns)
    await here.remove([row["id"] for row in erased])
    left = [row for row in rows if row not in erased]
    await agree(here, left, chance, span, begin)


async def test_the_days_at_either_end_count_and_those_outside_do_not(training: Running) -> None:
    first, last, chance = date(2009, 11, 2), date(2010, 4, 29), random.Random(4)
    outside = (first - timedelta(days=1), last + timedelta(days=1))
    here = await ground(training, first, last, *outside)
    await here.add([here.row(chance, day, counted=True) for day in here.sessions])
    assert sum((await here.told(Grouping.TOTAL, first, last)).values()) == 2
    assert sum((await here.told(Grouping.TOTAL, outside[0], last)).values()) == 3


async def test_days_before_1990_count_too(training: Running) -> None:
    old, chance = FIRST - timedelta(days=5000), random.Random(5)
    here = await ground(training, old, FIRST)
    await here.add([here.row(chance, day, counted=True) for day in here.sessions])
    assert sum((await here.told(Grouping.TOTAL, old, old)).values()) == 1
    assert sum((await here.told(Grouping.TOTAL, old, FIRST)).values()) == 2


async def test_sums_belong_to_whose_sessions_they_are_and_are_added_up_for_a_partnership_alone(
    training: Running,
) -> None:
    day, chance = date(2026, 3, 29), random.Random(6)
    here = await ground(training, day)
    beside = await ground(training, day, partnership=here.partnership)
    stranger = await ground(training, day)
    for one, many in ((here, 1), (beside, 2), (stranger, 4)):
        await one.add([one.row(chance, day, counted=True) for _ in range(many)])
    assert sum((await here.told(Grouping.TOTAL, day, day)).values()) == 1
    assert sum((await here.told(Grouping.TOTAL, day, day, all_of_it=True)).values()) == 3
    assert sum((await stranger.told(Grouping.TOTAL, day, day, all_of_it=True)).values()) == 4


async def test_an_organisation_cannot_write_the_sums_of_another(training: Running) -> None:
    day = date(2026, 3, 29)
    here = await ground(training, day)
    beside = await ground(training, day, partnership=here.partnership)
    await beside.add([beside.row(random.Random(7), day, counted=True)])
    changing = text("UPDATE participation_totals SET n = '{99}' WHERE organisation_id = :organisation")
    with pytest.raises(Exception, match="row-level security"):
        await here.run(changing.bindparams(organisation=beside.organisation))


async def test_many_who_write_at_once_wait_for_each_other_and_nothing_is_lost(training: Running) -> None:
    """Each in statements of its own order over days of the same month, of other months and of other years."""
    some = [date(2001, 3, 19), date(2001, 3, 20), date(2012, 6, 5), date(2023, 8, 22), date(2026, 1, 1)]
    here, chance = await ground(training, *some), random.Random(8)
    rows: list[dict[str, Any]] = []
    works = []
    for _ in range(8):
        order = chance.sample(some, len(some))
        mine = [[here.row(chance, day, counted=True) for _ in range(3)] for day in order]
        rows += [row for part in mine for row in part]
        works.append(here.run(*(insert(Participation).values(part) for part in mine)))
    await asyncio.gather(*works)
    for grouping in KINDS:
        assert await here.told(grouping, date.min, date.max) == counted(rows, grouping, date.min, date.max)


async def test_whatever_counts_by_no_more_leaves_nothing_behind(training: Running) -> None:
    day, chance = date(2026, 10, 25), random.Random(9)
    here = await ground(training, day)
    rows = [here.row(chance, day, counted=True) for _ in range(5)]
    await here.add(rows)
    await here.change([row["id"] for row in rows], counted=False)
    async with training.parts.app.open(here.work) as session:
        left = await session.execute(text("SELECT count(*) FROM participation_totals WHERE n <> '{}'"))
        assert left.scalar_one() == 0


async def test_months_that_are_asked_for_together_are_told_apart(training: Running) -> None:
    chance, first, last = random.Random(10), date(2023, 11, 12), date(2025, 2, 3)
    here = await ground(training, *days(chance, first - timedelta(days=20), 480, 40))
    rows = [here.row(chance, chance.choice(list(here.sessions))) for _ in range(120)]
    await here.add(rows)
    periods = months(first, last)
    async with training.parts.app.open(here.work) as session:
        found = await sums.read(session, Grouping.ETHNICITY_GENDER, periods, here.organisation)
        held = await sums.read_sessions(session, periods, here.organisation)
    for place, period in enumerate(periods):
        told = {(a, b): n for (at, a, b), n in found.items() if at == place}
        assert told == counted(rows, Grouping.ETHNICITY_GENDER, *period), period
        came = {(one, known): n for (at, one, known), n in held.items() if at == place}
        assert came == counted(rows, Grouping.SESSION, *period), period


async def test_one_statement_over_the_rows_of_two_organisations_changes_the_sums_of_both(training: Running) -> None:
    """As the worker may; a caller sees no rows of another organisation."""
    day, chance = date(2026, 3, 29), random.Random(11)
    here = await ground(training, day)
    beside = await ground(training, day, partnership=here.partnership)
    mine, theirs = ([one.row(chance, day, counted=True) for _ in range(3)] for one in (here, beside))
    await here.add(mine)
    await beside.add(theirs)
    await here.remove([mine[0]["id"], *(row["id"] for row in theirs)])
    assert sum((await here.told(Grouping.TOTAL, day, day)).values()) == 2
    assert not await beside.told(Grouping.TOTAL, day, day)


async def test_a_change_that_counts_nothing_else_writes_no_sums(training: Running) -> None:
    day, chance = date(2026, 3, 29), random.Random(12)
    here = await ground(training, day)
    rows = [here.row(chance, day, counted=True) for _ in range(3)]
    await here.add(rows)
    written = text("SELECT array_agg(xmin::text ORDER BY grouping, span) FROM participation_totals")
    async with training.parts.app.open(here.work) as session:
        before = (await session.execute(written)).scalar_one()
    await here.change([row["id"] for row in rows], recorded_by="somebody else")
    async with training.parts.app.open(here.work) as session:
        assert (await session.execute(written)).scalar_one() == before


async def test_nobody_comes_to_a_session_that_is_not_there(training: Running) -> None:
    """As a foreign key would say it; here it is looked at once a statement."""
    day, chance = date(2026, 3, 29), random.Random(13)
    here = await ground(training, day)
    stranger = await ground(training, day)
    row = here.row(chance, day)
    await here.add([row])
    for session in (new_id(), stranger.sessions[day]):
        with pytest.raises(IntegrityError, match="session that is not there"):
            await here.add([here.row(chance, day), here.row(chance, day, session_id=session)])
        with pytest.raises(IntegrityError, match="session that is not there"):
            await here.change([row["id"]], session_id=session)


@pytest.mark.parametrize("role", ["app", "worker"])
async def test_nobody_deletes_a_session(training: Running, role: str) -> None:
    here = await ground(training, date(2026, 3, 29))
    async with getattr(training.parts, role).open(here.work) as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("DELETE FROM sessions"))


async def test_the_version_before_reads_the_sums_of_blocks(training: Running) -> None:
    """It asks for blocks of 1, 4, 16 .. 4,096 days since 1990, and for sessions by single days."""
    chance, begin = random.Random(14), date(2025, 12, 20)
    here = await ground(training, *days(chance, begin, 60, 15))
    rows = [here.row(chance, chance.choice(list(here.sessions))) for _ in range(80)]
    await here.add(rows)
    asked = text(
        "SELECT c.a, c.b, sum(c.n)::integer FROM participation_sums s, unnest(s.a, s.b, s.n) AS c(a, b, n)"
        " WHERE s.grouping = :grouping AND s.size = :size AND s.block BETWEEN :first AND :last GROUP BY 1, 2"
    )
    sizes = [(grouping, size) for grouping in KINDS for size in (1, 16, 4096)] + [(Grouping.SESSION, 1)]
    async with training.parts.app.open(here.work) as session:
        for grouping, size in sizes:
            first, last = (number(day) // size for day in (date(2026, 1, 3), date(2026, 2, 1)))
            given = {"grouping": grouping.name.lower(), "size": size, "first": first, "last": last}
            found = {(a, b): n for a, b, n in await session.execute(asked, given)}
            ends = (FIRST + timedelta(days=first * size), FIRST + timedelta(days=(last + 1) * size - 1))
            assert found == counted(rows, grouping, *ends), (grouping, size)
