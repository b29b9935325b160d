"""What the training service reads from its environment."""

from shared.settings import Settings


class TrainingSettings(Settings):
    """Policy values of this service, beside what every process has."""

    service: str = "training"
