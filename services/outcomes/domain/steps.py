"""What a family adds to the partnership's tallies: counted steps, each from one day until it is overtaken."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from services.outcomes.domain.dates import FAR


@dataclass(frozen=True, slots=True)
class Step:
    """One figure's share of one family: it counts in any report that looks from `day` on and before `until`."""

    figure: str
    day: date
    until: date = FAR
    families: int = 0
    children: int = 0
    plans: int = 0


State = tuple[str, int] | None


def family_steps(days: Iterable[date], state_at: Callable[[date], State]) -> Iterator[Step]:
    """The steps of a state (figure, children) that can change only on these days."""
    current: State = None
    since = date.min
    for day in sorted(set(days)):
        state = state_at(day)
        if state == current:
            continue
        if current is not None:
            yield Step(current[0], since, day, families=1, children=current[1])
        current, since = state, day
    if current is not None:
        yield Step(current[0], since, families=1, children=current[1])


def changes(before: Iterable[Step], after: Iterable[Step]) -> list[Step]:
    """What to add to the tallies so that they hold `after` in place of `before`, in one order for everybody."""
    sums: dict[tuple[str, date, date], list[int]] = {}
    for sign, steps in ((-1, before), (1, after)):
        for step in steps:
            row = sums.setdefault((step.figure, step.day, step.until), [0, 0, 0])
            for place, value in enumerate((step.families, step.children, step.plans)):
                row[place] += sign * value
    return [Step(*key, *row) for key, row in sorted(sums.items()) if any(row)]
