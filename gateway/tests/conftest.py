"""A gateway before a service that does what the test says."""

from collections.abc import AsyncIterator

import pytest

from gateway.tests.data_path import Gateway, Service, gateway_for


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A service that says what arrived, until the test gives it another handler."""
    service = Service()
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
async def edge(service: Service) -> AsyncIterator[Gateway]:
    """The data path as it is configured by default."""
    async with gateway_for(service) as gateway:
        yield gateway
