"""What everybody may read: passed on without a token, counted by address, with no identity for the service."""

import pytest

from gateway.limits import Limits, Policy
from gateway.tests.data_path import Gateway, Service, gateway_for

PATH = "/v1/public/releases"


def without_token(path: str = PATH, *lines: str) -> bytes:
    return ("\r\n".join([f"GET {path} HTTP/1.1", "Host: gateway", *lines]) + "\r\n\r\n").encode()


async def test_a_public_path_needs_no_token_and_every_other_one_does(edge: Gateway) -> None:
    answer = await edge.raw(without_token())
    assert answer.status == 200
    assert dict(answer.json["headers"])["authorization"] == ""
    assert (await edge.raw(without_token("/v1/releases"))).status == 401
    assert (await edge.raw(without_token("/v1/publicity"))).status != 200


@pytest.mark.parametrize("given", ["Bearer a.b.c", "Basic eDp5", "nonsense"])
async def test_a_token_that_is_no_good_does_no_harm_there_and_goes_no_further(edge: Gateway, given: str) -> None:
    answer = await edge.raw(without_token(PATH, f"Authorization: {given}"))
    assert answer.status == 200
    assert dict(answer.json["headers"])["authorization"] == ""


async def test_a_link_is_sent_without_a_token_too(edge: Gateway) -> None:
    said = b'{"secret": "x"}'
    lines = ["POST /v1/check-ins/arrive HTTP/1.1", "Host: gateway", "Content-Type: application/json"]
    answer = await edge.raw(("\r\n".join([*lines, f"Content-Length: {len(said)}"]) + "\r\n\r\n").encode() + said)
    assert answer.status == 200
    assert dict(answer.json["headers"])["authorization"] == ""


async def test_whoever_reads_without_a_token_too_often_is_told_when_to_come_again(service: Service) -> None:
    async with gateway_for(service, limit_requests_visitor=2) as edge:
        answers = [await edge.raw(without_token()) for _ in range(3)]
        assert [one.status for one in answers] == [200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"visitor";q=2;w=60'
        assert (await edge.get("/v1/referrals/1")).status == 200


def test_each_address_has_a_limit_of_its_own_and_only_so_many_are_remembered() -> None:
    limits = Limits(Policy("client", 9, 60), Policy("intake", 9, 60), Policy("visitor", 9, 60))
    limits.most_visitors = 2
    one, other = limits.visitor("a"), limits.visitor("b")
    assert limits.visitor("a") is one
    limits.visitor("c")
    assert limits.visitor("a") is one
    assert limits.visitor("b") is not other
