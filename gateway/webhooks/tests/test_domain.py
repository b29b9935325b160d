"""States, schedule and outcomes, over every pair and every step."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from gateway.webhooks.domain import (
    DELIVERY,
    ENDPOINT,
    JITTER,
    SCHEDULE,
    URGENT_SCHEDULE,
    DeliveryState,
    EndpointState,
    Outcome,
    after_failure,
    answered,
    patience,
    wait_after,
)
from shared.errors import IllegalMove

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
_ENDPOINT_MOVES = {("enabled", "paused"), ("enabled", "disabled"), ("paused", "enabled"), ("disabled", "enabled")}
_DELIVERY_MOVES = {
    ("pending", "delivered"),
    ("pending", "failed"),
    ("pending", "withheld"),
    ("delivered", "pending"),
    ("failed", "pending"),
    ("withheld", "pending"),
}


@pytest.mark.parametrize(("current", "wanted"), list(product(EndpointState, EndpointState)))
def test_every_pair_of_endpoint_states(current: EndpointState, wanted: EndpointState) -> None:
    if (current.value, wanted.value) in _ENDPOINT_MOVES:
        assert ENDPOINT.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            ENDPOINT.move(current, wanted)


@pytest.mark.parametrize(("current", "wanted"), list(product(DeliveryState, DeliveryState)))
def test_every_pair_of_delivery_states(current: DeliveryState, wanted: DeliveryState) -> None:
    if (current.value, wanted.value) in _DELIVERY_MOVES:
        assert DELIVERY.move(current, wanted) is wanted
    else:
        with pytest.raises(IllegalMove):
            DELIVERY.move(current, wanted)


def wait(
    tries: int, *, urgent: bool = False, retry_after: timedelta | None = None, chance: float = 0.5
) -> timedelta | None:
    return wait_after(tries, urgent=urgent, retry_after=retry_after, chance=chance)


def test_the_schedule_is_that_of_the_standard() -> None:
    seconds = [step.total_seconds() for step in SCHEDULE]
    assert seconds == [0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert [wait(tries) for tries in range(1, 10)] == list(SCHEDULE[1:])
    assert wait(10) is None
    assert after_failure(wait(10)) is DeliveryState.FAILED
    assert after_failure(wait(9)) is DeliveryState.PENDING


def test_a_concern_is_tried_again_for_ever_and_at_least_every_five_minutes() -> None:
    assert [wait(tries, urgent=True) for tries in (1, 2, 3, 4)] == list(URGENT_SCHEDULE[1:])
    assert wait(5000, urgent=True) == timedelta(minutes=5)
    assert wait(1, urgent=True, retry_after=timedelta(days=1)) == timedelta(minutes=5)


@pytest.mark.parametrize("tries", range(1, 10))
def test_jitter_stays_within_a_tenth(tries: int) -> None:
    earliest, latest = wait(tries, chance=0.0), wait(tries, chance=0.999999)
    assert earliest is not None
    assert latest is not None
    assert earliest == SCHEDULE[tries] * (1 - JITTER)
    assert SCHEDULE[tries] < latest <= SCHEDULE[tries] * (1 + JITTER)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("99999999999999999999", timedelta(hours=24)),
        ("Sun, 29 Mar 2026 00:31:00 GMT", timedelta(minutes=1)),
        ("Sun, 29 Mar 2026 02:31:00 +0100", timedelta(hours=1, minutes=1)),
        ("Sun, 01 Jan 2034 00:00:00 GMT", timedelta(hours=24)),
        ("Sun, 01 Jan 2006 00:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_clamped(header: str | None, expected: timedelta | None) -> None:
    assert answered(503, header, NOW).retry_after == expected


def test_retry_after_may_only_lengthen_the_wait() -> None:
    assert wait(1, retry_after=timedelta(minutes=2)) == timedelta(minutes=2)
    assert wait(3, retry_after=timedelta(seconds=1)) == timedelta(minutes=30)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(status: int) -> None:
    assert answered(status, None, NOW).outcome is Outcome.OK


@pytest.mark.parametrize("status", [100, 199, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503])
def test_nothing_else_is_success(status: int) -> None:
    assert answered(status, None, NOW).outcome is Outcome.STATUS


def test_410_asks_to_stop() -> None:
    assert answered(410, None, NOW).outcome is Outcome.GONE


def test_access_to_an_unknown_case_is_waited_for_longer() -> None:
    assert patience(known=True) < patience(known=False)
