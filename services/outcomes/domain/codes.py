"""Code sets of the children in need census, versioned by its year (April to March)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CodeSet:
    """The codes that one census year knows."""

    version: str
    categories: frozenset[str]
    closure_reasons: frozenset[str]


_CATEGORIES = frozenset({"NEG", "EMO", "PHY", "SAB", "MUL"})
_REASONS_TO_2018 = frozenset({"RC1", "RC2", "RC3", "RC4", "RC5", "RC6", "RC7", "RC8"})

# First day of the first census year of each set, oldest first.
CODE_SETS: tuple[tuple[date, CodeSet], ...] = (
    (date.min, CodeSet("cin-census-to-2018", _CATEGORIES, _REASONS_TO_2018)),
    (date(2018, 4, 1), CodeSet("cin-census-2018-on", _CATEGORIES, _REASONS_TO_2018 | {"RC9"})),
)

# Closure reasons after which a child's course is no outcome of the scheme: died, transferred to another authority.
GONE_REASONS = frozenset({"RC2", "RC5"})
DIED_REASON = "RC2"


def code_set_of(day: date) -> CodeSet:
    """The code set in force on that day."""
    return [codes for since, codes in CODE_SETS if since <= day][-1]
