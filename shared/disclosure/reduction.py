"""A system with what is known of its boxes, without what that already decides, in parts that share no atom."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.disclosure.policy import Known
from shared.disclosure.system import Sum, System
from shared.disclosure.tables import Box


class ContradictionError(ValueError):
    """No table agrees with everything that was published: counts were changed between two releases."""


@dataclass(frozen=True, slots=True)
class Row:
    """low ≤ Σ coefficient × atom ≤ high; None: without end."""

    atoms: Mapping[int, int]
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows over some open atoms, and the sums that hang on them: (open atoms, what the decided ones add)."""

    atoms: tuple[int, ...]
    rows: tuple[Row, ...]
    sums: Mapping[Sum, tuple[Sum, int]]


@dataclass(frozen=True, slots=True)
class Reduced:
    decided: Mapping[int, int]
    parts: tuple[Part, ...]
    # Sums of which nothing is open, with their count.
    settled: Mapping[Sum, int]


def reduced(whole: System, known: Mapping[Box, Known], wanted: Iterable[Sum]) -> Reduced:
    """`known` is what was published of each box, `wanted` are the sums whose bounds will be asked for."""
    rows = [Row(dict.fromkeys(whole.boxes[box], 1), *known[box]) for box in known]
    rows += [Row(dict.fromkeys(left, 1) | dict.fromkeys(right, -1), 0, 0) for left, right in whole.links]
    decided: dict[int, int] = {}
    rows = _decide(rows, decided)
    parts = _Parts(whole.size)
    for row in rows:
        parts.join(row.atoms)
    asked = {one: tuple(atom for atom in one if atom not in decided) for one in wanted}
    for found in asked.values():
        parts.join(found)
    offset = {one: sum(decided.get(atom, 0) for atom in one) for one in asked}
    settled = {one: offset[one] for one, found in asked.items() if not found}
    unsettled = {one: (found, offset[one]) for one, found in asked.items() if found}
    return Reduced(decided, tuple(_parts(parts, rows, unsettled)), settled)


def _decide(rows: Sequence[Row], decided: dict[int, int]) -> list[Row]:
    """Set what a single row already fixes, again and again, and give back what is left of the rows."""
    left = list(rows)
    while True:
        before, kept = len(decided), []
        for row in left:
            remains = _without(row, decided)
            if not _fixes(remains, decided):
                kept.append(remains)
        left = kept
        if len(decided) == before:
            return [row for row in left if row.atoms and not _idle(row)]


def _without(row: Row, decided: Mapping[int, int]) -> Row:
    if not any(atom in decided for atom in row.atoms):
        return row
    gone = sum(factor * decided[atom] for atom, factor in row.atoms.items() if atom in decided)
    rest = {atom: factor for atom, factor in row.atoms.items() if atom not in decided}
    return Row(rest, row.low - gone, None if row.high is None else row.high - gone)


def _fixes(row: Row, decided: dict[int, int]) -> bool:
    """Whether the row says what its atoms are: none is left, all are zero, or there is one with one value."""
    if not row.atoms:
        if row.low > 0 or (row.high is not None and row.high < 0):
            raise ContradictionError
        return True
    plain = all(factor == 1 for factor in row.atoms.values())
    if plain and row.high is not None and row.high <= 0:
        if row.high < 0 or row.low > 0:
            raise ContradictionError
        decided.update(dict.fromkeys(row.atoms, 0))
        return True
    if plain and len(row.atoms) == 1 and row.low == row.high:
        decided[next(iter(row.atoms))] = row.low
        return True
    return False


def _idle(row: Row) -> bool:
    return row.low <= 0 and row.high is None and all(factor > 0 for factor in row.atoms.values())


class _Parts:
    """Which atoms hang together (union and find)."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def find(self, atom: int) -> int:
        while self._above[atom] != atom:
            self._above[atom] = self._above[self._above[atom]]
            atom = self._above[atom]
        return atom

    def join(self, atoms: Iterable[int]) -> None:
        roots = sorted({self.find(atom) for atom in atoms})
        for root in roots[1:]:
            self._above[root] = roots[0]


@dataclass
class _Open:
    rows: list[Row] = field(default_factory=list)
    sums: dict[Sum, tuple[Sum, int]] = field(default_factory=dict)


def _parts(parts: _Parts, rows: Sequence[Row], sums: Mapping[Sum, tuple[Sum, int]]) -> Iterable[Part]:
    """Only those on which a wanted sum hangs: of the others nothing is asked."""
    by_root: dict[int, _Open] = defaultdict(_Open)
    for one, found in sums.items():
        by_root[parts.find(found[0][0])].sums[one] = found
    for row in rows:
        root = parts.find(next(iter(row.atoms)))
        if root in by_root:
            by_root[root].rows.append(row)
    for part in by_root.values():
        atoms = {atom for row in part.rows for atom in row.atoms} | {
            a for found, _ in part.sums.values() for a in found
        }
        yield Part(tuple(sorted(atoms)), tuple(part.rows), part.sums)
