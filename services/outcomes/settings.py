"""What the outcomes service reads from its environment."""

from shared.settings import Settings


class OutcomesSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "outcomes"
