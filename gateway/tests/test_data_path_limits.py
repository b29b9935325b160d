"""How often somebody may come, and when a dead service is left alone."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from gateway.breaker import Breaker, State
from gateway.limits import Bucket, Policy
from gateway.tests.data_path import Served, Service, gateway_for
from shared.auth import Role
from shared.ids import new_id

POLICY = Policy("client", 10, 5)


def test_a_whole_window_may_come_at_once_and_not_one_more() -> None:
    bucket = Bucket(POLICY)
    assert [bucket.take(100.0) for _ in range(11)] == [True] * 10 + [False]


def test_requests_come_back_one_by_one() -> None:
    bucket = Bucket(POLICY)
    for _ in range(10):
        bucket.take(100.0)
    assert bucket.wait(100.0) == 1
    assert not bucket.take(100.49)
    assert bucket.take(100.5)
    assert not bucket.take(100.5)
    assert [bucket.take(200.0) for _ in range(11)] == [True] * 10 + [False]


def test_the_headers_say_what_is_left_and_until_when() -> None:
    bucket = Bucket(POLICY)
    assert (bucket.policy_header, bucket.header(100.0)) == (b'"client";q=10;w=5', b'"client";r=10;t=0')
    bucket.take(100.0)
    assert bucket.header(100.0) == b'"client";r=9;t=1'
    for _ in range(9):
        bucket.take(100.0)
    assert bucket.header(100.0) == b'"client";r=0;t=5'
    assert bucket.header(102.6) == b'"client";r=5;t=3'


def test_the_wait_is_true() -> None:
    bucket = Bucket(Policy("client", 2, 60))
    bucket.take(100.0)
    bucket.take(100.0)
    assert not bucket.take(100.0)
    wait = bucket.wait(100.0)
    assert wait == 30
    assert not bucket.take(100.0 + wait - 1)
    assert bucket.take(100.0 + wait)


@given(st.lists(st.floats(min_value=0, max_value=3, allow_nan=False), max_size=200))
def test_no_stretch_of_time_sees_more_than_a_window_and_what_came_back(gaps: list[float]) -> None:
    bucket, now, taken = Bucket(POLICY), 50.0, []
    for gap in gaps:
        now += gap
        before = bucket.header(now)
        if bucket.take(now):
            taken.append(now)
        else:
            assert b"r=0;" in before
    for index, first in enumerate(taken):
        for count, last in enumerate(taken[index:], start=1):
            assert count <= POLICY.requests + (last - first) / POLICY.interval + 1e-6


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker(3, 5.0)
    for now in (1.0, 2.0):
        breaker.failed(now)
    breaker.succeeded()
    for now in (3.0, 4.0):
        breaker.failed(now)
    assert (breaker.state, breaker.admits(4.0)) == (State.CLOSED, True)
    breaker.failed(5.0)
    assert (breaker.state, breaker.admits(5.1), breaker.retry_after(6.0)) == (State.OPEN, False, 4)


def tried() -> Breaker:
    """A breaker that has let one request try."""
    breaker = Breaker(1, 5.0)
    breaker.failed(0.0)
    assert not breaker.admits(4.9)
    assert breaker.admits(5.0)
    assert not breaker.admits(5.0)
    return breaker


def test_after_a_while_one_request_tries_and_closes_it() -> None:
    breaker = tried()
    breaker.succeeded()
    assert breaker.state is State.CLOSED
    assert breaker.admits(5.2)


def test_after_a_while_one_request_tries_and_it_stays_open() -> None:
    breaker = tried()
    breaker.failed(5.1)
    assert breaker.state is State.OPEN
    assert not breaker.admits(5.2)


def test_when_the_one_who_tried_went_away_the_next_one_tries() -> None:
    breaker = Breaker(1, 5.0)
    breaker.failed(0.0)
    assert breaker.admits(5.0)
    breaker.gave_up()
    assert breaker.state is State.OPEN
    assert breaker.admits(5.0)


def test_giving_up_does_not_open_a_closed_breaker() -> None:
    breaker = Breaker(1, 5.0)
    breaker.gave_up()
    assert breaker.state is State.CLOSED


async def test_whoever_comes_too_often_is_told_when_to_come_again(service: Service) -> None:
    async with gateway_for(service, limit_requests=3, limit_window_seconds=60) as edge:
        left = []
        for _ in range(3):
            answer = await edge.get("/v1/referrals/1")
            assert answer.status == 200
            assert answer.headers["ratelimit-policy"] == '"client";q=3;w=60'
            left.append(answer.headers["ratelimit"].split(";")[1])
        assert left == ["r=2", "r=1", "r=0"]
        answer = await edge.get("/v1/referrals/1")
        assert (answer.status, answer.json["type"]) == (429, "/problems/too-many-requests")
        assert answer.headers["ratelimit"].startswith('"client";r=0;t=')
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        assert len(service.requests) == 3
        assert (await edge.get("/v1/partnerships")).status == 429
        # Another token of the same client does not help; another client is not concerned.
        assert (await edge.get("/v1/referrals/1", token=edge.token(sub="other"))).status == 429
        assert (await edge.get("/v1/referrals/1", token=edge.token(client_id="other"))).status == 200


async def test_whoever_works_at_the_console_waits_for_nobody_else_there(service: Service) -> None:
    async with gateway_for(service, limit_requests=1, limit_window_seconds=60) as edge:
        one, other = (edge.token(client_id="console", person=new_id()) for _ in range(2))
        found = [(await edge.get("/v1/referrals/1", token=token)).status for token in (one, one, other)]
        assert found == [200, 429, 200]
        # Whoever else people sign in with is one client, whoever they are.
        one, other = (edge.token(client_id="other", person=new_id()) for _ in range(2))
        found = [(await edge.get("/v1/referrals/1", token=token)).status for token in (one, other)]
        assert found == [200, 429]


async def test_a_client_that_only_hands_in_has_a_smaller_limit(service: Service) -> None:
    async with gateway_for(service, limit_requests=100, limit_requests_intake=2) as edge:
        token = edge.token(Role.INTAKE, client_id="form")
        statuses = [(await edge.post("/v1/concerns", token=token)).status for _ in range(3)]
        assert statuses == [200, 200, 429]
        both = edge.token(Role.INTAKE, Role.COORDINATOR, client_id="both")
        assert (await edge.get("/v1/referrals/1", token=both)).headers["ratelimit-policy"].startswith('"client"')


async def test_a_dead_service_is_left_alone_for_a_while_and_found_again(service: Service) -> None:
    async with gateway_for(service, breaker_failures=2, breaker_seconds=0.5) as edge:
        port = service.port
        await service.stop()
        for _ in range(2):
            assert (await edge.get("/v1/referrals/1")).status == 503
        breaker = edge.path.upstreams["referral"].breaker
        assert breaker.state == "open"
        await service.start(port)
        service.requests.clear()
        answer = await edge.get("/v1/referrals/1")
        assert (answer.status, answer.json["type"]) == (503, "/problems/unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        assert service.requests == []
        # Its neighbours are not concerned.
        assert (await edge.get("/v1/volunteers/1")).status == 200
        await asyncio.sleep(0.6)
        assert (await edge.get("/v1/referrals/1")).status == 200
        assert breaker.state == "closed"


async def test_time_outs_open_the_breaker_and_a_services_own_errors_do_not(service: Service) -> None:
    async def fail(served: Served) -> None:
        await served.answer(503, b"{}", "Retry-After: 7")

    async def silent(served: Served) -> None:
        await served.hung_up()

    async with gateway_for(service, breaker_failures=2, answer_seconds=0.2) as edge:
        service.handler = fail
        for _ in range(4):
            answer = await edge.get("/v1/referrals/1")
            assert (answer.status, answer.headers["retry-after"]) == (503, "7")
        assert edge.path.upstreams["referral"].breaker.state is State.CLOSED
        service.handler = silent
        assert [(await edge.get("/v1/referrals/1")).status for _ in range(3)] == [504, 504, 503]


async def test_callers_who_go_away_do_not_open_the_breaker(service: Service) -> None:
    async def handler(served: Served) -> None:
        await served.hung_up()

    service.handler = handler
    async with gateway_for(service, breaker_failures=1) as edge:
        for _ in range(3):
            async with edge.line() as line:
                await line.send(edge.head("POST", "/v1/referrals", "Content-Length: 100") + b"x")
                await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)
        assert edge.path.upstreams["referral"].breaker.state is State.CLOSED


async def test_a_bad_token_counts_for_nobody(service: Service) -> None:
    async with gateway_for(service, limit_requests=1) as edge:
        for _ in range(3):
            assert (await edge.get("/v1/referrals/1", token="a.b.c")).status == 401
        assert (await edge.get("/v1/referrals/1")).status == 200
