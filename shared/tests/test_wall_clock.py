"""Time is the database's: a machine whose own clock is wrong, or is set, notices nothing."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared import wall_clock
from shared.consumer import Handlers
from shared.testing import running
from shared.tests import widgets

A_DAY = 86_400.0


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    believed = wall_clock._Believed.ahead  # noqa: SLF001 - it is the whole process's
    wall_clock._Believed.ahead = None  # noqa: SLF001 - as above
    yield
    wall_clock._Believed.ahead = believed  # noqa: SLF001 - as above


def test_before_the_database_has_answered_the_machine_is_believed() -> None:
    assert abs(wall_clock.seconds() - time.time()) < 1


def test_what_the_database_says_holds_whatever_the_machine_says_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    right, steady = time.time(), time.monotonic()
    wall_clock.told(right, steady, steady + 0.01)
    monkeypatch.setattr(time, "time", lambda: right + 3 * A_DAY)
    assert abs(wall_clock.seconds() - right) < 1
    assert abs(wall_clock.now() - datetime.fromtimestamp(right, UTC)).total_seconds() < 1


def test_a_slow_answer_that_says_nothing_new_changes_nothing() -> None:
    wall_clock.told(1000.0, 10.0, 10.01)
    before = wall_clock._Believed.ahead  # noqa: SLF001 - what else would tell
    wall_clock.told(1005.2, 14.0, 16.0)
    assert wall_clock._Believed.ahead == before  # noqa: SLF001 - as above


def test_a_database_whose_clock_was_set_is_followed() -> None:
    wall_clock.told(1000.0, 10.0, 10.01)
    wall_clock.told(2000.0, 20.0, 20.01)
    assert wall_clock._Believed.ahead == pytest.approx(1980, abs=0.01)  # noqa: SLF001 - what else would tell


async def test_a_process_asks_the_database_before_it_takes_its_first_request(
    environment: dict[str, str], table: None
) -> None:
    wall_clock._Believed.ahead = -A_DAY  # noqa: SLF001 - wrong by decades
    async with running(widgets.create, environment, Handlers()):
        assert abs(wall_clock.seconds() - time.time()) < 5
