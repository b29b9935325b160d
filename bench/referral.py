"""P6: a referral submitted through HTTP, everything committed ÷ raw asyncpg writing the same rows in one statement."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import aiohttp
import asyncpg
from aiohttp import web

from bench import callers, ground, harness
from bench.callers import Line
from bench.ground import Admin, Tenant
from bench.harness import Figure, Round
from deploy.local import process
from shared.auth import Role
from shared.ids import new_id
from shared.testing import ISSUER, TestIssuer

P6: Final = Figure(
    "P6",
    "referral submitted through HTTP ÷ raw asyncpg, the same rows in one statement",
    "committed in a second of wall time, 16 clients",
    must=0.25,
    aim=0.5,
    better="higher",
    by="rate",
)
EACH: Final = 400
# What a submission writes to, in the order in which the counts are told.
TABLES: Final = (
    *("referrals", "status_history", "clocks", "case_access", "case_access_revisions", "audit_log", "audit_unsealed"),
    *("idempotency_keys", "outbox"),
)

# $1 referral, $2 family, $3 the audit's, history's and key's id, $4 audit entry, $5 mac, $6 stored answer,
# $7 headers and $8 data of the events, $9 the receiving organisation, $10 the idempotency scope, $11 now.
_RAW: Final = """
WITH moved AS (
  UPDATE referrals SET status = 'submitted', version = version + 1, submitted_at = $11, decision_due = $11,
    assessment_due = $11, calendar_version = '2026-11-01', earlier_referrals = 0
  WHERE id = $1 RETURNING id, partnership_id, family_id, organisation_id
), h AS (
  INSERT INTO status_history (id, partnership_id, subject_kind, subject_id, family_id, from_status, to_status,
    actor, actor_organisation, happened_at, recorded_at)
  SELECT $3, partnership_id, 'referral', id, family_id, 'draft', 'submitted', 'client', organisation_id, $11, $11
  FROM moved
), c AS (
  INSERT INTO clocks (id, partnership_id, kind, subject_id, family_id, due_at, look_at, calendar_version)
  SELECT gen_random_uuid(), partnership_id, kind, id, family_id, $11, $11, '2026-11-01'
  FROM moved, unnest(ARRAY['decision.overdue', 'assessment.overdue']) AS kind
), g AS (
  INSERT INTO case_access (partnership_id, family_id, organisation_id, part)
  SELECT partnership_id, family_id, $9, 'scheme' FROM moved
), v AS (
  UPDATE case_access_revisions SET revision = revision + 1 WHERE family_id = $2
), a AS (
  INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac) SELECT $3, partnership_id, $11, $4, $5 FROM moved
), u AS (
  INSERT INTO audit_unsealed (audit_id, partnership_id) SELECT $3, partnership_id FROM moved
), i AS (
  INSERT INTO idempotency_keys (scope, key, partnership_id, family_id, fingerprint, answer)
  SELECT $10, $3::text, partnership_id, family_id, $5, $6 FROM moved
)
INSERT INTO outbox (partnership_id, topic, key, headers, data)
SELECT partnership_id, 'circle.referral', $2::text, e.headers, e.data
FROM moved, unnest($7::jsonb[], $8::text[]) AS e(headers, data)
"""


_REST: Final = (
    b'Host: referral\r\nAuthorization: Bearer %b\r\nIf-Match: "1"\r\nContent-Type: application/json\r\n'
    b"Content-Length: 2\r\n\r\n{}"
)


@dataclass
class Bench:
    """The serving process, who calls it, and what is left to submit."""

    base: str
    http: aiohttp.ClientSession
    server: int
    tenant: Tenant
    pool: "asyncpg.Pool[asyncpg.Record]"
    drafts: list[tuple[UUID, UUID]]
    like: dict[str, Any]
    # Connections that rest, and what every request on them says after its first lines.
    resting: list[Line]
    rest: bytes

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        async with self.http.post(self.base + path, json=body, headers={"Idempotency-Key": str(new_id())}) as answer:
            if answer.status >= 300:
                raise harness.FailedRequestsError(await answer.text())
            found: dict[str, Any] = await answer.json()
            return found

    async def submit(self, one: tuple[UUID, UUID]) -> None:
        line = self.resting.pop()
        await line.ask(
            b"POST /v1/referrals/%b/submit HTTP/1.1\r\nIdempotency-Key: %b\r\n%b"
            % (str(one[0]).encode(), str(new_id()).encode(), self.rest)
        )
        self.resting.append(line)

    async def write(self, one: tuple[UUID, UUID]) -> None:
        """The same rows by one prepared statement, with the very values of a submission."""
        like = self.like
        values = (like["entry"], like["mac"], like["answer"], like["headers"], like["data"])
        await self.pool.execute(_RAW, *one, new_id(), *values, self.tenant.scheme, like["scope"], like["recorded_at"])

    def _taken(self) -> list[tuple[UUID, UUID]]:
        return [self.drafts.pop() for _ in range(EACH)]

    async def ours(self) -> Round:
        """Submit a round's drafts over HTTP."""
        mine = self._taken()
        cpu, wall = harness.cpu_of([self.server]), time.perf_counter()
        await ground.spread(mine, self.submit)
        return Round(EACH, harness.cpu_of([self.server]) - cpu, time.perf_counter() - wall)

    async def raw(self) -> Round:
        """Write a round's rows by one statement each."""
        mine = self._taken()
        cpu, wall = time.process_time(), time.perf_counter()
        await ground.spread(mine, self.write)
        return Round(EACH, time.process_time() - cpu, time.perf_counter() - wall)


@asynccontextmanager
async def serving(environment: dict[str, str]) -> AsyncIterator[tuple[str, int]]:
    """The referral service as one process of its own without a worker; (address, process id)."""
    app, jwks, base = web.Application(), process.free_port(), f"http://127.0.0.1:{environment['CIRCLE_PORT']}"

    async def keys(_request: web.Request) -> web.Response:
        return web.json_response({"keys": list((await TestIssuer().fetch()).values())})

    app.router.add_get("/jwks", keys)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", jwks).start()
    mine = {"CIRCLE_ISSUER": ISSUER, "CIRCLE_AUDIENCE": ISSUER, "CIRCLE_JWKS_URL": f"http://127.0.0.1:{jwks}/jwks"}
    command = [sys.executable, "-m", "services.referral.main"]
    server = subprocess.Popen(  # noqa: ASYNC220 - once
        command, env=os.environ | environment | mine | {"CIRCLE_WORKER": "separate"}, stderr=subprocess.DEVNULL
    )
    try:
        await _ready(base)
        yield base, server.pid
    finally:
        server.terminate()
        server.wait(20)
        await runner.cleanup()


async def _ready(base: str) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(300):
            try:
                async with http.get(f"{base}/readyz") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError("the service did not become ready")


async def written(admin: Admin) -> dict[str, tuple[int, int]]:
    """(rows, bytes) of every table that a submission writes to."""
    sums = [f"SELECT '{t}' AS name, count(*) AS rows, coalesce(sum(pg_column_size(t.*)), 0) AS bytes FROM {t} t" for t in TABLES]  # noqa: S608,E501  # fmt: skip  # constants
    return {row["name"]: (row["rows"], row["bytes"]) for row in await admin.fetch(" UNION ALL ".join(sums))}


async def alike(bench: Bench, admin: Admin) -> dict[str, Any]:
    """Take the baseline's values from a submission, and prove that one of each writes as many rows and bytes."""
    await bench.submit(bench.drafts.pop())  # the first one also notes the partnership's parties
    before = await written(admin)
    await bench.submit(bench.drafts.pop())
    between = await written(admin)
    bench.like |= dict(await admin.fetchrow(_LIKE) or {})
    await bench.write(bench.drafts.pop())
    after = await written(admin)
    rows = {t: (between[t][0] - before[t][0], after[t][0] - between[t][0]) for t in TABLES}
    if any(mine != theirs for mine, theirs in rows.values()):
        raise harness.FailedRequestsError(f"the arms write other rows: {rows}")
    mine = sum(between[t][1] - before[t][1] for t in TABLES)
    theirs = sum(after[t][1] - between[t][1] for t in TABLES)
    return {"rows_each": sum(count for count, _ in rows.values()), "bytes_each": [mine, theirs]}


_LIKE: Final = """
SELECT a.entry, a.mac, a.recorded_at, i.scope, i.answer,
  (SELECT array_agg(o.headers::text ORDER BY seq) FROM outbox o WHERE o.key = i.family_id::text) AS headers,
  (SELECT array_agg(o.data ORDER BY seq) FROM outbox o WHERE o.key = i.family_id::text) AS data
FROM audit_log a, idempotency_keys i ORDER BY a.recorded_at DESC, i.created_at DESC LIMIT 1
"""


async def measure(environment: dict[str, str], dsn: str, database: str) -> None:
    """Interleave both arms over copies of one draft."""
    tenant = Tenant.fresh()
    token = TestIssuer().token(Role.PARTNER_SYSTEM, partnership=tenant.partnership, organisation=tenant.organisation)
    async with (
        serving(environment) as (base, server),
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http,
        asyncpg.create_pool(dsn, database=database, min_size=ground.CLIENTS, max_size=ground.CLIENTS) as pool,
        pool.acquire() as admin,
        callers.lines(int(environment["CIRCLE_PORT"]), ground.CLIENTS) as resting,
    ):
        rest = _REST % token.encode()
        bench = Bench(base, http, server, tenant, pool, [], {}, resting, rest)
        _, family = await ground.draft(bench.post, tenant.scheme)
        bench.drafts = await ground.copies(admin, family, (harness.ROUNDS + 1) * 3 * EACH + 3)
        about = await alike(bench, admin)
        loop = asyncio.get_running_loop()
        ours, raw = ground.arm(loop, bench.ours), ground.arm(loop, bench.raw)
        await asyncio.to_thread(harness.compare, P6, ours, raw, **about)


def main() -> None:
    stack = ground.stack()
    asyncio.run(measure(stack.environment_of("referral"), stack.admin_dsn, stack.database("referral")))


if __name__ == "__main__":
    main()
