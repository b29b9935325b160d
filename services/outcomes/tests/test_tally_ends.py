"""The counts of ends by first days are those that the migration fills in, whoever wrote which tally when."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date, timedelta
from importlib import import_module
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from services.outcomes.domain import blocks
from services.outcomes.domain.steps import Step
from services.outcomes.repository import tallies
from services.outcomes.tests.tallying import add, counted, distinct, less, told, work
from shared.testing import Running

FILL: Final = import_module("services.outcomes.migrations.versions.v0008_tally_ends").FILL
# Every count that there is, each from where it begins to be what it is.
_COUNTS: Final = """
SELECT figure, block, stretch, until, place, families, children, plans FROM (
  SELECT c.*, lag(ROW(families, children, plans), 1, ROW(0::bigint, 0::bigint, 0::bigint))
    OVER (PARTITION BY figure, block, stretch, place ORDER BY until) AS known
  FROM (
    SELECT figure, block, stretch, until, place, coalesce(families[place], 0)::bigint AS families,
      coalesce(children[place], 0)::bigint AS children, coalesce(plans[place], 0)::bigint AS plans
    FROM {table}, generate_series(0, 66) AS place WHERE partnership_id = $1
  ) AS c
) AS c WHERE ROW(families, children, plans) IS DISTINCT FROM known ORDER BY 1, 2, 3, 4, 5
"""
# What the version before asks.
_SPANS: Final = """
SELECT figure, sum(families) AS families FROM tally_spans
WHERE partnership_id = $1 AND until_block = ANY ($2::integer[]) AND day_block = ANY ($3::integer[]) GROUP BY figure
"""


@pytest_asyncio.fixture(loop_scope="session")
async def admin(stack: Any) -> AsyncIterator[Any]:
    """A superuser's connection to this worker's own outcomes database."""
    connection = await asyncpg.connect(stack.admin_dsn, database=stack.database("outcomes"))
    yield connection
    await connection.close()


async def kept(admin: Any, partnership: UUID, table: str = "public.tally_ends") -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await admin.fetch(_COUNTS.format(table=table), partnership)]


async def filled(admin: Any, partnership: UUID) -> list[tuple[Any, ...]]:
    """What the migration would fill in, now."""
    await admin.execute("CREATE TEMPORARY TABLE tally_ends (LIKE public.tally_ends)")
    await admin.execute(FILL)
    found = await kept(admin, partnership, "pg_temp.tally_ends")
    await admin.execute("DROP TABLE pg_temp.tally_ends")
    return found


@pytest.mark.parametrize(("seed", "span"), [(11, 4), (12, 90), (13, 900), (14, 6000)])
async def test_what_is_kept_is_what_the_migration_fills_in(outcomes: Running, admin: Any, seed: int, span: int) -> None:
    chance, here, held = random.Random(seed), work(), list[Step]()
    for _ in range(5):
        steps = distinct(chance, 12, span)
        held += steps
        await add(outcomes, here, steps)
        for _ in range(4):
            await add(outcomes, here, [less(held.pop(chance.randrange(len(held))))])
        # The same keys once more: the tallies are updated.
        for again in chance.sample(held, 4):
            held.append(again)
            await add(outcomes, here, [again])
        assert await kept(admin, here.partnership) == await filled(admin, here.partnership)
    await admin.execute("DELETE FROM tallies WHERE partnership_id = $1 AND figure = 'cp_ended'", here.partnership)
    assert await kept(admin, here.partnership) == await filled(admin, here.partnership)
    assert {row[0] for row in await kept(admin, here.partnership)} == {"moved_4_3", "star_gained"}


async def waits(admin: Any, process: int) -> None:
    """Until that session waits for another one."""
    async with asyncio.timeout(60):
        while not await admin.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", process):  # noqa: ASYNC110 - only the database knows
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("first", "second"), [(100, 140), (140, 100), (100, 101), (100, 100), (100, 300), (300, 100)])
async def test_two_who_end_steps_of_one_figure_at_once_are_both_counted(
    outcomes: Running, admin: Any, first: int, second: int
) -> None:
    here, day = work(), date(2026, 1, 1)
    held = [Step("moved_4_3", day + timedelta(days=n), day + timedelta(days=n + 150), families=1) for n in (0, 20)]
    await add(outcomes, here, held)
    one, other = (Step("moved_4_3", day, day + timedelta(days=days), 1, 2, 4) for days in (first, second))
    async with outcomes.parts.app.open(here) as earlier, outcomes.parts.app.open(here) as later:
        await tallies.add(earlier, [one])
        process = await (await later.connection()).exec_driver_sql("SELECT pg_backend_pid()")
        async with asyncio.TaskGroup() as both:
            both.create_task(tallies.add(later, [other]))
            await waits(admin, process.scalar_one())
            await outcomes.parts.app.commit(earlier)
        await outcomes.parts.app.commit(later)
    assert await kept(admin, here.partnership) == await filled(admin, here.partnership)
    held += [one, other]
    for eve in (20, 99, 120):
        begin, end = day + timedelta(days=5), day + timedelta(days=eve)
        assert await told(outcomes, here, begin, end) == counted(held, begin, end), eve


async def test_the_version_before_reads_what_it_read_until_it_is_gone(outcomes: Running) -> None:
    """By its own statement, as the app's login and as another partnership's."""
    chance, here = random.Random(7), work()
    steps = distinct(chance, 40, 500)
    await add(outcomes, here, steps)
    last, eve = date(2026, 9, 1), date(2026, 6, 14)
    days = blocks.DAYS - (last - blocks.FIRST).days - 1
    later = [days >> bit << bit for bit in range(15) if days >> bit & 1]
    want = dict[str, int]()
    for step in steps:
        if step.day <= eve and last < step.until <= date(2079, 1, 1):
            want[step.figure] = want.get(step.figure, 0) + step.families
    for who, expected in ((here, want), (work(), {})):
        async with outcomes.parts.app.open(who) as session:
            rows = await (await session.connection()).exec_driver_sql(
                _SPANS, (here.partnership, later, blocks.until(eve))
            )
            assert {row["figure"]: int(row["families"]) for row in rows.mappings()} == expected
    assert want
