"""T3: an attendance sheet of 100,000 rows imported ÷ raw asyncpg's COPY of the same rows into a bare copy of the table.

Ours is all that a partner waits for: the file is sent through the service's HTTP layer, read, judged, sealed and
committed with its preview; then it is taken over: opened, its words and people looked up, sessions made, the rows
written with every index, row security and audit, and committed. A hundredth of the rows gives a name that is new. Which
codes the words stand for has been said before. What is not in it: half a second at most until the timekeeper looks.

The baseline has the very same rows as Python's tuples and copies them, as a superuser, into a table without any index.
"""

import asyncio
import gc
import random
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg

from bench import ground, harness
from bench.ground import Admin
from bench.harness import Figure, Round
from services.training import handlers
from services.training.main import create_app
from services.training.sheets import Column
from shared import timekeeper
from shared.auth import Role
from shared.consumer import Handlers
from shared.ids import new_id
from shared.testing import Caller, Running, running

T3: Final = Figure(
    "T3",
    "attendance sheet of 100,000 rows imported ÷ raw COPY of the same rows",
    "rows in a second of wall time",
    must=0.15,
    aim=0.3,
    better="higher",
    by="rate",
)
ROWS: Final = 100_000
NAMED: Final = 100  # one in so many
_DAYS: Final = 60
_GROUPS: Final = 40
_ETHNICITIES: Final = 20
_GENDERS: Final = ("Female", "Male", "Another")


@dataclass
class Bench:
    """One organisation that sends sheets."""

    service: Running
    trainer: Caller
    course: str
    admin: Admin
    sent: int = 0

    async def ours(self) -> Round:
        """Another title makes other sessions, and other names other people, each time."""
        self.sent += 1
        content = sheet(f"Round {self.sent}")
        cpu, wall = time.process_time(), time.perf_counter()
        shown = await self.send(content)
        taken = await self.trainer.post(
            f"/v1/imports/{shown['id']}/apply", {"course": self.course}, match=shown["version"]
        )
        while await timekeeper.raise_one(self.service.parts, self.service.handlers):
            pass
        spent = Round(ROWS, time.process_time() - cpu, time.perf_counter() - wall, int(taken.status_code != 202))
        if not await self.admin.fetchval("SELECT count(*) = $1 FROM participations WHERE counted", ROWS):
            raise harness.FailedRequestsError("not every row was imported")
        return spent

    async def send(self, content: bytes) -> dict[str, Any]:
        headers = {"Content-Type": "text/csv", "Idempotency-Key": str(new_id())}
        answer = await self.trainer.send("POST", "/v1/imports", content=content, headers=headers)
        answer.raise_for_status()
        return dict(answer.json())

    async def say_codes(self) -> None:
        """What the words stand for is said once, in a sheet that is not taken over."""
        shown = await self.send(sheet("Before"))
        codes = [{"column": one["column"], "label": one["label"], "code": None} for one in shown["labels"]]
        answer = await self.trainer.send("PUT", f"/v1/imports/{shown['id']}/codes", json={"codes": codes})
        answer.raise_for_status()

    async def clear(self) -> None:
        await self.admin.execute("TRUNCATE participations, participation_totals, import_parts, bare")
        await self.admin.execute("VACUUM imports, sessions, labels, attendees")


def sheet(title: str) -> bytes:
    """A file; the words of its rows come by chance, the same ones each time."""
    chance, first = random.Random(100), date(2024, 1, 1)
    lines = [",".join(Column)]
    for number in range(ROWS):
        day = first + timedelta(days=number * _DAYS // ROWS)
        group, ethnicity = chance.randrange(_GROUPS), chance.randrange(_ETHNICITIES)
        name = f"Somebody {title} {number}" if number % NAMED == 0 else ""
        lines.append(f"{day},{title},Community group {group},People {ethnicity},{chance.choice(_GENDERS)},,,{name}")
    return "\n".join([*lines, ""]).encode()


async def measure(environment: dict[str, str], dsn: str, database: str) -> None:
    loop = asyncio.get_running_loop()
    async with running(create_app, environment, Handlers()) as service:
        service.handlers = handlers.register(service.parts)
        admin = await asyncpg.connect(dsn, database=database)
        bench = await _prepared(service, admin)
        records = await _records(bench)
        # Nobody's collection of garbage is to walk through the baseline's rows.
        gc.freeze()

        async def ours() -> Round:
            await bench.clear()
            return await bench.ours()

        async def copied() -> Round:
            await bench.clear()
            cpu, wall = time.process_time(), time.perf_counter()
            await admin.copy_records_to_table("bare", records=records)
            return Round(ROWS, time.process_time() - cpu, time.perf_counter() - wall)

        arms = ground.arm(loop, ours), ground.arm(loop, copied)
        await asyncio.to_thread(harness.compare, T3, *arms)
        await admin.close()


async def _prepared(service: Running, admin: Admin) -> Bench:
    trainer = service.as_(Role.TRAINER, partnership=new_id(), organisation=new_id(), person=new_id())
    programme = (await trainer.post("/v1/programmes", {"title": "Community"})).json()["id"]
    course = (await trainer.post("/v1/courses", {"programme": programme, "title": "Talks"})).json()["id"]
    await admin.execute("CREATE TABLE bare (LIKE participations)")
    bench = Bench(service, trainer, course, admin)
    await bench.say_codes()
    return bench


async def _records(bench: Bench) -> list[tuple[Any, ...]]:
    """The rows as one import has written them, with ids of Python's own kind."""
    await bench.ours()
    found = await bench.admin.fetch("SELECT * FROM participations")
    return [tuple(UUID(int=one.int) if isinstance(one, UUID) else one for one in row) for row in found]


def main() -> None:
    if harness.wanted("T3"):
        stack = ground.stack()
        asyncio.run(measure(stack.environment_of("training"), stack.admin_dsn, stack.database("training")))


if __name__ == "__main__":
    main()
