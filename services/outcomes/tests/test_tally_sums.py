"""The sums that reports read are those of the tallies, whatever was added, in any order, for any period."""

import random
from datetime import date, timedelta
from itertools import combinations

import pytest

from services.outcomes.domain.blocks import FIRST
from services.outcomes.domain.dates import FAR
from services.outcomes.domain.figures import Unit
from services.outcomes.domain.steps import Step
from services.outcomes.tests.tallying import LAST, add, counted, distinct, less, told, work
from shared.testing import Running


@pytest.mark.parametrize(("seed", "span"), [(1, 3), (2, 40), (3, 700), (4, 4000)])
async def test_sums_are_those_of_every_step_for_any_period(outcomes: Running, seed: int, span: int) -> None:
    chance, here, held = random.Random(seed), work(), list[Step]()
    for _ in range(4):
        steps = distinct(chance, 12, span)
        held += steps
        await add(outcomes, here, steps)
    # A family's steps are taken away again when it counts otherwise.
    gone = [held.pop(chance.randrange(len(held))) for _ in range(10)]
    for one in gone:
        await add(outcomes, here, [less(one)])
    for _ in range(25):
        first, last = sorted(date(2026, 1, 1) + timedelta(days=chance.randrange(-2, 2 * span)) for _ in range(2))
        assert await told(outcomes, here, first, last) == counted(held, first, last), (first, last)
        assert await told(outcomes, here, date.min, last) == counted(held, date.min, last), last


async def test_the_days_at_either_end_count_and_those_outside_do_not(outcomes: Running) -> None:
    here, first, last = work(), date(2009, 11, 2), date(2010, 4, 29)
    days = (first - timedelta(days=1), first, last, last + timedelta(days=1))
    steps = [Step("cp_ended", day, plans=10**number) for number, day in enumerate(days)]
    await add(outcomes, here, steps)
    (tally,) = (await told(outcomes, here, first, last)).values()
    assert (tally.within[Unit.PLANS], tally.standing[Unit.PLANS]) == (110, 111)


@pytest.mark.parametrize("block", [0, 1, 200, 509])
async def test_steps_and_periods_may_begin_and_end_beside_any_edge_of_a_block(outcomes: Running, block: int) -> None:
    """Of blocks of 64 days: two days before three edges, the days of the edges, and two days within."""
    here = work()
    beside = [edge * 64 + more for edge in (block, block + 1, block + 2) for more in (-1, 0, 1, 30)]
    days = [FIRST + timedelta(days=number) for number in beside if number >= 0]
    pairs = list(combinations(days, 2))
    held = [Step("moved_4_3", *pair, families=number, children=1) for number, pair in enumerate(pairs, 1)]
    random.Random(block).shuffle(held)
    for some in (held[::2], held[1::2]):
        await add(outcomes, here, some)
    for first, last in pairs + [(day, day) for day in days]:
        if first > FIRST:
            assert await told(outcomes, here, first, last) == counted(held, first, last), (first, last)


async def test_the_tree_has_its_ends(outcomes: Running) -> None:
    here = work()
    edges = (date(1971, 5, 1), FIRST, LAST)
    await add(outcomes, here, [Step("cp_ended", day, plans=10**number) for number, day in enumerate(edges)])
    await add(outcomes, here, [Step("moved_4_3", date(2026, 1, 1), LAST + timedelta(days=1), families=1)])
    assert (await told(outcomes, here, date.min, FIRST))["cp_ended"].within[Unit.PLANS] == 11
    assert (await told(outcomes, here, LAST, LAST))["cp_ended"].within[Unit.PLANS] == 100
    assert (await told(outcomes, here, date.min, FAR))["moved_4_3"].within[Unit.FAMILIES] == 1


async def test_another_partnership_has_its_own(outcomes: Running) -> None:
    here, there = work(), work()
    await add(outcomes, here, [Step("cp_ended", date(2026, 1, 1), plans=1)])
    assert await told(outcomes, there, date.min, date(2026, 2, 1)) == {}
