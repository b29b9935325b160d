"""What may happen to endpoints and deliveries: states, the retry schedule, what counts as success; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Final

from shared.lifecycle import Lifecycle


class EndpointState(StrEnum):
    """Paused by its owner, or disabled because it did not answer."""

    ENABLED = "enabled"
    PAUSED = "paused"
    DISABLED = "disabled"


ENDPOINT: Final = Lifecycle(
    {
        EndpointState.ENABLED: {EndpointState.PAUSED, EndpointState.DISABLED},
        EndpointState.PAUSED: {EndpointState.ENABLED},
        EndpointState.DISABLED: {EndpointState.ENABLED},
    }
)


class DeliveryState(StrEnum):
    """Withheld: the organisation no longer had access when it was to be sent."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    WITHHELD = "withheld"


DELIVERY: Final = Lifecycle(
    {
        DeliveryState.PENDING: {DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.WITHHELD},
        DeliveryState.DELIVERED: {DeliveryState.PENDING},
        DeliveryState.FAILED: {DeliveryState.PENDING},
        DeliveryState.WITHHELD: {DeliveryState.PENDING},
    }
)


class Outcome(StrEnum):
    """What became of one attempt; the receiver's own words are never kept."""

    OK = "ok"
    STATUS = "status"  # an answer other than 2xx, redirects included
    GONE = "gone"
    TIMEOUT = "timeout"
    CONNECT = "connect"
    TLS = "tls"
    ADDRESS_REFUSED = "address-refused"
    PROTOCOL = "protocol"


class DisabledBecause(StrEnum):
    """Reason codes of an endpoint that we gave up on."""

    GONE = "gone"
    FAILING = "failing"


# The wait before each attempt. The last wait of the urgent one repeats until the delivery succeeds.
SCHEDULE: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
URGENT_SCHEDULE: Final = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
)
JITTER: Final = 0.1
GIVE_UP_AFTER: Final = timedelta(days=5)
LONGEST_RETRY_AFTER: Final = timedelta(hours=24)
SECRET_OVERLAP: Final = timedelta(hours=24)
# Events and grants come by different topics: so long a delivery waits for the grant before it is withheld.
PATIENCE: Final = timedelta(seconds=10)
PATIENCE_FOR_UNKNOWN_CASES: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt."""

    outcome: Outcome
    status: int | None = None
    retry_after: timedelta | None = None


def answered(status: int, retry_after: str | None, now: datetime) -> Answer:
    """An HTTP answer as an outcome: 2xx only is success, 410 asks us to stop."""
    if 200 <= status < 300:
        return Answer(Outcome.OK, status)
    if status == 410:
        return Answer(Outcome.GONE, status)
    return Answer(Outcome.STATUS, status, _wait_of(retry_after, now))


def _wait_of(value: str | None, now: datetime) -> timedelta | None:
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:10]), LONGEST_RETRY_AFTER.total_seconds()))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        return None
    return min(max(until - now, timedelta(0)), LONGEST_RETRY_AFTER)


def wait_after(tries: int, *, urgent: bool, retry_after: timedelta | None, chance: float) -> timedelta | None:
    """How long to wait after so many failed tries; None when there is no further one. `chance` is in [0, 1)."""
    schedule = URGENT_SCHEDULE if urgent else SCHEDULE
    if tries >= len(schedule) and not urgent:
        return None
    wait = schedule[min(tries, len(schedule) - 1)]
    wait *= 1 + JITTER * (2 * chance - 1)
    longest = URGENT_SCHEDULE[-1] if urgent else LONGEST_RETRY_AFTER
    return max(wait, min(retry_after or timedelta(0), longest))


def after_failure(wait: timedelta | None) -> DeliveryState:
    """The state of a delivery that failed once more."""
    return DeliveryState.PENDING if wait is not None else DELIVERY.move(DeliveryState.PENDING, DeliveryState.FAILED)


def patience(*, known: bool) -> timedelta:
    """How long access that is not there may still come; `known` is whether anything is known of the case."""
    return PATIENCE if known else PATIENCE_FOR_UNKNOWN_CASES
