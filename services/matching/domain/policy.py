"""Numbers that no law fixes: the scheme's policy, with defaults that hold until a partnership says otherwise."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Policy values of the matching service."""

    recheck_years: int = 3
    warn_days: tuple[int, ...] = (90, 30, 7)
    contact_due: timedelta = timedelta(hours=48)
    unseen_in_a_row: int = 2
    references_wanted: int = 2
    minimum_age: int = 0
    """Raises the minimum age of every role; a lower value than the rule's has no effect."""
