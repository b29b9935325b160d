"""A proposal as the page shows it: bars per factor with the same numbers in a table, and why others are excluded."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.console.matching import words

FACTORS: Final = {
    "distance": "Distance", "availability": "Time", "language": "Language", "skills": "Skills",
    "interests": "Interests", "knowledge": "Knowledge", "visits_a_week": "Visits a week", "age": "Age",
    "ethnicity": "Ethnicity", "travel_time": "Travel time", "faith": "Faith", "spare_capacity": "Free places",
    "continuity": "Continuity",
}  # fmt: skip
_EXCLUDED: Final = {
    "not-available": "The volunteer does not take families at the moment.",
    "role-without-families": "The volunteer’s role does not visit families.",
    "clearance-not-current": "The volunteer’s clearance is not current.",
    "capacity-reached": "The volunteer has no place left.",
    "no-common-availability": "The volunteer has no time when the family asked for visits.",
    "gender-not-as-requested": "The family asked for a volunteer of another gender.",
    "conflict-of-interest": "There is a conflict of interest.",
    "known-to-family": "Volunteer and family know each other.",
}
_WHOLE: Final = 100


def candidates(ranked: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Volunteers with a place, best first."""
    return [
        {
            "volunteer": one["volunteer"],
            "name": names.get(one["volunteer"], "A volunteer"),
            "place": one["place"],
            "score": one["score"],
            "bars": [_bar(part) for part in one["contributions"]],
        }
        for one in ranked
    ]


def factors(ranked: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns of the table: each factor with what it can bring at most."""
    return [f"{_factor(part)} ({part['weight']})" for part in ranked[0]["contributions"]] if ranked else []


def excluded(out: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Volunteers without a place, each with the reasons."""
    return [
        {
            "volunteer": one["volunteer"],
            "name": names.get(one["volunteer"], "A volunteer"),
            "reasons": [_EXCLUDED.get(code, words.plain(code)) for code in one["excluded_by"]],
        }
        for one in out
    ]


def _bar(part: Mapping[str, Any]) -> dict[str, Any]:
    weight = part["weight"]
    return {
        "label": _factor(part),
        "figure": f"{part['points']} of {weight}",
        "points": part["points"],
        "weight": weight,
        "width": round(_WHOLE * part["points"] / weight, 1) if weight else 0,
        "why": words.plain(part["why"]),
    }


def _factor(part: Mapping[str, Any]) -> str:
    return FACTORS.get(part["factor"], words.plain(part["factor"]))
