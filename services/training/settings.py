"""What the training service reads from its environment."""

from datetime import timedelta
from typing import cast

from pydantic import Field

from shared.parts import Parts
from shared.settings import Settings


class TrainingSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "training"
    reminder_hours_before: int = Field(default=48, ge=1, le=24 * 60)

    booked_kept_days: int = Field(default=90, ge=1, le=3650)
    sign_in_minutes_after: int = Field(
        default=30, ge=0, le=24 * 60, description="How long after a session's end people may still sign in by its link."
    )

    @property
    def late(self) -> timedelta:
        """How long after a session's end its link is good."""
        return timedelta(minutes=self.sign_in_minutes_after)

    @property
    def reminded(self) -> timedelta:
        """How long before a session whoever has a place is reminded of it."""
        return timedelta(hours=self.reminder_hours_before)

    @property
    def booked_kept(self) -> timedelta:
        """How long the name of somebody who booked and never came is kept, from when it was last needed."""
        return timedelta(days=self.booked_kept_days)


def policy_of(parts: Parts) -> TrainingSettings:
    """The policy of a process of this service."""
    return cast("TrainingSettings", parts.settings)
