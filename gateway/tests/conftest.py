"""A gateway before a service that does what the test says."""

from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.tests.data_path import WAYS, Gateway, Service, gateway_for, going


@pytest.fixture(scope="session", autouse=True, params=WAYS)
def way(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each test goes both ways."""
    name: str = request.param
    with going(name):
        yield name


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
async def standing(way: str) -> AsyncIterator[Gateway]:
    """One gateway for all tests of a way that leave it as they found it."""
    assert way in WAYS
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
