"""Hard constraints: what keeps a volunteer from a family, whatever their score."""

from services.matching.domain.geography import distance_metres
from services.matching.domain.needs import Candidate, Need, Ties
from services.matching.domain.weights import MatchingPolicy


class Bars:
    """One family's constraints, made ready once; codes come in the order of the definitions."""

    __slots__ = ("_asked", "_gender", "_near", "_need", "_policy", "_tied", "_ties", "_times")

    def __init__(self, need: Need, policy: MatchingPolicy, ties: Ties) -> None:
        self._need, self._policy, self._ties = need, policy, ties
        self._tied = ties.conflict | ties.known | ties.refused
        self._gender = need.gender
        self._asked = need.visits_a_week if policy.whole_visits else 1
        # By value of the trait that decides: worked out once for all who share it.
        self._times: dict[tuple[frozenset[str], int], str] = {}
        self._near: dict[str | None, str] = {}

    def against(self, one: Candidate) -> tuple[str, ...]:
        """Every constraint that stands against this candidate."""
        found = []
        if not (one.working and one.visits_families and one.cleared and one.cleared_throughout):
            found += _standing(one)
        left = one.visits_a_week
        if one.places_taken >= one.capacity:
            found.append("capacity-reached")
        if left < self._asked:
            found.append("visits-a-week-reached")
        if self._need.availability and (times := self._common_times(one.availability, left)):
            found.append(times)
        if self._gender is not None and one.gender != self._gender:
            found.append("gender-not-as-requested")
        if self._policy.near_metres and (near := self._too_near(one.outcode)):
            found.append(near)
        if one.conflict or one.known_to_family or one.id in self._tied:
            found += self._between(one)
        return tuple(found)

    def missing(self, one: Candidate, code: str) -> tuple[str, ...]:
        """What the constraint lacks, in codes: the times, the visits, the gender that was asked for."""
        need = self._need
        if code in {"no-common-availability", "too-little-common-availability", "availability-not-given"}:
            return tuple(sorted(need.availability - one.availability))
        if code == "visits-a-week-reached":
            return (f"{self._asked - one.visits_a_week}-more-visits-a-week",)
        if code == "gender-not-as-requested":
            return (str(need.gender),)
        return ()

    def _common_times(self, offered: frozenset[str], left: int) -> str:
        found = self._times.get((offered, left))
        if found is None:
            found = self._times[offered, left] = self._lacks_times(offered, left)
        return found

    def _lacks_times(self, offered: frozenset[str], left: int) -> str:
        """A family that names fewer times than its visits need is not asked for more than it named."""
        wanted = self._need.availability
        visits = max(1, min(left, self._need.visits_a_week))
        enough = min(len(wanted), max(1, visits * self._policy.slots_per_visit))
        common = len(wanted & offered)
        if common >= enough:
            return ""
        if not offered:
            return "availability-not-given"
        return "too-little-common-availability" if common else "no-common-availability"

    def _too_near(self, outcode: str | None) -> str:
        found = self._near.get(outcode)
        if found is None:
            found = self._near[outcode] = self._lacks_distance(outcode)
        return found

    def _lacks_distance(self, outcode: str | None) -> str:
        if not self._need.outcode:
            return ""
        metres = distance_metres(self._need.outcode, outcode) if outcode else None
        if metres is None:
            return "outcode-not-given"
        return "too-near" if metres < self._policy.near_metres else ""

    def _between(self, one: Candidate) -> list[str]:
        ties = self._ties
        stand = (
            ("conflict-of-interest", one.conflict or one.id in ties.conflict),
            ("known-to-family", one.known_to_family or one.id in ties.known),
            ("refused-by-family", one.id in ties.refused),
        )
        return [code for code, stands in stand if stands]


def _standing(one: Candidate) -> list[str]:
    away = "suspended" if one.suspended else "on-break" if one.on_break else "not-available"
    stand = (
        (away, not one.working),
        ("role-without-families", not one.visits_families),
        ("clearance-not-current", not one.cleared),
        ("clearance-ends-too-early", one.cleared and not one.cleared_throughout),
    )
    return [code for code, stands in stand if stands]
