"""What the training service reads from its environment."""

from datetime import timedelta

from pydantic import Field

from shared.settings import Settings


class TrainingSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "training"
    reminder_hours_before: int = Field(default=48, ge=1, le=24 * 60)

    @property
    def reminded(self) -> timedelta:
        """How long before a session whoever has a place is reminded of it."""
        return timedelta(hours=self.reminder_hours_before)
