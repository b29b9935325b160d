"""The referral service at a size: its lists, a write, its polls and its clocks."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from bench import ground, harness
from bench.ground import Admin
from bench.scale import fill
from bench.scale.buffers import Meter
from bench.scale.fill import quoted
from shared import relay, sealer, timekeeper
from shared.auth import Role
from shared.floor import Floor
from shared.ids import new_id
from shared.kafka import Producer
from shared.testing import Caller, Running

PLANTED: Final = "planted"
TABLES: Final = ("families", "referrals", "case_access", "allocations", "status_history", "audit_log", "clocks")
# So many of the oldest rows are those of whoever sees few.
FEW: Final = 20


@dataclass
class Ground:
    """One partnership, who works in it, and whoever sees only its oldest twenty referrals."""

    service: Running
    admin: Admin
    # Holds the old snapshot.
    old: Admin
    partnership: UUID = field(default_factory=new_id)
    authority: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)
    small_scheme: UUID = field(default_factory=new_id)
    worker: UUID = field(default_factory=new_id)
    advocate: UUID = field(default_factory=new_id)
    like: tuple[UUID, UUID] = (UUID(int=0), UUID(int=0))
    rows: int = 0
    producer: Producer = field(init=False)
    floor: Floor = field(default_factory=Floor)
    sealed: sealer.Floor = field(default_factory=sealer.Floor)

    def as_(self, role: Role, organisation: UUID, person: UUID | None = None) -> Caller:
        return self.service.as_(role, partnership=self.partnership, organisation=organisation, person=person)

    async def post(self, path: str, body: Any, match: int | None = None) -> dict[str, Any]:
        answer = await self.as_(Role.PARTNER_SYSTEM, self.authority).post(path, body, match=match)
        if answer.status_code >= 300:
            raise harness.FailedRequestsError(answer.text)
        found: dict[str, Any] = answer.json()
        return found

    async def begin(self) -> None:
        """The one referral that all others are copies of."""
        referral, family = await ground.draft(self.post, self.scheme)
        await self.post(f"/v1/referrals/{referral}/submit", {}, 1)
        await self.post("/v1/allocations", {"family": str(family), "person": str(new_id()), "role": "social_worker"})
        self.like = referral, family
        self.producer = Producer(self.service.parts.settings)
        await self.producer.start()

    async def end(self) -> None:
        """Let go of the bus and of the old snapshot."""
        await self.producer.stop()
        await self.old.close()

    async def fill(self, span: tuple[int, int]) -> None:
        """A referral of a family of its own, with what belongs to it, for each number."""
        admin, (referral, family) = self.admin, self.like
        self.rows = span[1]
        one, home = "bench_id('0001', n)", "bench_id('0002', n)"
        few, of_family = f"n <= {FEW}", f"family_id = '{family}'"
        receiver = f"CASE WHEN {few} THEN {quoted(self.small_scheme)} ELSE {quoted(self.scheme)} END"
        status = f"CASE WHEN {few} THEN 'under_triage' ELSE 'submitted' END"
        somebody = "bench_id('0003', n / 20)"
        async with fill.Bare(admin, *TABLES):
            await fill.copies(admin, "families", f"id = '{family}'", span, {"id": home})
            told = {"id": one, "family_id": home, "scheme_id": receiver, "status": status}
            await fill.copies(admin, "referrals", f"id = '{referral}'", span, told)
            for part, organisation in (("la", quoted(self.authority)), ("scheme", receiver)):
                told = {"family_id": home, "organisation_id": organisation}
                await fill.copies(
                    admin, "case_access", f"{of_family} AND part = '{part}' AND person_id IS NULL", span, told
                )
            person = f"CASE WHEN {few} THEN {quoted(self.advocate)} ELSE {somebody} END"
            told = {"family_id": home, "organisation_id": receiver, "person_id": person}
            await fill.copies(
                admin, "case_access", f"{of_family} AND part = 'scheme'", span, told, f"{few} OR n % 10 = 0"
            )
            await fill.copies(admin, "case_access_revisions", of_family, span, {"family_id": home})
            person = f"CASE WHEN {few} THEN {quoted(self.worker)} ELSE {somebody} END"
            told = {"id": "bench_id('0004', n)", "family_id": home, "person_id": person}
            await fill.copies(admin, "allocations", of_family, span, told)
            told = {"id": "bench_id('0005', n)", "subject_id": one, "family_id": home}
            await fill.copies(admin, "status_history", of_family, span, told)
            told = {"id": "bench_id('0006', n)", "recorded_at": "t.recorded_at - (2000000 - n) * interval '1 second'"}
            await fill.copies(admin, "audit_log", f"partnership_id = '{self.partnership}'", span, told)
            told = {"id": "bench_id('0007', n)", "subject_id": one, "family_id": home, "stopped_at": "t.due_at"}
            await fill.copies(admin, "clocks", of_family, span, told)

    async def leave_dead(self) -> None:
        """Entries that were published and sealed stay in the indexes while somebody holds an old snapshot."""
        told = {"topic": "'t'", "headers": "'{}'", "data": "''", "xid": "'1'", "audit_id": "bench_id('0008', n)"}
        for table in ("outbox", "audit_unsealed"):
            await fill.copies(self.admin, table, "true", (1, self.rows), told)
            await self.admin.execute(f"DELETE FROM {table}")  # noqa: S608 - ours

    def operations(self, meter: Meter) -> dict[str, Callable[[], Awaitable[int]]]:
        """By figure and variant, what is measured."""
        everybody = {
            "the authority": (self.as_(Role.SOCIAL_WORKER, self.authority, self.worker), ""),
            "a scheme": (self.as_(Role.PROJECT_MANAGER, self.scheme, new_id()), ""),
            "a scheme that received twenty": (self.as_(Role.PROJECT_MANAGER, self.small_scheme, new_id()), ""),
            "of a rare status": (self.as_(Role.SOCIAL_WORKER, self.authority, self.worker), "?status=under_triage"),
            "mine": (self.as_(Role.SOCIAL_WORKER, self.authority, self.worker), "?mine=true"),
            "an advocate": (self.as_(Role.ADVOCATE, self.small_scheme, self.advocate), ""),
        }
        lists = {
            f"referral list page/{name}": self._reading(meter, caller, f"/v1/referrals{query}")
            for name, (caller, query) in everybody.items()
        }
        return lists | {
            "referral write/draft and submit": lambda: meter.touched(self._write),
            f"{PLANTED}/": lambda: meter.touched(self._walk),
            "clock scan/none is due": lambda: meter.touched(self._scan),
            "relay poll/relay": lambda: self._under_old_snapshot(meter, self._poll),
            "relay poll/sealer": lambda: meter.touched(lambda: sealer.seal(self.service.parts, self.sealed)),
        }

    def _reading(self, meter: Meter, caller: Caller, path: str) -> Callable[[], Awaitable[int]]:
        async def read() -> None:
            answer = await caller.get(path)
            if answer.status_code != 200 or len(answer.json()["items"]) < FEW:
                raise harness.FailedRequestsError(answer.text)

        return lambda: meter.touched(read)

    async def _walk(self) -> None:
        """What nobody should do: were it not seen to grow, nothing was measured."""
        async with self.service.parts.worker.engine.connect() as connection:
            await connection.execute(text("SELECT count(*) FROM clocks WHERE calendar_version = 'none'"))

    async def _write(self) -> None:
        referral, _ = await ground.draft(self.post, self.scheme)
        await self.post(f"/v1/referrals/{referral}/submit", {}, 1)

    async def _under_old_snapshot(self, meter: Meter, poll: Callable[[], Awaitable[None]]) -> int:
        """Nothing waits, and all that did wait is still in the index."""
        await self.old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        await self.leave_dead()
        # As a running relay and sealer do: they publish and seal something, and look again a second later.
        await self._write()
        for _ in range(4):
            await poll()
            await sealer.seal(self.service.parts, self.sealed)
            await asyncio.sleep(1.1)
        return await meter.touched(poll)

    async def _poll(self) -> None:
        await relay.publish_pending(self.service.parts, self.producer, self.floor)

    async def _scan(self) -> None:
        await timekeeper.raise_one(self.service.parts, self.service.handlers)
