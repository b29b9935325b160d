"""How many people came, by what they were described as; and what of that nobody may be told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Generic, TypeVar

# As in published tables: a smaller count could point at somebody.
SMALLEST: Final = 6
_CENT: Final = Decimal("0.01")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Cell(Generic[K]):
    """How many people are described by one label; None: they did not say. `count` is None where it is withheld."""

    label: K | None
    count: int | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Counted(Generic[K]):
    """The cells of one grouping; `withheld` where even which labels there are would tell how many."""

    cells: tuple[Cell[K], ...]
    withheld: bool = False


def percent(count: int, total: int) -> Decimal:
    """To two decimals, half up."""
    return (Decimal(100 * count) / total).quantize(_CENT, ROUND_HALF_UP) if total else Decimal("0.00")


def withheld(counts: Mapping[K | None, int], *, anonymous: bool) -> frozenset[K | None] | None:
    """Which ethnicities of one session are not counted out where people came `anonymous`; None: all, labels included.

    Whoever was there could know whom a count under six means, also people who are allowed to see who came. They know
    the total too, and this rule: so the next smallest go along until the rest of the total does not say what the hidden
    ones are. People who did not say (None) are no small group, but their number may go along with a single one.
    """
    shown = {key: count for key, count in counts.items() if count}
    hidden = {key for key, count in shown.items() if anonymous and key is not None and count < SMALLEST}
    found = beside(hidden, shown)
    return None if found is None else frozenset(found)


def beside(hidden: Iterable[K | None], counts: Mapping[K | None, int]) -> set[K | None] | None:
    """The hidden ones of counts whose sum is told, and those that have to go along; None where that is not enough.

    Counts of nobody go along last, where they are shown at all.
    """
    found = set(hidden)
    # Beside several hidden ones they would tell that these are each as low or as high as can be.
    unsaid = [None] if counts.get(None) and len(found) == 1 else []
    while found and _gives_away(found, counts):
        others = {key: count for key, count in counts.items() if key is not None and key not in found}
        some = [count for count in others.values() if count]
        if some:
            # All that are as small: which of them is shown would tell of the other.
            found |= {key for key, count in others.items() if count == min(some)}
        elif unsaid:
            found.add(unsaid.pop())
        elif others:
            found.add(next(iter(others)))
        else:
            return None
    return found


def _gives_away(hidden: Iterable[K | None], counts: Mapping[K | None, int]) -> bool:
    """Whether the sum of the hidden counts says what they are: of one alone, or of several that are as low, or as high
    while they are all known to be under six, as can be."""
    found = [counts[key] for key in hidden]
    return len(found) == 1 or set(found) in ({1}, {SMALLEST - 1})


def counted(counts: Mapping[K | None, int], hidden: frozenset[K | None] | None = frozenset()) -> Counted[K]:
    """The cells with their shares of all of them."""
    if hidden is None:
        return Counted((), withheld=True)
    total = sum(counts.values())
    return Counted(
        tuple(
            Cell(key, None, None) if key in hidden else Cell(key, count, percent(count, total))
            for key, count in counts.items()
            if count
        )
    )
