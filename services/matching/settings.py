"""What the matching service reads from its environment."""

from datetime import timedelta

from pydantic import Field

from services.matching.domain.policy import Policy
from shared.settings import Settings


class MatchingSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "matching"
    recheck_years: int = Field(default=3, ge=1, le=10)
    contact_due_hours: int = Field(default=48, ge=1, le=24 * 14)
    unseen_in_a_row: int = Field(default=2, ge=1, le=10)
    check_out_due_minutes: int = Field(default=30, ge=1, le=24 * 60)
    supervision_days: int = Field(default=28, ge=1, le=366)
    no_contact_days: int = Field(default=14, ge=1, le=366)
    minimum_age: int = Field(default=0, ge=0, le=99)
    # Of all partnerships together, in each process; some 700 bytes each.
    most_known: int = Field(default=50_000, ge=0, le=1_000_000)

    @property
    def policy(self) -> Policy:
        """The numbers that no law fixes."""
        return Policy(
            recheck_years=self.recheck_years,
            contact_due=timedelta(hours=self.contact_due_hours),
            check_out_due=timedelta(minutes=self.check_out_due_minutes),
            supervision_days=self.supervision_days,
            no_contact_days=self.no_contact_days,
            unseen_in_a_row=self.unseen_in_a_row,
            minimum_age=self.minimum_age,
        )
