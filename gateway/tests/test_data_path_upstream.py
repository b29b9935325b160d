"""How the gateway uses its services' connections, and what it says when a service is slow, dead or talks nonsense."""

import asyncio
from collections import Counter

import pytest

from gateway.tests.data_path import Gateway, Served, Service, gateway_for
from gateway.upstream import Upstream, UpstreamError

KEY = "Idempotency-Key: 1"


async def test_a_connection_to_a_service_is_used_again(fresh: Gateway) -> None:
    for number in range(5):
        assert (await fresh.get(f"/v1/referrals/{number}")).status == 200
    assert fresh.service.connections == 1


async def test_the_connection_used_last_is_used_first(fresh: Gateway, service: Service) -> None:
    await asyncio.gather(*(fresh.get(f"/v1/referrals/{number}") for number in range(4)))
    opened = service.connections
    service.requests.clear()
    for number in range(4):
        await fresh.get(f"/v1/referrals/{number}")
    assert service.connections == opened
    assert len({one.connection for one in service.requests}) == 1


async def test_no_more_connections_are_made_than_allowed(service: Service) -> None:
    async with gateway_for(service, upstream_connections=2, connect_seconds=5) as edge:
        answers = await asyncio.gather(*(edge.get(f"/v1/referrals/{number}") for number in range(12)))
        assert Counter(one.status for one in answers) == {200: 12}
        assert service.connections == 2


async def test_who_finds_no_free_connection_in_time_is_told_to_come_again(service: Service) -> None:
    release = asyncio.Event()

    async def wait(served: Served) -> None:
        await release.wait()
        await served.answer()

    service.handler = wait
    async with gateway_for(service, upstream_connections=1, connect_seconds=0.2) as edge:
        first = asyncio.create_task(edge.get("/v1/referrals/1"))
        await asyncio.sleep(0.1)
        second = await edge.get("/v1/referrals/2")
        assert (second.status, second.json["type"]) == (503, "/problems/unavailable")
        assert int(second.headers["retry-after"]) >= 1
        release.set()
        assert (await first).status == 200
        assert (await edge.get("/v1/referrals/3")).status == 200


async def test_a_connection_that_nobody_needs_is_closed(service: Service) -> None:
    async with gateway_for(service, upstream_idle_seconds=0.2) as edge:
        await edge.get("/v1/referrals/1")
        await asyncio.sleep(1)
        assert edge.path.upstreams["referral"].size == 0
        assert (await edge.get("/v1/referrals/1")).status == 200
        assert service.connections == 2


async def test_a_service_that_says_close_is_believed(fresh: Gateway, service: Service) -> None:
    async def answer(served: Served) -> None:
        await served.answer(200, b"{}", "Connection: close")

    service.handler = answer
    assert (await fresh.get("/v1/referrals/1")).status == 200
    assert (await fresh.get("/v1/referrals/1")).status == 200
    assert service.connections == 2


async def test_a_service_that_is_not_there_is_a_503_that_says_when(service: Service) -> None:
    async with gateway_for(service) as edge:
        await service.stop()
        answer = await edge.post("/v1/referrals")
        assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) >= 1


async def test_a_restarted_service_is_found_again(service: Service) -> None:
    async with gateway_for(service) as edge:
        assert (await edge.get("/v1/referrals/1")).status == 200
        port = service.port
        await service.stop()
        await service.start(port)
        assert (await edge.get("/v1/referrals/1")).status == 200


def dies_on_second(service: Service, said: bytes = b"") -> None:
    """The second request on a connection gets `said`, then the connection is closed."""
    seen: Counter[int] = Counter()

    async def handler(served: Served) -> None:
        seen[served.connection] += 1
        await served.read_body()
        if seen[served.connection] == 2:
            if said:
                await served.raw(said)
            served.close()
        else:
            await served.answer()

    service.handler = handler


@pytest.mark.parametrize(("method", "lines"), [("GET", []), ("PUT", []), ("DELETE", []), ("POST", [KEY])])
async def test_what_may_be_repeated_is_sent_again_when_a_kept_connection_was_dead(
    fresh: Gateway, service: Service, method: str, lines: list[str]
) -> None:
    dies_on_second(service)
    await fresh.get("/v1/referrals/1")
    assert (await fresh.request(method, "/v1/referrals/1", *lines)).status == 200
    assert [one.connection for one in service.requests] == [1, 1, 2]


async def test_a_body_is_sent_again_with_its_request(fresh: Gateway, service: Service) -> None:
    dies_on_second(service)
    await fresh.get("/v1/referrals/1")
    assert (await fresh.post("/v1/referrals", b'{"whole": true}', KEY)).status == 200
    assert [one.body for one in service.requests] == [b"", b'{"whole": true}', b'{"whole": true}']


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_what_may_not_be_repeated_is_not(fresh: Gateway, service: Service, method: str) -> None:
    dies_on_second(service)
    await fresh.get("/v1/referrals/1")
    answer = await fresh.request(method, "/v1/referrals/1")
    assert (answer.status, answer.json["type"]) == (502, "/problems/bad-gateway")
    assert len(service.requests) == 2


async def test_nothing_is_repeated_once_a_byte_of_an_answer_has_come(fresh: Gateway, service: Service) -> None:
    dies_on_second(service, said=b"HTTP/1.1 200 OK\r\ncontent-le")
    await fresh.get("/v1/referrals/1")
    assert (await fresh.get("/v1/referrals/1")).status == 502
    assert len(service.requests) == 2


async def test_nothing_is_repeated_when_a_new_connection_died(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        served.close()

    service.handler = handler
    assert (await fresh.get("/v1/referrals/1")).status == 502
    assert len(service.requests) == 1


async def test_nothing_is_repeated_twice(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        if len(service.requests) == 1:
            await served.answer()
        else:
            served.close()

    service.handler = handler
    await fresh.get("/v1/referrals/1")
    assert (await fresh.get("/v1/referrals/1")).status == 502
    assert len(service.requests) == 3


async def test_a_silent_service_is_a_504(service: Service) -> None:
    hung_up = asyncio.Event()

    async def silent(served: Served) -> None:
        await served.hung_up()
        hung_up.set()

    service.handler = silent
    async with gateway_for(service, answer_seconds=0.3) as edge:
        answer = await edge.get("/v1/referrals/1")
        assert (answer.status, answer.json["type"]) == (504, "/problems/gateway-timeout")
        await asyncio.wait_for(hung_up.wait(), 5)


@pytest.mark.parametrize(
    "said",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\x00b\r\n\r\n",
    ],
)
async def test_nonsense_from_a_service_is_a_502(fresh: Gateway, service: Service, said: bytes) -> None:
    async def handler(served: Served) -> None:
        await served.raw(said)

    service.handler = handler
    answer = await fresh.get("/v1/referrals/1")
    assert (answer.status, answer.json["type"]) == (502, "/problems/bad-gateway")


async def test_a_second_answer_to_one_question_is_never_taken_for_the_next(fresh: Gateway, service: Service) -> None:
    first, second = (
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
    )

    async def handler(served: Served) -> None:
        if len(service.requests) == 1:
            await served.raw(first + second)
        elif len(service.requests) == 2:
            await served.raw(first)
            await asyncio.sleep(0.05)
            await served.raw(second)
        else:
            await served.raw(first)

    service.handler = handler
    for _ in range(3):
        assert (await fresh.get("/v1/referrals/1")).body == b"one"
        await asyncio.sleep(0.2)
    assert service.connections == 3


async def test_an_interim_answer_is_not_the_answer(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.raw(
            b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
        )

    service.handler = handler
    answer = await fresh.get("/v1/referrals/1")
    assert (answer.status, answer.body, "link" in answer.headers) == (200, b"{}", False)


async def test_answers_without_a_body_leave_the_connection_usable(fresh: Gateway, service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.raw(b'HTTP/1.1 304 Not Modified\r\netag: "1"\r\n\r\n')

    service.handler = handler
    for _ in range(3):
        answer = await fresh.get("/v1/referrals/1", 'If-None-Match: "1"')
        assert (answer.status, answer.headers["etag"]) == (304, '"1"')
    assert service.connections == 1


async def test_cancelling_closes_the_connection(service: Service) -> None:
    gone = asyncio.Event()

    async def handler(served: Served) -> None:
        await served.hung_up()
        gone.set()

    service.handler = handler
    async with gateway_for(service) as edge:
        upstream = Upstream("referral", f"http://127.0.0.1:{service.port}", edge.path.settings)
        message = b"GET /v1/referrals/1" + upstream.host_line + b"\r\n"
        asking = asyncio.create_task(upstream.exchange(message, repeatable=True))
        await asyncio.sleep(0.2)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(gone.wait(), 5)
        await upstream.close()


async def test_closing_lets_nobody_open_another_connection(service: Service) -> None:
    asked = asyncio.Event()

    async def handler(served: Served) -> None:
        if len(service.requests) == 1:
            await served.answer()
        else:
            asked.set()
            await served.hung_up()

    service.handler = handler
    async with gateway_for(service) as edge:
        upstream = Upstream("referral", f"http://127.0.0.1:{service.port}", edge.path.settings)
        message = b"GET /v1/referrals/1" + upstream.host_line + b"\r\n"
        upstream.give_back(await upstream.exchange(message, repeatable=True))
        asking = asyncio.create_task(upstream.exchange(message, repeatable=True))
        await asked.wait()
        await upstream.close()
        with pytest.raises(UpstreamError):
            await asking
        assert (upstream.size, service.connections) == (0, 1)


@pytest.mark.parametrize("address", ["https://referral", "http://referral/base", "referral:8000", "http://"])
async def test_an_address_that_cannot_be_used_is_refused_at_the_start(service: Service, address: str) -> None:
    with pytest.raises(ValueError, match="must be http"):
        async with gateway_for(service, upstream_training=address):
            pass
