"""What the outcomes service reads from its environment."""

from decimal import Decimal

from pydantic import Field

from services.outcomes.domain.facts import Policy
from shared.settings import Settings


class OutcomesSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "outcomes"
    long_running_months: tuple[int, ...] = Field(
        default=(12, 15, 18, 21, 24), description="Marks at which a child protection plan is told to run long."
    )
    long_plan_months: int = Field(default=18, ge=1, description="From here a child protection plan counts as long.")
    reregistration_months: int = Field(default=24, ge=1, description="How long a leaver is followed.")
    attendance_gain: int = Field(default=1, ge=1, le=100, description="Percentage points that count as better.")
    star_gain: Decimal = Field(default=Decimal(1), gt=0, description="Mean change over all areas that counts.")

    @property
    def policy(self) -> Policy:
        """The scheme's policy, as the domain takes it."""
        return Policy(
            long_running_months=self.long_running_months,
            long_plan_months=self.long_plan_months,
            reregistration_months=self.reregistration_months,
            attendance_gain=self.attendance_gain,
            star_gain=self.star_gain,
        )


def policy_of(settings: Settings) -> Policy:
    """The policy in a process's settings, which are this service's."""
    assert isinstance(settings, OutcomesSettings)  # noqa: S101 - main and worker give no other
    return settings.policy
