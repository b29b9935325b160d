"""Bodies that come and go in parts: nobody has to hold them whole, and half of one is never told as a whole."""

import asyncio

from gateway.tests.data_path import Gateway, Served, Service, gateway_for


async def test_a_short_answer_that_breaks_off_is_told_as_a_failure(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n" + b"x" * 50)
        await asyncio.sleep(0.1)
        served.close()

    service.handler = handler
    for method in ("GET", "POST"):
        async with fresh.line() as line:
            await line.send(fresh.head(method, "/v1/referrals/1", "Content-Length: 0"))
            answer = await line.answer()
        assert (answer.status, answer.headers["retry-after"]) == (502, "2")
        assert b"xx" not in answer.body


async def test_a_short_answer_in_crumbs_is_told_whole(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        for byte in b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n" + b"y" * 20:
            await served.raw(bytes([byte]))
            await asyncio.sleep(0.002)

    service.handler = handler
    assert (await fresh.get("/v1/referrals/1")).body == b"y" * 20
    assert fresh.path.upstreams["referral"].size == 1


async def test_a_long_answer_that_breaks_off_is_not_told_as_whole(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + b"x" * 50)
        await asyncio.sleep(0.1)
        served.close()

    service.handler = handler
    async with fresh.line() as line:
        await line.send(fresh.head("GET", "/v1/referrals/1"))
        said = await line.rest()
    assert b"content-length: 100000" in said
    assert said.endswith(b"x" * 50)
    assert b"xx" * 26 not in said


async def test_a_chunked_answer_that_breaks_off_lacks_its_last_chunk(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await asyncio.sleep(0.1)
        served.close()

    service.handler = handler
    async with fresh.line() as line:
        await line.send(fresh.head("GET", "/v1/referrals/1"))
        said = await line.rest()
    assert b"abc" in said
    assert not said.endswith(b"0\r\n\r\n")


async def test_an_answer_without_length_ends_with_its_connection(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.raw(b"HTTP/1.1 200 OK\r\n\r\nhello")
        served.close()

    service.handler = handler
    assert (await fresh.get("/v1/referrals/1")).body == b"hello"


async def test_a_large_answer_streams_and_a_slow_reader_slows_the_service(fresh: Gateway, service: Service) -> None:
    block, sent = b"x" * 65_536, 0

    async def handler(served: Served) -> None:
        nonlocal sent
        await served.raw(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (len(block) * 1000))
        for _ in range(1000):
            await served.raw(block)
            sent += 1

    service.handler = handler
    async with fresh.line() as line:
        await line.send(fresh.head("GET", "/v1/reports/impact"))
        await asyncio.sleep(0.7)
        waiting = sent
        # 65 MB were asked for; only what kernel and event loop buffers hold has been produced.
        assert waiting < 500
        answer = await line.answer()
    assert len(answer.body) == 65_536_000


async def test_a_reader_who_goes_away_ends_the_stream(fresh: Gateway, service: Service) -> None:
    ended = asyncio.Event()

    async def handler(served: Served) -> None:
        await served.raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                await served.raw(b"3\r\nabc\r\n")
                await asyncio.sleep(0.02)
        finally:
            ended.set()

    service.handler = handler
    async with fresh.line() as line:
        await line.send(fresh.head("GET", "/v1/reports/impact"))
        await asyncio.sleep(0.1)
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_large_body_streams_and_a_slow_service_slows_the_caller(service: Service) -> None:
    go = asyncio.Event()

    async def handler(served: Served) -> None:
        await go.wait()
        await served.read_body()
        await served.answer(200, b"%d" % len(served.body))

    service.handler = handler
    size = 60_000_000
    async with gateway_for(service, max_body_bytes=size) as edge, edge.line() as line:
        await line.send(edge.head("POST", "/v1/referrals", f"Content-Length: {size}"))
        sending = asyncio.create_task(line.send(b"x" * size))
        await asyncio.sleep(0.5)
        assert not sending.done()
        go.set()
        await sending
        assert (await line.answer()).body == b"%d" % size


async def test_a_service_may_answer_before_the_body_has_ended(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.answer(422, b"{}")
        await served.hung_up()

    service.handler = handler
    async with fresh.line() as line:
        await line.send(fresh.head("POST", "/v1/referrals", "Content-Length: 200000") + b"x" * 100_000)
        answer = await line.answer()
        assert (answer.status, answer.headers["connection"]) == (422, "close")
        assert await line.rest() == b""


async def test_a_caller_who_goes_away_within_the_body_takes_the_request_along(fresh: Gateway, service: Service) -> None:
    gone = asyncio.Event()

    async def handler(served: Served) -> None:
        await served.hung_up()
        gone.set()

    service.handler = handler
    async with fresh.line() as line:
        await line.send(fresh.head("POST", "/v1/referrals", "Content-Length: 200000") + b"x" * 100_000)
        await asyncio.sleep(0.1)
    await asyncio.wait_for(gone.wait(), 5)
    await asyncio.sleep(0.1)
    assert fresh.path.upstreams["referral"].size == 0
