"""What a partnership weighs by: a versioned policy of weights, distances and times, with defaults until it has one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.matching.domain.terms import FACTORS

# All weights together. A weight is the number of points that a factor can bring, so that nothing has to be rescaled.
WHOLE: Final = 1_000


def _defaults() -> Mapping[str, int]:
    return {one.name: one.weight for one in FACTORS}


@dataclass(frozen=True, slots=True)
class MatchingPolicy:
    """One version; 0 are the defaults. Distances in metres, `near_metres` 0 where nobody is too near."""

    version: int = 0
    weights: Mapping[str, int] = field(default_factory=_defaults)
    near_metres: int = 0
    full_metres: int = 2_000
    far_metres: int = 20_000
    detour_percent: int = 130
    speed_kmh: int = 25
    easy_minutes: int = 15
    long_minutes: int = 60
    slots_per_visit: int = 1
    whole_visits: bool = False
    planned_weeks: int = 26


DEFAULT: Final = MatchingPolicy()


def faults(policy: MatchingPolicy) -> list[tuple[str, str]]:
    """(field, code) of everything that cannot be weighed by; an empty list is a good policy."""
    weights = [("weights", "unknown-or-missing-factor")] if set(policy.weights) != {one.name for one in FACTORS} else []
    weights += [(f"weights/{name}", "not-positive") for name, weight in policy.weights.items() if weight <= 0]
    rules = (
        ("weights", "sum-not-1000", sum(policy.weights.values()) == WHOLE),
        ("far_metres", "not-beyond-full_metres", policy.full_metres < policy.far_metres),
        ("long_minutes", "not-beyond-easy_minutes", policy.easy_minutes < policy.long_minutes),
        ("near_metres", "not-before-far_metres", policy.near_metres < policy.far_metres),
    )
    return weights + [(name, code) for name, code, holds in rules if not holds]
