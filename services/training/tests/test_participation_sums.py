"""The sums that reports read are those of the participations, whatever was written, in whatever order, by whomever."""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

from services.training.domain import LabelKind, SessionStatus
from services.training.domain.blocks import FIRST
from services.training.domain.sums import KINDS, Grouping
from services.training.models import Course, Participation, Programme, TrainingSession
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


async def test_days_before_1990_have_blocks_too(training: Running) -> None:
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
    for one, number in ((here, 1), (beside, 2), (stranger, 4)):
        await one.add([one.row(chance, day, counted=True) for _ in range(number)])
    assert sum((await here.told(Grouping.TOTAL, day, day)).values()) == 1
    assert sum((await here.told(Grouping.TOTAL, day, day, all_of_it=True)).values()) == 3
    assert sum((await stranger.told(Grouping.TOTAL, day, day, all_of_it=True)).values()) == 4


async def test_an_organisation_cannot_write_the_sums_of_another(training: Running) -> None:
    day = date(2026, 3, 29)
    here = await ground(training, day)
    beside = await ground(training, day, partnership=here.partnership)
    await beside.add([beside.row(random.Random(7), day, counted=True)])
    changing = text("UPDATE participation_sums SET n = '{99}' WHERE organisation_id = :organisation")
    with pytest.raises(Exception, match="row-level security"):
        await here.run(changing.bindparams(organisation=beside.organisation))


async def test_many_who_write_at_once_wait_for_each_other_and_nothing_is_lost(training: Running) -> None:
    """Each in statements of its own order over days that lie in different blocks of every size."""
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
        left = await session.execute(text("SELECT count(*) FROM participation_sums WHERE n <> '{}'"))
        assert left.scalar_one() == 0
