"""A database that falls silent or breaks off while nobody looks: connections are given up in time and made anew."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from unittest import mock

import pytest
from sqlalchemy import text

from services.referral.settings import ReferralSettings
from shared import away
from shared.db import Work
from shared.ids import new_id
from shared.parts import Parts
from shared.tests.house import until
from tests.campaign.wire import FAIR, Weather, Wire

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def wire(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Wire]:
    async with Wire(1).open() as one:
        one.lead_to(int(environment_of("referral")["CIRCLE_DATABASE_PORT"]))
        yield one


@pytest.fixture
async def parts(environment_of: Callable[[str], dict[str, str]], wire: Wire) -> AsyncIterator[Parts]:
    """Of a process that reaches its database only through the wire, and does not wait for long."""
    given = environment_of("referral") | {"CIRCLE_DATABASE_PORT": str(wire.port), "CIRCLE_STATEMENT_SECONDS": "0.5"}
    with mock.patch.dict(os.environ, given):
        made = Parts.of(ReferralSettings())
    yield made
    await made.close()


async def ask(parts: Parts) -> int:
    async with parts.app.engine.connect() as connection:
        return int((await connection.execute(text("SELECT 1"))).scalar_one())


async def test_a_server_that_fell_silent_is_given_up_and_the_next_request_has_a_new_connection(
    parts: Parts, wire: Wire
) -> None:
    assert await asyncio.gather(*(ask(parts) for _ in range(3))) == [1, 1, 1]
    wire.weather = Weather(silent=True)
    began = time.monotonic()
    outcomes = await asyncio.gather(*(ask(parts) for _ in range(3)), return_exceptions=True)
    # Without a limit of its own the driver waits for ever, and once more for each step of giving up.
    assert time.monotonic() - began < 20
    assert all(isinstance(one, away.DATABASE) for one in outcomes)
    wire.weather = FAIR
    assert await asyncio.gather(*(ask(parts) for _ in range(3))) == [1, 1, 1]


async def test_a_connection_that_broke_while_it_rested_is_replaced_unnoticed(parts: Parts, wire: Wire) -> None:
    async with parts.app.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
    wire.break_off()

    async def is_closed() -> bool:
        return raw is not None and raw.is_closed()

    await until(is_closed)
    assert await ask(parts) == 1


async def ask_directly(parts: Parts) -> int:
    async with parts.app.direct(work()) as connection:
        found = await connection.row("SELECT 1")
    assert found is not None
    return int(found[0])


def work() -> Work:
    return Work("referral", new_id(), new_id(), "test", "organisation")


@pytest.mark.parametrize("asking", [ask, ask_directly])
async def test_a_connection_on_which_a_statement_was_given_up_just_now_is_handed_to_nobody(
    parts: Parts, wire: Wire, asking: Callable[[Parts], Awaitable[int]]
) -> None:
    assert await asking(parts) == 1
    wire.weather = Weather(silent=True)
    with pytest.raises(away.DATABASE):
        await asking(parts)
    wire.weather = FAIR
    # The server has confirmed nothing yet: whoever had this connection next was turned away half a second later.
    assert await asking(parts) == 1
