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
    check_in_before: timedelta = timedelta(hours=1)
    """How long before a visit its link begins to work."""
    check_out_due: timedelta = timedelta(minutes=30)
    """How long after its planned end a visit without a check-out is told of."""
    check_out_until: timedelta = timedelta(hours=12)
    """How long after its planned end the link still works."""
    supervision_days: int = 28
    no_contact_days: int = 14
    lado_told_working_days: int = 1
    allegation_kept_years: int = 10
    substantiated_kept_years_from_birth: int = 100
