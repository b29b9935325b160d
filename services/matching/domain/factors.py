"""What each factor of a match brings: for a trait of a candidate thousandths of its weight, and why in a code."""

from collections.abc import Callable
from typing import Any, Final

from services.matching.domain.geography import distance_metres, travel_minutes
from services.matching.domain.needs import Need
from services.matching.domain.weights import WHOLE, MatchingPolicy

# What a value of the trait brings: thousandths, and why.
Share = Callable[[Any], tuple[int, str]]

NOTHING: Final = (0, "not-asked-or-not-known")
NOT_COUNTED: Final = (0, "not-counted-without-the-family's-wish")
# So many families more than this one are as good as any number.
MANY: Final = 4
# Read where a factor looks at nothing: it has two values, and neither makes a difference.
_ANY: Final = "working"


def of(need: Need, policy: MatchingPolicy) -> dict[str, tuple[str, Share]]:
    """For each factor the candidate's trait that it looks at, and what a value of that trait brings.

    Who was with the family before is a trait of the two and not of one: its trait is whether they were.
    """
    return {
        "distance": ("outcode", lambda outcode: _distance(need, policy, outcode)),
        "travel_time": ("outcode", lambda outcode: _travel(need, policy, outcode)),
        "availability": _part_of("availability", need.availability),
        "language": ("languages", lambda spoken: _language(need, spoken)),
        "skills": _part_of("skills", need.skills),
        "interests": _part_of("interests", need.interests),
        "knowledge": _part_of("knowledge", need.knowledge),
        "visits_a_week": ("visits_a_week", lambda left: _visits(need, left)),
        "age": ("age" if need.asks_for_age else _ANY, lambda age: _age(need, age)),
        "ethnicity": _wish("ethnicity", need.ethnicity, counts=need.ethnicity_counts),
        "faith": _wish("faith", need.faith, counts=need.faith_counts),
        "spare_capacity": ("places_left", _spare),
        "continuity": ("id", _continuity),
    }


def _metres(need: Need, outcode: str | None) -> int | tuple[int, str]:
    if not need.outcode:
        return NOTHING
    if not outcode:
        return 0, "outcode-not-given"
    metres = distance_metres(need.outcode, outcode)
    return (0, "outcode-not-known") if metres is None else metres


def _down(value: int, best: int, worst: int) -> int:
    """All up to `best`, nothing from `worst` on, straight down in between."""
    return WHOLE * (worst - max(best, min(worst, value))) // (worst - best)


def _distance(need: Need, policy: MatchingPolicy, outcode: str | None) -> tuple[int, str]:
    metres = _metres(need, outcode)
    if isinstance(metres, tuple):
        return metres
    return _down(metres, policy.full_metres, policy.far_metres), f"about-{max(1, round(metres / 1000))}-km"


def _travel(need: Need, policy: MatchingPolicy, outcode: str | None) -> tuple[int, str]:
    metres = _metres(need, outcode)
    if isinstance(metres, tuple):
        return metres
    minutes = travel_minutes(metres, policy.detour_percent, policy.speed_kmh)
    return _down(minutes, policy.easy_minutes, policy.long_minutes), f"about-{minutes}-minutes"


def _part_of(trait: str, wanted: frozenset[str]) -> tuple[str, Share]:
    def share(offered: frozenset[str]) -> tuple[int, str]:
        found = len(wanted & offered)
        return WHOLE * found // len(wanted), f"{found}-of-{len(wanted)}"

    return (trait, share) if wanted else (_ANY, lambda _: NOTHING)


def _language(need: Need, spoken: frozenset[str]) -> tuple[int, str]:
    if not need.languages:
        return NOTHING
    return (WHOLE, "shares-a-language") if need.languages & spoken else (0, "shares-no-language")


def _visits(need: Need, left: int) -> tuple[int, str]:
    offered = max(0, min(left, need.visits_a_week))
    return WHOLE * offered // need.visits_a_week, f"{offered}-of-{need.visits_a_week}"


def _age(need: Need, age: int | None) -> tuple[int, str]:
    if not isinstance(age, int) or not need.asks_for_age:
        return NOTHING
    fits = (need.age_from or 0) <= age <= (need.age_to or 200)
    return (WHOLE, "as-wished") if fits else (0, "not-as-wished")


def _wish(trait: str, wanted: str | None, *, counts: bool) -> tuple[str, Share]:
    """A sensitive factor. Where it does not count, the candidate's trait is not even read."""

    def share(given: str | None) -> tuple[int, str]:
        if given is None:
            return 0, "by-the-family's-wish-not-stated"
        return (WHOLE, "by-the-family's-wish-same") if given == wanted else (0, "by-the-family's-wish-another")

    if counts and wanted is not None:
        return trait, share
    return _ANY, lambda _: NOTHING if counts else NOT_COUNTED


def _spare(left: int) -> tuple[int, str]:
    more = max(0, min(MANY, left - 1))
    return WHOLE * more // MANY, f"{more}-more-places"


def _continuity(had: bool) -> tuple[int, str]:
    return (WHOLE, "was-with-the-family") if had else (0, "was-not-with-the-family")
