"""Scoring of the 25 item codes: five subscales, the total, and the four bands of each; numbers only, no wording."""

from collections.abc import Mapping
from enum import StrEnum
from math import floor
from typing import Final

from services.outcomes.domain.instruments import Respondent

REVERSED: Final = frozenset({7, 11, 14, 21, 25})
SUBSCALES: Final[Mapping[str, tuple[int, ...]]] = {
    "emotional": (3, 8, 13, 16, 24),
    "conduct": (5, 7, 12, 18, 22),
    "hyperactivity": (2, 10, 15, 21, 25),
    "peer": (6, 11, 14, 19, 23),
    "prosocial": (1, 4, 9, 17, 20),
}
_OF_THE_TOTAL: Final = ("emotional", "conduct", "hyperactivity", "peer")
_ANSWERED_AT_LEAST: Final = 3
BANDED_FROM_AGE: Final = 4
# A teacher's impact is of fewer questions.
TEACHER_IMPACT_AT_MOST: Final = 6


class Band(StrEnum):
    """Four bands; prosocial is read downwards, so that its last band is very low."""

    CLOSE_TO_AVERAGE = "close_to_average"
    SLIGHTLY_RAISED = "slightly_raised"
    HIGH = "high"
    VERY_HIGH = "very_high"


# The first score of the second, third and fourth band; of prosocial the last one, as low scores are the worse.
_CUTS: Final[Mapping[Respondent, Mapping[str, tuple[int, int, int]]]] = {
    Respondent.PARENT: {
        "total": (14, 17, 20),
        "emotional": (4, 5, 7),
        "conduct": (3, 4, 6),
        "hyperactivity": (6, 8, 9),
        "peer": (3, 4, 5),
        "prosocial": (7, 6, 5),
        "impact": (1, 2, 3),
    },
    Respondent.TEACHER: {
        "total": (12, 16, 19),
        "emotional": (4, 5, 6),
        "conduct": (3, 4, 5),
        "hyperactivity": (6, 8, 9),
        "peer": (3, 5, 6),
        "prosocial": (5, 4, 3),
        "impact": (1, 2, 3),
    },
    Respondent.SELF: {
        "total": (15, 18, 20),
        "emotional": (5, 6, 7),
        "conduct": (4, 5, 6),
        "hyperactivity": (6, 7, 8),
        "peer": (3, 4, 5),
        "prosocial": (6, 5, 4),
        "impact": (1, 2, 3),
    },
}


def score(items: Mapping[int, int]) -> dict[str, int | None]:
    """Subscales and total of the answered items (number → 0, 1 or 2).

    A subscale is floor(0.5 + 5 × mean of the answered items) when at least three are answered, else None; the total is
    the sum of the first four, None when one of them is.
    """
    scales = {name: _subscale(numbers, items) for name, numbers in SUBSCALES.items()}
    parts = [value for name in _OF_THE_TOTAL if (value := scales[name]) is not None]
    return {**scales, "total": sum(parts) if len(parts) == len(_OF_THE_TOTAL) else None}


def _subscale(numbers: tuple[int, ...], items: Mapping[int, int]) -> int | None:
    answered = [2 - items[number] if number in REVERSED else items[number] for number in numbers if number in items]
    if len(answered) < _ANSWERED_AT_LEAST:
        return None
    return floor(0.5 + len(numbers) * sum(answered) / len(answered))


def band(scale: str, respondent: Respondent, value: int) -> Band:
    """The band of one scale's value."""
    cuts = _CUTS[respondent][scale]
    reached = sum(value <= cut if scale == "prosocial" else value >= cut for cut in cuts)
    return list(Band)[reached]


def result(areas: Mapping[str, int], respondent: Respondent, age: int) -> dict[str, dict[str, int | str | None]]:
    """What a reading of `i1` … `i25` (and `impact`) comes to: value and band by scale; no bands under four."""
    items = {int(code[1:]): value for code, value in areas.items() if code != "impact"}
    values = score(items)
    if "impact" in areas:
        values["impact"] = areas["impact"]
    return {
        scale: {
            "value": value,
            "band": None if value is None or age < BANDED_FROM_AGE else band(scale, respondent, value).value,
        }
        for scale, value in values.items()
    }
