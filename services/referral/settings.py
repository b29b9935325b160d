"""What the referral service reads from its environment."""

from datetime import timedelta

from pydantic import Field

from shared.settings import Settings


class ReferralSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "referral"
    decision_working_days: int = Field(default=1, ge=1)
    assessment_working_days: int = Field(default=45, ge=1)
    repeat_within: timedelta = timedelta(days=365)
    concern_acknowledged_within: timedelta = timedelta(minutes=15)
    emergency_wording: str = (
        "If a child or anybody else is in danger now, call 999. If it cannot wait, telephone the front door of the"
        " local authority's children's services, day or night. Do not wait for an answer to this message."
    )
