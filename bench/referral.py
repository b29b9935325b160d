"""P6: a referral submitted through HTTP, everything committed ÷ raw asyncpg writing the same rows in one statement."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import orjson
from aiohttp import web

from bench import harness
from bench.harness import Round
from deploy.local import bed, process
from services.referral.tests.factories import LAWFUL, child, parent
from shared.auth import Role
from shared.ids import new_id
from shared.testing import ISSUER, TestIssuer

CLIENTS = 16
EACH = 240
FIGURE = "P6 referral submitted through HTTP ÷ raw asyncpg, one statement"

# The same rows: referral, history, two clocks, the audit row and its place in the queue, event and stored answer.
_RAW = """
WITH moved AS (UPDATE referrals SET status = 'submitted', version = version + 1, submitted_at = now() WHERE id = $1
  RETURNING id, partnership_id, family_id),
h AS (INSERT INTO status_history (id, partnership_id, subject_kind, subject_id, family_id, from_status, to_status,
  actor, happened_at, recorded_at)
  SELECT $2, partnership_id, 'referral', id, family_id, 'draft', 'submitted', 'bench', now(), now() FROM moved),
c AS (INSERT INTO clocks (id, partnership_id, kind, subject_id, family_id, due_at, look_at)
  SELECT gen_random_uuid(), partnership_id, kind, $2, family_id, now() + interval '9 days', now() + interval '9 days'
  FROM moved, unnest(ARRAY['bench.one', 'bench.two']) AS kind),
a AS (INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac)
  SELECT $2, partnership_id, now(), $3, $4 FROM moved),
u AS (INSERT INTO audit_unsealed (audit_id, partnership_id) SELECT $2, partnership_id FROM moved),
i AS (INSERT INTO idempotency_keys (scope, key, partnership_id, family_id, fingerprint, answer)
  SELECT 'bench', $2::text, partnership_id, family_id, $4, $5 FROM moved)
INSERT INTO outbox (partnership_id, topic, key, headers, data)
  SELECT partnership_id, 'circle.referral', family_id::text, $6::jsonb, $3 FROM moved
"""


@dataclass
class Draft:
    """A referral that waits to be submitted."""

    id: UUID
    version: int


@dataclass
class Bench:
    """The serving process, who calls it, and what is left to submit."""

    base: str
    http: aiohttp.ClientSession
    token: str
    scheme: UUID
    server: int
    pool: "asyncpg.Pool[asyncpg.Record]"
    drafts: list[Draft]

    async def post(self, path: str, body: Any, version: int | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": str(new_id())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        async with self.http.post(self.base + path, json=body, headers=headers) as answer:
            if answer.status >= 300:
                raise harness.FailedRequestsError(await answer.text())
            found: dict[str, Any] = await answer.json()
            return found

    async def draft(self) -> None:
        """One family with one draft."""
        family = await self.post("/v1/families", {"persons": [parent(), child()], "languages": ["en"]})
        body = {
            "family": family["id"],
            "kind": "volunteer_support",
            "scheme": str(self.scheme),
            "reasons": ["neglect"],
            "requests": {"visits_a_week": 1},
            "agreement": {"agreed": True, "method": "verbal", "agreed_on": "2026-01-05"},
            "lawful_basis": LAWFUL,
            "informed": True,
        }
        made = await self.post("/v1/referrals", body)
        self.drafts.append(Draft(UUID(made["id"]), made["version"]))

    async def ours(self) -> Round:
        """Submit a round's drafts over HTTP."""
        mine = [self.drafts.pop() for _ in range(EACH)]
        cpu, wall = harness.cpu_of([self.server]), time.perf_counter()
        await _spread(mine, lambda one: self.post(f"/v1/referrals/{one.id}/submit", {}, one.version))
        return Round(EACH, harness.cpu_of([self.server]) - cpu, time.perf_counter() - wall)

    async def raw(self, referrals: list[UUID]) -> Round:
        """Write the same rows by one prepared statement each."""
        headers = orjson.dumps({f"ce_{n}": str(new_id()) for n in range(10)}).decode()

        async def write(referral: UUID) -> None:
            await self.pool.execute(_RAW, referral, new_id(), "x" * 300, b"m" * 32, b"a" * 700, headers)

        cpu, wall = time.process_time(), time.perf_counter()
        await _spread(referrals, write)
        return Round(len(referrals), time.process_time() - cpu, time.perf_counter() - wall)


async def _spread(items: list[Any], act: Callable[[Any], Awaitable[Any]]) -> None:
    queue = iter(items)

    async def client() -> None:
        for one in queue:
            await act(one)

    await asyncio.gather(*[client() for _ in range(CLIENTS)])


@asynccontextmanager
async def _keys(port: int) -> Any:
    app = web.Application()

    async def jwks(_request: web.Request) -> web.Response:
        return web.json_response({"keys": list((await TestIssuer().fetch()).values())})

    app.router.add_get("/jwks", jwks)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield
    await runner.cleanup()


async def measure(environment: dict[str, str], dsn: str, database: str) -> None:
    """Start the service as a process of its own, prepare drafts, interleave both arms."""
    jwks, port = process.free_port(), int(environment["CIRCLE_PORT"])
    mine = {"CIRCLE_ISSUER": ISSUER, "CIRCLE_AUDIENCE": ISSUER, "CIRCLE_JWKS_URL": f"http://127.0.0.1:{jwks}/jwks"}
    async with _keys(jwks):
        command = [sys.executable, "-m", "services.referral.main"]
        server = subprocess.Popen(command, env=os.environ | environment | mine, stderr=subprocess.DEVNULL)  # noqa: ASYNC220 - once
        try:
            await _ready(f"http://127.0.0.1:{port}")
            await _arms(f"http://127.0.0.1:{port}", server.pid, dsn, database)
        finally:
            server.terminate()
            server.wait(20)


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


async def _arms(base: str, server: int, dsn: str, database: str) -> None:
    partnership, organisation, scheme = new_id(), new_id(), new_id()
    token = TestIssuer().token(Role.PARTNER_SYSTEM, partnership=partnership, organisation=organisation)
    async with (
        aiohttp.ClientSession() as http,
        asyncpg.create_pool(dsn, database=database, min_size=CLIENTS, max_size=CLIENTS) as pool,
    ):
        bench = Bench(base, http, token, scheme, server, pool, [])
        await _spread(list(range((harness.ROUNDS + 2) * EACH)), lambda _: bench.draft())
        known = [bench.drafts.pop().id for _ in range(EACH)]
        loop = asyncio.get_running_loop()
        arms = {"ours": lambda: _wait(loop, bench.ours()), "baseline": lambda: _wait(loop, bench.raw(known))}
        measured = await asyncio.to_thread(harness.interleave, arms)
    _say(measured)


def _wait(loop: asyncio.AbstractEventLoop, work: Any) -> Round:
    done: Round = asyncio.run_coroutine_threadsafe(work, loop).result()
    return done


def _say(measured: dict[str, harness.Measured]) -> None:
    mine, theirs = measured["ours"], measured["baseline"]
    ratio = mine.per_second / theirs.per_second
    harness.say(
        figure=FIGURE,
        unit="committed in a second of wall time, 16 clients",
        ours=mine.as_dict(),
        baseline=theirs.as_dict(),
        ratio=round(ratio, 3),
        floor=0.1,
        aim=0.25,
        met=ratio >= 0.1,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        stack = bed.open_stack(Path(folder), os.getpid(), "bench")
        environment = stack.environment_of("referral") | {"CIRCLE_WORKER": "separate"}
        asyncio.run(measure(environment, stack.admin_dsn, stack.database("referral")))


if __name__ == "__main__":
    main()
