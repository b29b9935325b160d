"""Adds steps to a partnership's tallies and reads their sums; and the same sums, one step after the other."""

import random
from collections.abc import Iterable
from datetime import date, timedelta

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


def less(step: Step) -> Step:
    """What takes a step away again."""
    return Step(step.figure, step.day, step.until, -step.families, -step.children, -step.plans)
