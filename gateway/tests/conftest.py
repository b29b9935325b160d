"""A gateway before a service that does what the test says."""

from collections.abc import AsyncIterator

import pytest

from gateway.tests.data_path import Gateway, Service, gateway_for


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A service of this test alone; it says what arrived until the test gives it another handler."""
    service = Service()
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def fresh(service: Service) -> AsyncIterator[Gateway]:
    """A gateway of this test alone, for tests that count connections."""
    async with gateway_for(service) as gateway:
        yield gateway


@pytest.fixture(scope="session")
async def standing() -> AsyncIterator[Gateway]:
    """One gateway for all tests that leave it as they found it."""
    service = Service()
    await service.start()
    async with gateway_for(service) as gateway:
        yield gateway
    await service.stop()


@pytest.fixture
def edge(standing: Gateway) -> Gateway:
    """The standing gateway, with nothing revoked, before a service that has seen nothing yet."""
    standing.service.forget()
    standing.revoked.forget()
    return standing
