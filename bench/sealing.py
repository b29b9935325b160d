"""P15: a referral submitted with its audit row, all sealed ÷ the same without audit, all in one partnership."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
from sqlmodel.ext.asyncio.session import AsyncSession

from bench import ground, harness, reading
from bench.ground import Tenant
from bench.harness import Figure, Round
from services.referral import handlers
from services.referral.main import create_app
from services.referral.schemas.fields import Move
from services.referral.service import referrals
from services.referral.settings import ReferralSettings
from shared import flush, sealer
from shared.db import Database, Work, work_of
from shared.direct import Direct, Overtaken
from shared.etag import Match
from shared.parts import Parts
from shared.testing import running

P15: Final = Figure(
    "P15",
    "audited and sealed write ÷ unaudited write, one partnership",
    "committed, and sealed, in a second of wall time, 16 clients",
    must=0.8,
    aim=0.95,
    better="higher",
    by="rate",
)
# For longer than the sealer rests, so that it works beside those who write, as it does in the platform; in rounds of
# 300 nearly everything was sealed after the last write, by one process while the other processor stood idle.
EACH: Final = 900
ROUNDS: Final = 7  # wall time beside a database is restless
# The product has no such switch: the statement is the product's own, with its audit rows cut out of it here.
_NO_AUDIT: Final = "unaudited AS (SELECT $3::uuid, $4::text, $5::bytea)"
_NOBODY: Final = {"id": UUID(int=0), "entry": "", "mac": b""}


class Unaudited(Database):
    """A database that commits without an audit row; exists in this bench only."""

    async def commit(self, session: AsyncSession | Direct) -> None:
        work = work_of(session)
        assert isinstance(session, Direct)
        await session.flush()
        parts = (work.pending, work.partnership, work.now, _NOBODY, session.changes(), session.entering)
        query, values = flush.statement(*parts)
        if flush.AUDIT not in query:
            raise harness.FailedRequestsError("the statement is not the one that is known here")
        await session.end_with(query.replace(flush.AUDIT, _NO_AUDIT), values)


@dataclass
class Bench:
    """One process that writes, with the sealer beside it."""

    parts: Parts
    unaudited: Unaudited
    tenant: Tenant
    drafts: list[tuple[UUID, UUID]]

    async def submit(self, database: Database, referral: UUID) -> None:
        """The whole transaction of a submission; as a route does it, waiting where it was overtaken."""
        with contextlib.suppress(Overtaken):
            await self._submit(database, referral, ahead=True)
            return
        await self._submit(database, referral, ahead=False)

    async def _submit(self, database: Database, referral: UUID, *, ahead: bool) -> None:
        settings = self.parts.settings
        assert isinstance(settings, ReferralSettings)
        work = Work("referral", self.tenant.partnership, self.tenant.organisation, "client", "organisation")
        async with database.direct(work, ahead=ahead) as session:
            await referrals.submit(session, settings, referral, Match(1), Move())
            await database.commit(session)

    async def round(self, database: Database) -> Round:
        """A round's wall time ends when nothing is left unsealed."""
        mine = [self.drafts.pop()[0] for _ in range(EACH)]
        sealing = asyncio.create_task(sealer.run(self.parts))
        cpu, wall = time.process_time(), time.perf_counter()
        await ground.spread(mine, lambda one: self.submit(database, one))
        while await sealer.seal(self.parts):
            pass
        spent = Round(EACH, time.process_time() - cpu, time.perf_counter() - wall)
        sealing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sealing
        return spent


async def measure(environment: dict[str, str], dsn: str, database: str) -> None:
    """Interleave both arms over copies of one draft; void unless every audit row is in the chain at the end."""
    tenant, loop = Tenant.fresh(), asyncio.get_running_loop()
    async with (
        running(create_app, environment, handlers.register()) as service,
        asyncpg.create_pool(dsn, database=database, min_size=1, max_size=1) as pool,
        pool.acquire() as admin,
    ):
        parts = service.parts
        _, family = await reading.prepared(service, tenant)
        drafts = await ground.copies(admin, family, (ROUNDS + 1) * 3 * EACH)
        bench = Bench(parts, Unaudited(parts.settings, "app", parts.auditor), tenant, drafts)
        audited = ground.arm(loop, lambda: bench.round(parts.app))
        plain = ground.arm(loop, lambda: bench.round(bench.unaudited))
        await asyncio.to_thread(harness.compare, P15, audited, plain, rounds=ROUNDS)
        await bench.unaudited.dispose()
        await _require_sealed(parts, admin)


async def _require_sealed(parts: Parts, admin: Any) -> None:
    while await sealer.seal(parts):
        pass
    left, noted, linked = await admin.fetchrow(
        "SELECT (SELECT count(*) FROM audit_unsealed), (SELECT count(*) FROM audit_log),"
        " (SELECT count(*) FROM audit_chain)"
    )
    expected = (ROUNDS + 1) * 2 * EACH + 2  # ours and the planted arm; the draft and its family
    if left or noted != linked or noted != expected:
        raise harness.FailedRequestsError(f"{left} unsealed, {noted} audit rows, {linked} links, {expected} expected")


def main() -> None:
    stack = ground.stack()
    asyncio.run(measure(stack.environment_of("referral"), stack.admin_dsn, stack.database("referral")))


if __name__ == "__main__":
    main()
