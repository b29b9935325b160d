"""Hides small counts, and as few others as it can, until nothing hidden can be inferred from this or earlier releases.

Primary cells come first. Then, for each count that could be inferred, a linear program looks for the cheapest way in
which the table could be another one with that count further away: each shown figure that would differ is hidden too.
"""

from collections.abc import Iterable, Sequence
from math import log2
from typing import Final

from shared.disclosure.audit import Search, knowledge, overlapping
from shared.disclosure.counting import Counted, Record, counted
from shared.disclosure.policy import DEFAULT, Figure, Mark, Policy
from shared.disclosure.reduction import ContradictionError, Row
from shared.disclosure.solver import ImpossibleError, Limits, Program
from shared.disclosure.system import Sum, System, system
from shared.disclosure.tables import Box, Definition, Release

_MOVED: Final = 1e-6
# Above it (secondary cells × atoms) it is not tried out which of them could be shown after all.
_MOST_TRIED: Final = 20_000


class CannotProtectError(ValueError):
    """What earlier releases and unavoidable zeros tell gives a hidden count away, whatever is hidden here."""


def suppress(
    definition: Definition, records: Sequence[Record], policy: Policy = DEFAULT, earlier: Sequence[Release] = ()
) -> Release:
    """The release of these tables. `records` are those of its dates and of every earlier release that touches it."""
    true = counted(definition, records)
    primary = frozenset(box for box, count in true.counts.items() if policy.small(count))
    hidden = set(primary)
    release = _release(true, policy, primary, hidden)
    if not policy.secondary:
        return release
    near = overlapping(release, earlier)
    whole = system([one.definition for one in near], {box for one in near for box in one.figures})
    truth = whole.truth(records)
    _same_as_published(whole, truth, near[1:])
    while broken := _broken(release, near[1:], whole):
        moves = _Moves(whole, truth, release, near[1:])
        for one, width in broken:
            hidden |= moves.other_figures(one, width, hidden)
        grown = _release(true, policy, primary, hidden)
        if grown.hidden == release.hidden:
            hidden.add(_cheapest(release))
            grown = _release(true, policy, primary, hidden)
        release = grown
    return _shown_again(true, release, near[1:], whole)


def _release(true: Counted, policy: Policy, primary: frozenset[Box], hidden: Iterable[Box]) -> Release:
    overall = true.definition.overall
    figures: dict[Box, Figure] = {box: policy.shown(count, box == overall) for box, count in true.counts.items()}
    figures |= dict.fromkeys(hidden, Mark.HIDDEN) | dict.fromkeys(true.lacking, Mark.NOT_AVAILABLE)
    return Release(true.definition, policy, figures, primary)


def _same_as_published(whole: System, truth: Sequence[int], earlier: Sequence[Release]) -> None:
    """Where a count has changed since it was published, the two figures would tell what was added."""
    for box, (low, high) in knowledge(earlier).items():
        count = sum(truth[atom] for atom in whole.boxes[box])
        if count < low or (high is not None and count > high):
            raise ContradictionError


def _broken(release: Release, earlier: Sequence[Release], whole: System) -> list[tuple[Sum, int]]:
    """Every count of any release that can be inferred, and how far apart its bounds would have to be."""
    return [(one, need.width) for one, need in Search((release, *earlier), whole).unmet()]


def _cheapest(release: Release) -> Box:
    """The smallest figure that is still shown and can be hidden."""
    shown = [(figure, box) for box, figure in release.figures.items() if not isinstance(figure, Mark) and figure > 0]
    if not shown:
        raise CannotProtectError
    return min(shown, key=lambda one: (one[0], one[1].key()))[1]


def _shown_again(true: Counted, release: Release, earlier: Sequence[Release], whole: System) -> Release:
    """Cells that were hidden on the way and need not be, the largest first."""
    extra = sorted(set(release.hidden) - release.primary, key=lambda box: (-true.counts[box], box.key()))
    if len(extra) * whole.size > _MOST_TRIED:
        return release
    for box in extra:
        fewer = _release(true, release.policy, release.primary, set(release.hidden) - {box})
        if not _broken(fewer, earlier, whole):
            release = fewer
    return release


class _Moves:
    """Two other tables, one with more and one with less in a box, that differ from the true one as cheaply as can be.

    Columns: for each atom what the one has more than the truth, then the same of the other, then for each figure of the
    release the larger of the two differences.
    """

    def __init__(self, whole: System, truth: Sequence[int], release: Release, earlier: Sequence[Release]) -> None:
        self._whole, self._size = whole, whole.size
        self._figures = sorted(release.figures, key=Box.key)
        self._counts = {box: sum(truth[atom] for atom in whole.boxes[box]) for box in whole.boxes}
        self._low = release.policy.known_hidden()[0]
        self._most = 2 * release.policy.width + release.policy.threshold
        columns = [Limits(-min(count, self._most), self._most) for count in truth] * 2
        columns += [Limits(0, None)] * len(self._figures)
        rows = [row for at in (0, self._size) for row in self._rows(release, earlier, at)]
        self._program = Program(columns, rows)

    def other_figures(self, one: Sum, width: int, hidden: Iterable[Box]) -> set[Box]:
        """What has to be hidden besides, so that nobody can tell the true table from two with `width` between them."""
        gone = set(hidden)
        costs = {
            2 * self._size + number: 0.0 if box in gone else 1 + log2(1 + self._counts[box])
            for number, box in enumerate(self._figures)
        }
        target = dict.fromkeys(one, 1) | {self._size + atom: -1 for atom in one}
        self._program.require(Row(target, width, None))
        try:
            values = self._program.least(costs)
        except ImpossibleError as nothing:
            raise CannotProtectError from nothing
        return {box for box in self._figures if box not in gone and self._moves(values, box)}

    def _moves(self, values: Sequence[float], box: Box) -> bool:
        atoms = self._whole.boxes[box]
        return any(abs(sum(values[at + atom] for atom in atoms)) > _MOVED for at in (0, self._size))

    def _rows(self, release: Release, earlier: Sequence[Release], at: int) -> Iterable[Row]:
        """What one of the two tables has to agree with, as differences from the truth."""
        for left, right in self._whole.links:
            yield Row({at + one: 1 for one in left} | {at + one: -1 for one in right}, 0, 0)
        for box, (low, high) in knowledge(earlier).items():
            count = self._counts[box]
            yield Row(_sum(self._whole, box, at), low - count, None if high is None else high - count)
        for number, box in enumerate(self._figures):
            if release.figures[box] is Mark.NOT_AVAILABLE:
                continue
            total, count = _sum(self._whole, box, at), self._counts[box]
            column = 2 * self._size + number
            if count < self._low:
                yield Row(total, 0, 0)
                continue
            below, above = _slack(release, box, count)
            yield Row(dict.fromkeys(total, -1) | {column: 1}, -above, None)
            yield Row(total | {column: 1}, below, None)
            yield Row(total, self._low - count, None)


def _slack(release: Release, box: Box, count: int) -> tuple[int, int]:
    """How far a count can lie from the true one without being shown as another number."""
    overall = box == release.definition.overall
    low, high = release.policy.known(release.policy.shown(count, overall), overall)
    return low - count, (count if high is None else high) - count


def _sum(whole: System, box: Box, at: int) -> dict[int, int]:
    return {at + atom: 1 for atom in whole.boxes[box]}
