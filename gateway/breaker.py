"""A circuit breaker: after failures in a row nobody waits for a dead service; after a while one request tries."""

from enum import StrEnum


class State(StrEnum):
    """Closed lets through, open refuses, trying lets one through."""

    CLOSED = "closed"
    OPEN = "open"
    TRYING = "trying"


class Breaker:
    """The breaker of one service; time comes from outside, on any clock that only goes forward."""

    __slots__ = ("_cool", "_limit", "failures", "opened_at", "state")

    def __init__(self, limit: int, cool_seconds: float) -> None:
        self._limit = limit
        self._cool = cool_seconds
        self.failures = 0
        self.opened_at = 0.0
        self.state = State.CLOSED

    @property
    def closed(self) -> bool:
        """Whether everybody may go, without being the one who tries."""
        return self.state is State.CLOSED

    def admits(self, now: float) -> bool:
        """Whether a request may go now; whoever is admitted must end with `succeeded`, `failed` or `gave_up`."""
        if self.state is State.CLOSED:
            return True
        if self.state is State.OPEN and now - self.opened_at >= self._cool:
            self.state = State.TRYING
            return True
        return False

    def succeeded(self) -> None:
        """The service answered, whatever it said."""
        self.failures = 0
        self.state = State.CLOSED

    def failed(self, now: float) -> None:
        """The service could not be reached, went away or stayed silent."""
        self.failures += 1
        if self.state is State.TRYING or self.failures >= self._limit:
            self.state = State.OPEN
            self.opened_at = now

    def gave_up(self) -> None:
        """The caller went away before there was an outcome; the next one tries."""
        if self.state is State.TRYING:
            self.state = State.OPEN

    def retry_after(self, now: float) -> int:
        """Whole seconds until it is worth coming again."""
        return max(1, round(self.opened_at + self._cool - now))
