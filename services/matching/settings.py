"""What the matching service reads from its environment."""

from shared.settings import Settings


class MatchingSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "matching"
