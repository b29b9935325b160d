"""Ranking volunteers for a family: hard constraints exclude, weights rank, and every candidate is explained."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.matching.domain.geography import distance_metres
from services.matching.domain.needs import Candidate, Need

VERSION = "2026-11"
# Points that each factor can bring. Whole numbers: the same input gives the same answer on every machine.
WEIGHTS = {
    "distance": 200,
    "availability": 200,
    "language": 150,
    "skills": 120,
    "interests": 80,
    "knowledge": 80,
    "visits_a_week": 70,
    "age": 50,
    "ethnicity": 50,
}
NEAR_METRES = 2_000
FAR_METRES = 20_000
WHOLE = 1_000


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one factor brought: `points` of at most `weight`, and why in a code."""

    factor: str
    weight: int
    points: int
    why: str


@dataclass(frozen=True, slots=True)
class Ranked:
    """One candidate's place. Who is excluded has reasons and no place."""

    volunteer: UUID
    score: int
    contributions: tuple[Contribution, ...]
    excluded_by: tuple[str, ...] = ()


# A share is (thousandths reached, why), or None where the family asked for nothing or nothing is known.
Share = tuple[int, str] | None


def rank(need: Need, candidates: Iterable[Candidate]) -> list[Ranked]:
    """Best first; equal scores by fewer families, then by id. The excluded come last, by id."""
    fit, out = [], []
    for one in candidates:
        reasons = exclusions(need, one)
        if reasons:
            out.append(Ranked(one.id, 0, (), reasons))
        else:
            contributions = explain(need, one)
            fit.append((one, Ranked(one.id, sum(part.points for part in contributions), contributions)))
    fit.sort(key=lambda pair: (-pair[1].score, pair[0].places_taken, pair[0].id))
    return [ranked for _, ranked in fit] + sorted(out, key=lambda ranked: ranked.volunteer)


def exclusions(need: Need, one: Candidate) -> tuple[str, ...]:
    """Every hard constraint that stands against this candidate."""
    hard = (
        ("not-available", not one.working),
        ("role-without-families", not one.visits_families),
        ("clearance-not-current", not one.cleared),
        ("capacity-reached", one.places_taken >= one.capacity),
        ("no-common-availability", _nothing_in_common(need, one)),
        ("gender-not-as-requested", need.gender is not None and one.gender != need.gender),
        ("conflict-of-interest", one.conflict),
        ("known-to-family", one.known_to_family),
    )
    return tuple(name for name, stands in hard if stands)


def explain(need: Need, one: Candidate) -> tuple[Contribution, ...]:
    """Every factor's contribution; a factor that nobody asked about brings the same nothing to all."""
    parts = []
    for factor, weight in WEIGHTS.items():
        share = _FACTORS[factor](need, one)
        points, why = (weight * share[0] // WHOLE, share[1]) if share else (0, _why_not(factor, need))
        parts.append(Contribution(factor, weight, points, why))
    return tuple(parts)


def eligible(ranked: Sequence[Ranked]) -> list[UUID]:
    """Those who are not excluded, best first."""
    return [one.volunteer for one in ranked if not one.excluded_by]


def _nothing_in_common(need: Need, one: Candidate) -> bool:
    return bool(need.availability) and not need.availability & one.availability


def _why_not(factor: str, need: Need) -> str:
    if factor == "ethnicity" and not need.ethnicity_counts:
        return "not-counted-without-the-family's-wish"
    return "not-asked-or-not-known"


def _distance(need: Need, one: Candidate) -> Share:
    if not need.outcode or not one.outcode:
        return None
    metres = distance_metres(need.outcode, one.outcode)
    if metres is None:
        return None
    reach = max(NEAR_METRES, min(FAR_METRES, metres))
    kilometres = f"about-{max(1, round(metres / 1000))}-km"
    return WHOLE * (FAR_METRES - reach) // (FAR_METRES - NEAR_METRES), kilometres


def _common(wanted: frozenset[str], offered: frozenset[str]) -> Share:
    if not wanted:
        return None
    found = len(wanted & offered)
    return WHOLE * found // len(wanted), f"{found}-of-{len(wanted)}"


def _language(need: Need, one: Candidate) -> Share:
    if not need.languages:
        return None
    shared = bool(need.languages & one.languages)
    return (WHOLE, "shares-a-language") if shared else (0, "shares-no-language")


def _visits(need: Need, one: Candidate) -> Share:
    offered = min(one.visits_a_week, need.visits_a_week)
    return WHOLE * offered // need.visits_a_week, f"{offered}-of-{need.visits_a_week}"


def _age(need: Need, one: Candidate) -> Share:
    if one.age is None or (need.age_from is None and need.age_to is None):
        return None
    fits = (need.age_from or 0) <= one.age <= (need.age_to or 200)
    return (WHOLE, "as-wished") if fits else (0, "not-as-wished")


def _ethnicity(need: Need, one: Candidate) -> Share:
    if not need.ethnicity_counts or need.ethnicity is None:
        return None
    if one.ethnicity is None:
        return 0, "by-the-family's-wish-not-stated"
    return (
        (WHOLE, "by-the-family's-wish-same") if one.ethnicity == need.ethnicity else (0, "by-the-family's-wish-another")
    )


_FACTORS: dict[str, Callable[[Need, Candidate], Share]] = {
    "distance": _distance,
    "availability": lambda need, one: _common(need.availability, one.availability),
    "language": _language,
    "skills": lambda need, one: _common(need.skills, one.skills),
    "interests": lambda need, one: _common(need.interests, one.interests),
    "knowledge": lambda need, one: _common(need.knowledge, one.knowledge),
    "visits_a_week": _visits,
    "age": _age,
    "ethnicity": _ethnicity,
}
