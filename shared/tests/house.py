"""A partnership that uses the widget service, and waiting for what happens beside the test."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.auth import Role
from shared.db import Scope, Work
from shared.ids import new_id
from shared.testing import Caller, Running
from shared.tests import widgets


async def until(holds: Callable[[], Awaitable[object]], seconds: float = 10) -> None:
    """Look again and again until it holds; TimeoutError when it does not within the seconds."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 - what is waited for is in another process or a database
            await asyncio.sleep(0.02)


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
