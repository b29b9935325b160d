"""The sums that reports read are those of the tallies, whatever was added, in any order, for any period."""

import random
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from services.outcomes.domain.blocks import DAYS, FIRST
from services.outcomes.domain.dates import FAR
from services.outcomes.domain.figures import Tally, Unit
from services.outcomes.domain.steps import Step
from services.outcomes.repository import tallies
from shared.db import Work
from shared.ids import new_id
from shared.testing import Running

FIGURES = ("moved_4_3", "star_gained", "cp_ended")
LAST = FIRST + timedelta(days=DAYS - 1)


def work() -> Work:
    return Work("outcomes", new_id(), None, "worker:test", "service")


async def add(outcomes: Running, here: Work, steps: Iterable[Step]) -> None:
    async with outcomes.parts.app.open(here) as session:
        await tallies.add(session, sorted(steps, key=lambda step: (step.figure, step.day, step.until)))
        await outcomes.parts.app.commit(session)


async def told(outcomes: Running, here: Work, first: date, last: date) -> dict[str, Tally]:
    async with outcomes.parts.app.open(here) as session:
        found = await tallies.sums(session, first, last)
    return {figure: tally for figure, tally in found.items() if any(tally.standing.values())}


def counted(steps: list[Step], first: date, last: date) -> dict[str, Tally]:
    """The same, one step after the other."""
    found = {}
    for figure in FIGURES:
        standing = [step for step in steps if step.figure == figure and step.day <= last < step.until]
        within = [step for step in standing if step.day >= first]
        if standing:
            found[figure] = Tally(
                *({unit: sum(getattr(step, unit) for step in some) for unit in Unit} for some in (within, standing))
            )
    return found


def distinct(chance: random.Random, number: int, span: int) -> list[Step]:
    """Steps of different days, more than two thirds of them with an end."""
    found: dict[tuple[str, date, date], Step] = {}
    for _ in range(number):
        day = date(2026, 1, 1) + timedelta(days=chance.randrange(span))
        until = FAR if chance.random() < 0.3 else day + timedelta(days=1 + chance.randrange(span))
        figure = chance.choice(FIGURES)
        step = Step(figure, day, until, chance.randrange(1, 4), chance.randrange(4), chance.randrange(4))
        found[figure, day, until] = step
    return list(found.values())


@pytest.mark.parametrize(("seed", "span"), [(1, 3), (2, 40), (3, 700), (4, 4000)])
async def test_sums_are_those_of_every_step_for_any_period(outcomes: Running, seed: int, span: int) -> None:
    chance, here, held = random.Random(seed), work(), list[Step]()
    for _ in range(4):
        steps = distinct(chance, 12, span)
        held += steps
        await add(outcomes, here, steps)
    # A family's steps are taken away again when it counts otherwise.
    gone = [held.pop(chance.randrange(len(held))) for _ in range(10)]
    less = [Step(s.figure, s.day, s.until, -s.families, -s.children, -s.plans) for s in gone]
    for one in less:
        await add(outcomes, here, [one])
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
