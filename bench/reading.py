"""P7: reading a record as its workers see it, tenant, row security, unsealing and audit ÷ the bare query and insert."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench import ground, harness
from bench.ground import Tenant
from bench.harness import Figure, Round
from services.referral import handlers
from services.referral.main import create_app
from services.referral.service import referral_views
from shared.auth import Role
from shared.db import Work
from shared.ids import new_id
from shared.parts import Parts
from shared.testing import Running, running

P7: Final = Figure(
    "P7",
    "a referral read with tenant, row security and view audit ÷ the bare query and one bare insert",
    "wall time of a unit of work (not through HTTP), 16 at a time, one process",
    must=2.5,
    aim=1.5,
    by="rate",
)
EACH: Final = 400
_ENTRY: Final = "x" * 300
_READ: Final = "SELECT * FROM referrals WHERE id = $1"
_NOTE: Final = "INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac) VALUES ($1, $2, now(), $3, $4)"


@dataclass
class Bench:
    """One record, and both ways to it, in one process and one event loop."""

    parts: Parts
    pool: "asyncpg.Pool[asyncpg.Record]"
    tenant: Tenant
    referral: UUID

    async def read(self, _number: int) -> None:
        """All that the service does between the route's handler and the committed answer."""
        work = Work("referral", self.tenant.partnership, self.tenant.organisation, "client", "organisation")
        async with self.parts.app.direct(work) as session:
            await referral_views.show(session, self.parts.vault, self.referral)
            await self.parts.app.commit(session)

    async def bare(self, _number: int) -> None:
        """Two prepared statements, each committed by itself, as a superuser for whom no row policy counts."""
        async with self.pool.acquire() as connection:
            await connection.fetchrow(_READ, self.referral)
            await connection.execute(_NOTE, new_id(), self.tenant.partnership, _ENTRY, b"m" * 32)

    async def round(self, act: Any) -> Round:
        cpu, wall = time.process_time(), time.perf_counter()
        await ground.spread(range(EACH), act)
        return Round(EACH, time.process_time() - cpu, time.perf_counter() - wall)


async def prepared(service: Running, tenant: Tenant) -> tuple[UUID, UUID]:
    """(referral, family) of a draft made through the service."""
    caller = service.as_(Role.PARTNER_SYSTEM, partnership=tenant.partnership, organisation=tenant.organisation)

    async def post(path: str, body: Any) -> dict[str, Any]:
        answer = await caller.post(path, body)
        if answer.status_code >= 300:
            raise harness.FailedRequestsError(answer.text)
        found: dict[str, Any] = answer.json()
        return found

    return await ground.draft(post, tenant.scheme)


async def measure(environment: dict[str, str], dsn: str, database: str) -> None:
    """Interleave both arms."""
    tenant, loop = Tenant.fresh(), asyncio.get_running_loop()
    async with (
        running(create_app, environment, handlers.register()) as service,
        asyncpg.create_pool(dsn, database=database, min_size=ground.CLIENTS, max_size=ground.CLIENTS) as pool,
    ):
        referral, _ = await prepared(service, tenant)
        bench = Bench(service.parts, pool, tenant, referral)
        ours = ground.arm(loop, lambda: bench.round(bench.read))
        await asyncio.to_thread(harness.compare, P7, ours, ground.arm(loop, lambda: bench.round(bench.bare)))


def main() -> None:
    stack = ground.stack()
    asyncio.run(measure(stack.environment_of("referral"), stack.admin_dsn, stack.database("referral")))


if __name__ == "__main__":
    main()
