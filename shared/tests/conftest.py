"""The widget service running, with callers of a fresh partnership, and parts of its own for what runs behind it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.auth import Role
from shared.consumer import Handlers
from shared.db import Scope, Work
from shared.ids import new_id
from shared.parts import Parts
from shared.settings import Settings
from shared.testing import Caller, Running, running
from shared.tests import widgets


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


@dataclass
class House:
    """A partnership with one organisation; nothing that a test makes here is met by another test."""

    spine: Running
    partnership: UUID = field(default_factory=new_id)
    organisation: UUID = field(default_factory=new_id)

    def caller(self, *roles: Role, person: UUID | None = None, organisation: UUID | None = None) -> Caller:
        place = organisation or self.organisation
        return self.spine.as_(*roles, partnership=self.partnership, organisation=place, person=person or new_id())

    @property
    def maker(self) -> Caller:
        return self.caller(Role.COORDINATOR)

    def work(self, scope: Scope = "organisation", **changed: Any) -> Work:
        given: dict[str, Any] = {
            "service": widgets.SERVICE,
            "partnership": self.partnership,
            "organisation": self.organisation,
        }
        return Work(**given | {"actor": "test", "scope": scope} | changed)

    async def rows(self, query: str, **parameters: Any) -> list[Any]:
        """What the worker sees of this partnership; `:p` is the partnership."""
        async with self.spine.parts.worker.open(self.work("system")) as session:
            result = await session.execute(text(query), {"p": self.partnership} | parameters)
            return list(result.all())

    async def count(self, table: str) -> int:
        rows = await self.rows(f"SELECT count(*) FROM {table} WHERE partnership_id = :p")  # noqa: S608 - our own names
        return int(rows[0][0])


@pytest.fixture
def house(spine: Running) -> House:
    return House(spine)


@pytest_asyncio.fixture(scope="session")
async def admin_dsn(stack: Any) -> str:
    """A superuser's address of the widget service's database: for looking behind the policies, and for attackers."""
    dsn: str = stack.admin_dsn
    return f"{dsn.rpartition('/')[0]}/{stack.database(widgets.SERVICE)}"
