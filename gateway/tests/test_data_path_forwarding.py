"""What reaches a service, and what comes back."""

from collections.abc import AsyncIterator

import pytest

from gateway.tests.data_path import Gateway, Service, gateway_for


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def gateway(service: Service) -> AsyncIterator[Gateway]:
    async with gateway_for(service) as gateway:
        yield gateway


async def test_a_get_reaches_its_service(gateway: Gateway) -> None:
    answer = await gateway.get("/v1/referrals/1?limit=2")
    assert (answer.status, answer.json["line"]) == (200, "GET /v1/referrals/1?limit=2 HTTP/1.1")


async def test_a_body_reaches_its_service(gateway: Gateway) -> None:
    answer = await gateway.post("/v1/referrals", b'{"a": 1}')
    assert answer.json["body"] == '{"a": 1}'
