"""Whoever tries to use everything up takes little from the other tenants, and nothing grows without bounds."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from statistics import median

import psutil
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.cases_of_bodies import head
from tests.attacks.forge import Forge
from tests.attacks.ground import HOST, Ground
from tests.attacks.target import Target, Verdict

SECONDS = 0.6
# Below this nobody is hurt; it is also what a busy machine of two cores adds by itself.
FLOOR_SECONDS = 0.1
TRIES = 3
MEMORY_BYTES = 160 * 2**20
Attack = Callable[[int, bytes], Awaitable[None]]


async def crowd(port: int, count: int, first: bytes, drip: bytes = b"") -> None:
    """Many connections that begin like this and go on drop by drop, until the time is over."""
    lines = []
    with suppress(OSError):
        for _ in range(count):
            _, writer = await asyncio.open_connection(HOST, port)
            lines.append(writer)
            writer.write(first)
    try:
        while True:
            for writer in lines:
                if drip and not writer.is_closing():
                    writer.write(drip)
            await asyncio.sleep(0.1)
    finally:
        for writer in lines:
            writer.close()


ATTACKS: dict[str, Attack] = {
    "slow heads": lambda port, _: crowd(port, 150, b"GET /v1/referrals HTTP/1.1\r\nHost: edge\r\n", b"X-A: b\r\n"),
    "slow bodies": lambda port, token: crowd(
        port, 100, head(token, b"Content-Length: 100000") + b'\r\n{"local_reference":"', b"x"
    ),
    "slow chunks": lambda port, token: crowd(
        port, 100, head(token, b"Transfer-Encoding: chunked") + b"\r\n", b"1\r\nx\r\n"
    ),
}


@pytest.fixture
async def victim(ground: Ground, forge: Forge) -> AsyncIterator[Callable[[], Awaitable[float]]]:
    """Somebody of another partnership; how long the slowest of their hundred requests took, within the time."""
    target = Target("a neighbour", ground.gateway_port, "/v1/referrals")
    token = forge.good(partnership=str(new_id()), organisation=str(new_id()), client_id=str(new_id()))

    async def measure() -> float:
        took, end = [], time.monotonic() + SECONDS
        while time.monotonic() < end:
            began = time.monotonic()
            verdict: Verdict = await target.show(token)
            took.append(time.monotonic() - began)
            assert verdict.status == 200, verdict.body
        return sorted(took)[int(len(took) * 0.99) - (len(took) % 100 == 0)]

    yield measure
    target.hang_up()


@pytest.mark.parametrize("name", ATTACKS)
async def test_a_neighbour_is_served_as_before_while_somebody_attacks(
    ground: Ground, forge: Forge, victim: Callable[[], Awaitable[float]], name: str
) -> None:
    memory = psutil.Process().memory_info().rss
    token = forge.good(roles=[Role.SOCIAL_WORKER]).encode()
    found: list[tuple[float, float]] = []
    for _ in range(TRIES):
        before = await victim()
        attack = asyncio.ensure_future(ATTACKS[name](ground.gateway_port, token))
        await asyncio.sleep(0.2)
        during = median([await victim(), await victim(), await victim()])
        assert not attack.done(), attack.exception()
        attack.cancel()
        with suppress(asyncio.CancelledError):
            await attack
        quiet = max(before, await victim())
        found.append((quiet, during))
        if during <= max(2 * quiet, FLOOR_SECONDS):
            break
    else:
        pytest.fail(f"quiet and attacked, in seconds: {found}")
    assert psutil.Process().memory_info().rss - memory < MEMORY_BYTES
