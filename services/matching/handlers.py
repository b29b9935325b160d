"""What the matching service does when it is told something; `register` lists all of it."""

from shared.consumer import Handlers


def register() -> Handlers:
    """Everything that this service hears."""
    return Handlers()
