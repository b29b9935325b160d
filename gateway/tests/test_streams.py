"""Whoever sends or reads drop by drop holds connections to a service; he does not keep others from theirs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from gateway.tests.data_path import Gateway, Served, Service, gateway_for
from gateway.tests.near_end import Line
from shared.tests.house import until

CONNECTIONS = 4
# More than what is awaited before a body is passed on; more than what the buffers on the way hold.
STREAMS = CONNECTIONS // 2
BODY, ANSWER = 100_000, 32 * 2**20


@pytest.fixture
async def gate(service: Service) -> AsyncIterator[Gateway]:
    """A gateway with few connections to its service."""
    service.handler = counts
    async with gateway_for(service, upstream_connections=CONNECTIONS) as gateway:
        yield gateway


async def counts(served: Served) -> None:
    """A long answer to whoever asks for a report; to all others, how much they sent."""
    body = await served.read_body()
    await served.answer(200, b"x" * ANSWER if "reports" in served.line else b"%d" % len(body))


async def begun(stack: AsyncExitStack, gate: Gateway, client: str) -> Line:
    """A body of which the last part is still to come."""
    line = await stack.enter_async_context(gate.line())
    head = gate.head("POST", "/v1/referrals", f"Content-Length: {BODY}", token=gate.token(client_id=client))
    await line.send(head + b"x" * (BODY - 1))
    return line


async def asked(stack: AsyncExitStack, gate: Gateway, client: str) -> Line:
    """A long answer of which nothing is read yet."""
    line = await stack.enter_async_context(gate.line())
    await line.send(gate.head("GET", "/v1/referrals/reports", token=gate.token(client_id=client)))
    return line


async def ended(line: Line) -> None:
    """Send what the body lacks, and hear that it arrived."""
    await line.send(b"x")
    assert (await line.answer()).body == b"%d" % BODY


async def are_taken(gate: Gateway) -> bool:
    """Whether there are as many streams as there may be."""
    return len(gate.path.upstreams["referral"].streams._running) == STREAMS  # noqa: SLF001 - nobody else asks


async def test_bodies_that_do_not_end_leave_connections_for_others(gate: Gateway) -> None:
    async with AsyncExitStack() as stack:
        lines = [await begun(stack, gate, "slow") for _ in range(STREAMS)]
        await until(lambda: are_taken(gate))
        for _ in range(2 * CONNECTIONS):
            answer = await (await begun(stack, gate, "slow")).answer()
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert [(await gate.get("/v1/referrals/1")).status for _ in range(20)] == [200] * 20
        for line in lines:
            await ended(line)


async def test_answers_that_nobody_reads_leave_connections_for_others(gate: Gateway) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(STREAMS):
            await asked(stack, gate, "slow")
        await until(lambda: are_taken(gate))
        for _ in range(2 * CONNECTIONS):
            answer = await (await asked(stack, gate, "slow")).answer()
            assert (answer.status, answer.headers["retry-after"]) == (503, "2")
        assert [(await gate.get("/v1/referrals/1")).status for _ in range(20)] == [200] * 20


async def test_whoever_has_the_most_streams_gives_way(gate: Gateway) -> None:
    async with AsyncExitStack() as stack:
        first, second = [await begun(stack, gate, "one of many") for _ in range(STREAMS)]
        await until(lambda: are_taken(gate))
        other = await begun(stack, gate, "one of one")
        assert (await first.answer()).status == 503
        await ended(other)
        await ended(second)


async def test_whoever_takes_nothing_of_his_answer_is_sent_away(service: Service) -> None:
    over = asyncio.Event()

    async def handler(served: Served) -> None:
        try:
            await counts(served)
        finally:
            over.set()

    service.handler = handler
    async with gateway_for(service, client_silence_seconds=0.1, answer_seconds=60) as gate, gate.line() as line:
        await line.send(gate.head("GET", "/v1/referrals/reports"))
        await asyncio.wait_for(over.wait(), 10)


async def test_whoever_takes_his_answer_slowly_is_borne(service: Service) -> None:
    service.handler = counts
    async with gateway_for(service, client_silence_seconds=1, answer_seconds=60) as gate, gate.line() as line:
        await line.send(gate.head("GET", "/v1/referrals/reports"))
        # Longer than somebody is borne who takes nothing.
        for _ in range(ANSWER // 2**20):
            await asyncio.wait_for(line._reader.readexactly(2**20), 10)  # noqa: SLF001 - a slow hand
            await asyncio.sleep(0.15)
