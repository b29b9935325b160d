"""What the checker may find, each under its code."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """One promise broken."""

    ACK_LOST = "ack-lost"  # an acknowledged write is not there
    KEY_LOST = "key-lost"  # the answer of an acknowledged write is not kept for its retries
    WRITE_DOUBLED = "write-doubled"  # one operation, more than one effect
    AUDIT_MISSING = "audit-missing"  # an acknowledged write that the audit does not know
    AUDIT_BROKEN = "audit-broken"  # the audit's own verification found something
    EVENT_MISSING = "event-missing"  # a committed write nobody was told of
    EVENT_DOUBLED = "event-doubled"  # one write told of by two events
    EVENT_WITHOUT_WRITE = "event-without-write"  # told of something that is not there
    EVENT_LOST = "event-lost"  # it was in the outbox, it is not on the bus
    EVENT_UNWRITTEN = "event-unwritten"  # it is on the bus, it was never in an outbox
    EVENT_CHANGED = "event-changed"  # the same id, another content
    ORDER_BROKEN = "order-broken"  # the bus has a key's events in another order than they were written
    EFFECT_MISSING = "effect-missing"  # a handler has not had an event
    EFFECT_DOUBLED = "effect-doubled"  # a handler acted twice on one event
    EFFECT_ORDER = "effect-order"  # a handler acted on a key's events in another order than they came
    PARKED = "parked"  # an event among the dead letters
    ERASED_BACK = "erased-back"  # somebody who was erased can be read again
    FEED_BROKEN = "feed-broken"  # missing, doubled, out of order or not numbered without gaps
    DELIVERY_MISSING = "delivery-missing"  # nobody set out to deliver it
    DELIVERY_UNFINISHED = "delivery-unfinished"  # neither delivered nor to be
    DELIVERY_LOST = "delivery-lost"  # noted as delivered, and the receiver does not have it
    DELIVERY_UNKNOWN = "delivery-unknown"  # the receiver has an id that no delivery has
    DELIVERY_CHANGED = "delivery-changed"  # the same id with another body, or another event in the body
    SIGNATURE_BAD = "signature-bad"  # the official library does not accept it
    TENANT_CROSSED = "tenant-crossed"  # a row, an event or an effect of one partnership in another
    EXPIRED_ACCEPTED = "expired-accepted"  # somebody was let in with a token whose time is over
    CLOCK_WRONG = "clock-wrong"  # a clock raised twice, or raised without being told
    RACE_LOST = "race-lost"  # two won where one may
    NOT_SETTLED = "not-settled"  # work was left when there was time to do it
    REQUEST_FAILED = "request-failed"  # a request was turned away that nothing stood against
    UNCLEAN = "unclean"  # refused otherwise than by a 503 that says when to come again, or too late
    POISON_SPREAD = "poison-spread"  # events that cannot be handled held up others, or were not kept with their cause
    POINT_MISSED = "point-missed"  # a process never came to the point at which it was to die
    SLOW_RETURN = "slow-return"  # not useful again in time after a restart


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    code: Code
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.code} [{self.where}] {self.what}"


def codes(findings: Iterable[Finding]) -> set[Code]:
    return {one.code for one in findings}


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of each code."""
    return dict(Counter(one.code.value for one in findings))
