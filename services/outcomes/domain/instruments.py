"""Instruments as data: codes, limits and editions, never a word of their questions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.outcomes.domain.timeline import Finding


class Instrument(StrEnum):
    """What can be read."""

    FAMILY_STAR = "family_star"
    SDQ = "sdq"
    SCHOOL_ATTENDANCE = "school_attendance"


class Occasion(StrEnum):
    """When in the course of the case it is read."""

    FIRST = "first"
    REVIEW = "review"
    CLOSING = "closing"


class Respondent(StrEnum):
    """Who answers a strengths and difficulties questionnaire."""

    PARENT = "parent"
    TEACHER = "teacher"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Edition:
    """What one edition of an instrument takes. `areas` is None where the licensed form names its areas as it likes."""

    minimum: int
    maximum: int
    areas: frozenset[str] | None = None
    of_a_child: bool = False
    needs_age: bool = False
    respondents: frozenset[str] | None = None
    limits: Mapping[str, int] | None = None

    def limit(self, code: str) -> int:
        """The highest value of that area."""
        return (self.limits or {}).get(code, self.maximum)


ANY_EDITION: Final = "*"
SDQ_ITEMS: Final = tuple(f"i{number}" for number in range(1, 26))
_AREA: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")

EDITIONS: Final[Mapping[tuple[Instrument, str], Edition]] = {
    (Instrument.FAMILY_STAR, ANY_EDITION): Edition(1, 10),
    (Instrument.SDQ, "1"): Edition(
        0,
        2,
        frozenset({*SDQ_ITEMS, "impact"}),
        of_a_child=True,
        needs_age=True,
        respondents=frozenset(Respondent),
        limits={"impact": 10},
    ),
    (Instrument.SCHOOL_ATTENDANCE, "1"): Edition(0, 100, frozenset({"percent"}), of_a_child=True),
}


def find_edition(instrument: Instrument, edition: str) -> Edition | None:
    """That edition, or the one that stands for every edition of the instrument."""
    return EDITIONS.get((instrument, edition)) or EDITIONS.get((instrument, ANY_EDITION))


def misfits(
    instrument: Instrument, edition: Edition | None, completed_by: str, areas: Mapping[str, int]
) -> Iterator[Finding]:
    """What of a reading does not fit the edition."""
    if edition is None:
        yield Finding("unknown-edition", "/edition", "is no edition of this instrument")
        return
    if edition.respondents is not None and completed_by not in edition.respondents:
        yield Finding("respondent", "/completed_by", "does not complete this instrument")
    for code, value in areas.items():
        if _AREA.fullmatch(code) is None or (edition.areas is not None and code not in edition.areas):
            yield Finding("unknown-area", "/areas", f"{instrument} of this edition has no such area")
        elif not edition.minimum <= value <= edition.limit(code):
            yield Finding("out-of-range", f"/areas/{code}", "is outside the scale")


def distance(first: Mapping[str, int], last: Mapping[str, int]) -> dict[str, int]:
    """Last less first, for each area that both readings hold."""
    return {code: last[code] - value for code, value in first.items() if code in last}


def mean_distance(first: Mapping[str, int], last: Mapping[str, int]) -> Decimal | None:
    """The mean way travelled over the areas that both readings hold; None when there is none."""
    changes = distance(first, last)
    return Decimal(sum(changes.values())) / len(changes) if changes else None
