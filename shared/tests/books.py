"""The audit of one partnership, its attacker, and what a check of it finds."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio

from shared import audit, sealer
from shared.audit_verify import Finding, Kind, verify
from shared.db import Work
from shared.ids import new_id
from shared.parts import Parts
from shared.tests import widgets
from shared.tests.house import until

NEVER = timedelta(days=1)


class Attacker:
    """A superuser of the audited database, with triggers off, who does not hold the audit's key."""

    def __init__(self, connection: Any, partnership: UUID) -> None:
        self.connection, self.partnership = connection, partnership

    async def does(self, statement: str, *values: object) -> None:
        await self.connection.execute("SET session_replication_role = replica")
        await self.connection.execute(statement, *values)

    async def ids(self) -> list[UUID]:
        """The sealed rows in the order of the chain."""
        query = "SELECT audit_id FROM audit_chain WHERE partnership_id = $1 ORDER BY position"
        return [row[0] for row in await self.connection.fetch(query, self.partnership)]


class Books:
    """One partnership's audit."""

    def __init__(self, parts: Parts, attacker: Attacker) -> None:
        self.parts, self.attacker, self.partnership = parts, attacker, attacker.partnership

    def work(self) -> Work:
        return Work(widgets.SERVICE, self.partnership, new_id(), "somebody", "organisation", action="GET /v1/widgets")

    async def write(self, count: int = 1) -> None:
        for _ in range(count):
            async with self.parts.app.open(self.work()) as session:
                audit.saw(session, "widget", new_id())
                await self.parts.app.commit(session)

    async def seal(self) -> None:
        """All of it; a transaction anywhere in the same PostgreSQL may hold that up for a moment."""

        async def sealed() -> bool:
            await self.seal_what_can_be()
            query = "SELECT count(*) FROM audit_unsealed WHERE partnership_id = $1"
            return bool(await self.attacker.connection.fetchval(query, self.partnership) == 0)

        await until(sealed)

    async def seal_what_can_be(self) -> None:
        while await sealer.seal(self.parts):
            pass

    async def written(self, count: int = 5) -> list[UUID]:
        """That many sealed rows."""
        await self.write(count)
        await self.seal()
        ids = await self.attacker.ids()
        assert len(ids) == count
        assert await self.findings() == []
        return ids

    async def findings(self, patience: timedelta = NEVER) -> list[Finding]:
        return [one for one in await verify(self.parts, patience) if one.partnership == self.partnership]

    async def kinds(self, patience: timedelta = NEVER) -> list[tuple[Kind, int | None]]:
        return [(one.kind, one.position) for one in await self.findings(patience)]


@pytest_asyncio.fixture
async def books(parts: Parts, admin_dsn: str) -> AsyncIterator[Books]:
    connection = await asyncpg.connect(admin_dsn)
    yield Books(parts, Attacker(connection, new_id()))
    await connection.close()
