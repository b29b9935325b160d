"""A proposal as the page shows it: bars per factor with the same numbers in a table, and why others are excluded."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.console.matching import words

_FACTORS: Final = {
    "availability": "Time",
    "spare_capacity": "Free places",
}
_ASKS: Final = {
    "availability-not-given": "when visits would suit",
    "outcode-not-given": "the first half of the postcode",
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


def sentences(terms: Mapping[str, Any] | None) -> dict[str, str]:
    """Of each constraint the sentence that the platform says of it."""
    return {one["code"]: one["sentence"] for one in (terms or {}).get("constraints", ())}


def excluded(
    out: Iterable[Mapping[str, Any]], names: Mapping[str, str], said: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Volunteers without a place, each with the reasons."""
    return [
        {
            "volunteer": one["volunteer"],
            "name": names.get(one["volunteer"], "A volunteer"),
            "reasons": [said.get(code, words.plain(code)) for code in one["excluded_by"]],
        }
        for one in out
    ]


def near(misses: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The best of those without a place: what stands against each, and what would have to change."""
    return [
        {
            "volunteer": one["volunteer"],
            "name": names.get(one["volunteer"], "A volunteer"),
            "score": one["score"],
            "changes": [
                {"sentence": bar["sentence"], "change": bar["change"], "missing": _missing(bar["missing"])}
                for bar in one["constraints"]
            ],
            "overridable": all(bar["overridable"] for bar in one["constraints"]),
        }
        for one in misses
    ]


def asks(codes: Iterable[str]) -> str:
    """What the family has not been asked yet."""
    return ", ".join(_ASKS.get(code, words.plain(code).lower()) for code in codes)


def _missing(codes: Sequence[str]) -> str:
    """Times by their names, anything else as words."""
    times = words.slots_of(code for code in codes if words.is_slot(code))
    rest = [words.plain(code).lower() for code in codes if not words.is_slot(code)]
    return "; ".join([times, *rest] if times else rest)


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
    return _FACTORS.get(part["factor"], words.plain(part["factor"]))
