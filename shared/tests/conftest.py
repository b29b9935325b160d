"""The widget service running, with callers of a fresh partnership, and parts of its own for what runs behind it."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from shared.consumer import Handlers
from shared.kafka import Producer, create_topics
from shared.parts import Parts
from shared.settings import Settings
from shared.testing import Running, running
from shared.tests import widgets
from shared.tests.books import books
from shared.tests.house import House
from shared.tests.listening import listening
from shared.tests.reviewed import reviewed
from shared.tests.tables import behind

# Fixtures that several files share live beside what they hand out.
__all__ = ["behind", "books", "listening", "reviewed"]


@pytest.fixture(scope="session")
def environment(environment_of: Callable[[str], dict[str, str]]) -> dict[str, str]:
    return environment_of(widgets.SERVICE)


@pytest_asyncio.fixture(scope="session")
async def table(environment: dict[str, str]) -> None:
    """The tests' own table, once per test process."""
    await widgets.make_table(environment)


@pytest_asyncio.fixture(scope="session")
async def spine(environment: dict[str, str], table: None) -> AsyncIterator[Running]:
    async with running(widgets.create, environment, Handlers()) as started:
        yield started


@pytest.fixture(scope="session")
def settings_of(environment: dict[str, str]) -> Callable[..., Settings]:
    """Settings of the widget service, some of them changed."""

    def of(**changed: Any) -> Settings:
        given = {name.removeprefix("CIRCLE_").lower(): value for name, value in environment.items()}
        return Settings(**given | {"service": widgets.SERVICE, "worker": "separate"} | changed)

    return of


@pytest_asyncio.fixture(scope="session")
async def parts(settings_of: Callable[..., Settings], table: None) -> AsyncIterator[Parts]:
    """Parts of a process beside the app's."""
    made = Parts.of(settings_of())
    yield made
    await made.close()


@pytest_asyncio.fixture
async def alone(settings_of: Callable[..., Settings], table: None) -> AsyncIterator[Parts]:
    """Parts whose pool has a single connection, so that the next user gets the same."""
    made = Parts.of(settings_of(pool_size=1))
    yield made
    await made.close()


@pytest.fixture
def house(spine: Running) -> House:
    return House(spine)


@pytest_asyncio.fixture(scope="session")
async def admin_dsn(stack: Any) -> str:
    """A superuser's address of the widget service's database: for looking behind the policies, and for attackers."""
    dsn: str = stack.admin_dsn
    return f"{dsn.rpartition('/')[0]}/{stack.database(widgets.SERVICE)}"


@pytest_asyncio.fixture(scope="session")
async def bus_settings(settings_of: Callable[..., Settings]) -> Settings:
    """Topics that only the spine's tests write to."""
    settings = settings_of()
    prefix = f"spine.{settings.topic_prefix}"
    await create_topics(settings.kafka_bootstrap, prefix)
    return settings_of(topic_prefix=prefix)


@pytest_asyncio.fixture
async def processes(bus_settings: Settings, table: None) -> AsyncIterator[list[Parts]]:
    """Two processes of the same service."""
    made = [Parts.of(bus_settings), Parts.of(bus_settings)]
    yield made
    for parts in made:
        await parts.close()


@pytest_asyncio.fixture
async def producer(bus_settings: Settings) -> AsyncIterator[Producer]:
    made = Producer(bus_settings)
    await made.start()
    yield made
    await made.stop()
