"""The proof: what whoever reads a release, and every earlier one of overlapping dates, can infer of each hidden count.

The bounds of a count are the least and the most of it over all tables of non-negative whole numbers that agree with
everything that was published. Both ends are had by a table that exists, so a count with two ends has two values.
"""

from collections.abc import Iterable, Sequence

from shared.disclosure.bounding import Bounded
from shared.disclosure.implied import implied
from shared.disclosure.policy import Known, Mark
from shared.disclosure.reduction import ContradictionError, reduced
from shared.disclosure.solver import ImpossibleError
from shared.disclosure.system import Sum, System, system
from shared.disclosure.tables import Box, Release
from shared.disclosure.verdict import Bounds, Finding, Need, Verdict


def overlapping(release: Release, earlier: Iterable[Release]) -> tuple[Release, ...]:
    """The release, then those whose dates overlap its own, or those of another such one."""
    found, left, grown = [release], list(earlier), True
    while grown:
        more = [one for one in left if any(one.definition.dates.meet(other.definition.dates) for other in found)]
        left = [one for one in left if one not in more]
        found += more
        grown = bool(more)
    return tuple(found)


def audit(release: Release, earlier: Sequence[Release] = ()) -> Verdict:
    """Exact bounds of every hidden count of the release and of the earlier ones that it touches."""
    releases = overlapping(release, earlier)
    return Search(releases).verdict()


def knowledge(releases: Sequence[Release]) -> dict[Box, Known]:
    """What all releases together tell directly of each box."""
    known: dict[Box, Known] = {}
    for release in releases:
        for box, figure in release.figures.items():
            if figure is Mark.HIDDEN:
                low, high = release.policy.known_hidden()
            elif isinstance(figure, Mark):
                continue
            else:
                low, high = release.policy.known(figure, box == release.definition.overall)
            other = known.get(box, (0, None))
            ends = [one for one in (high, other[1]) if one is not None]
            known[box] = max(low, other[0]), min(ends, default=None)
    return known


class Search:
    """Bounds of the counts that must stay unknown, found when asked for."""

    def __init__(self, releases: Sequence[Release], whole: System | None = None) -> None:
        self._policy, self._releases = releases[0].policy, len(releases)
        boxes = {box for release in releases for box in release.figures}
        self._whole = whole or system([one.definition for one in releases], boxes)
        self.needed = self._needs(releases)
        known = knowledge(releases)
        reduced_ = reduced(self._whole, known, self.needed)
        self._settled = reduced_.settled
        # A count beyond every published one cannot be told from a larger one.
        most = 2 * sum(known_[1] or known_[0] for known_ in known.values()) + 100
        least = {self._whole.boxes[box]: low for box, (low, _) in known.items()}
        self._bounded = {one: part for part in (Bounded(p, least, most) for p in reduced_.parts) for one in part.sums}

    def _needs(self, releases: Sequence[Release]) -> dict[Sum, Need]:
        """The policy's width for a small count, two values for any other hidden one."""
        needed = {
            one: Need(0, box, self._policy.width, implied=True) for one, box in implied(self._whole, releases).items()
        }
        for number, release in enumerate(releases):
            for box in release.hidden:
                width = release.policy.width if box in release.primary else 1
                one = self._whole.boxes[box]
                if one not in needed or needed[one].implied or needed[one].width < width:
                    needed[one] = Need(number, box, width)
        return needed

    def unmet(self) -> list[tuple[Sum, Need]]:
        """What can be inferred too well; looks no further than it has to."""
        return [(one, need) for one, need in self.needed.items() if not self._met(one, need)]

    def _met(self, one: Sum, need: Need) -> bool:
        return need.met_by(self.bounds(one, need.width), self._policy)

    def bounds(self, one: Sum, enough: int | None = None) -> Bounds:
        """Exact, or with `enough` only until they are seen to be that far apart."""
        if one in self._settled:
            return Bounds(self._settled[one], self._settled[one])
        try:
            return self._bounded[one].bounds(one, enough)
        except ImpossibleError as nothing:
            raise ContradictionError from nothing

    def verdict(self) -> Verdict:
        findings = []
        for one, need in self.needed.items():
            bounds = self.bounds(one, need.width if need.implied else None)
            safe = need.met_by(bounds, self._policy)
            if not need.implied or not safe:
                findings.append(Finding(need, bounds, safe))
        looked_at = sum(need.implied for need in self.needed.values())
        return Verdict(self._policy.version, self._releases, looked_at, tuple(findings))
