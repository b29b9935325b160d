"""What the referral service reads from its environment."""

from shared.settings import Settings


class ReferralSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "referral"
