"""P16: one proposal over 10,000 volunteers, from the request to the answer's last byte, in CPU time; and against the
bare minimum.

The family asks for an age, so that sealed birth dates count: they are opened of all who could be matched. The process
knows the volunteers from proposals before, and before each one twenty of them have changed, as matches and profiles do;
what the first costs, which knows nobody, is told beside it. Keys are in memory, as
they are for a quarter of a minute after any use. The baseline reads the same columns with the bare driver, opens every
birth date, scores by the size of intersections and sorts: no reasons, no explanation, no snapshot, nothing stored.
"""

import asyncio
import gc
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import httpx
import orjson

from bench import ground, harness
from bench.harness import Figure, Round
from services.matching import handlers
from services.matching.domain.geography import distance_metres
from services.matching.domain.volunteers import age_on
from services.matching.main import create_app
from services.matching.service.desk import Desk
from services.matching.tests.factories import KnownCases, Place
from shared.auth import Role
from shared.consumer import Handlers
from shared.crypto import Cipher, Subject
from shared.ids import new_id
from shared.testing import Caller, Running, running

P16: Final = Figure(
    "P16",
    "one proposal over 10,000 volunteers",
    "CPU ms of the service's process, one request, stored and answered",
    50,
    35,
)
RATIO: Final = Figure(
    "P16",
    "one proposal over 10,000 volunteers ÷ rows read, birth dates opened, scored and sorted, bare",
    "CPU of one process",
    must=3,
    aim=1.5,
)
MANY: Final = 10_000
EACH: Final = 5
CHANGED: Final = 20
COLD: Final = 3
_SLOTS: Final = [
    f"{day}-{part}"
    for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for part in ("morning", "afternoon", "evening")
]
_CODES: Final = [f"code-{number}" for number in range(20)]
_OUTCODES: Final = ["SS0", "SS1", "SS2", "SS3", "SS4", "SS5", "SS6", "SS7", "SS8", "SS9", "SS11", "SS17"]
WISHES: Final[dict[str, Any]] = {
    "outcode": "SS1",
    "languages": ["bn"],
    "requests": {
        "visits_a_week": 2,
        "volunteer_gender": "female",
        "skills": _CODES[:3],
        "interests": _CODES[3:5],
        "knowledge": _CODES[5:6],
        "age_from": 30,
        "age_to": 60,
        "availability": [
            {"weekday": day, "part": part} for day in ("mon", "thu", "sat") for part in ("morning", "evening")
        ],
    },
}
_COPY: Final = """
INSERT INTO volunteers SELECT (jsonb_populate_record(t, made::jsonb)).* FROM volunteers t, unnest($2::text[]) made
WHERE t.id = $1"""
_READ: Final = """
SELECT id, status, role, clearance_expires_on, capacity, places_taken, gender, visits_a_week, visits_taken, outcode,
  languages::text, skills::text, interests::text, knowledge::text, availability::text, birth_date
FROM volunteers WHERE partnership_id = $1"""


_CHANGE: Final = """
UPDATE volunteers SET places_taken = 1 - places_taken, visits_a_week = visits_a_week % 4 + 1, version = version + 1
WHERE id = ANY($1::uuid[])"""


@dataclass
class Bench:
    """One family, ten thousand volunteers, and both ways to rank them."""

    service: Running
    admin: asyncpg.Connection
    here: Place
    request: UUID
    ciphers: dict[UUID, Cipher]
    chance: random.Random
    coordinator: Caller = field(init=False)
    answer_bytes: int = 0

    async def ours(self) -> Round:
        """All that the service does between the request and the last byte of its answer."""
        await self.ready()
        cpu = wall = 0.0
        for _ in range(EACH):
            await self.admin.execute(_CHANGE, self.chance.sample(list(self.ciphers), CHANGED))
            spent = await self.proposed()
            cpu, wall = cpu + spent[0], wall + spent[1]
        return Round(EACH, cpu, wall)

    async def ready(self) -> None:
        """Somebody who is signed in, and every key in memory."""
        self.coordinator = self.here.caller(Role.COORDINATOR)
        await self.service.parts.vault.ciphers(self.here.partnership, map(Subject.person, self.ciphers))

    async def proposed(self) -> tuple[float, float]:
        """(CPU, wall) seconds of one request, whose answer is there whole."""
        began = time.process_time(), time.perf_counter()
        answer = await self.coordinator.post(f"/v1/match-requests/{self.request}/proposals")
        spent = time.process_time() - began[0], time.perf_counter() - began[1]
        if answer.status_code != httpx.codes.CREATED:
            raise harness.FailedRequestsError(answer.text)
        self.answer_bytes = len(answer.content)
        return spent

    async def cold(self) -> float:
        """CPU milliseconds of a proposal by a process that knows nobody yet; its keys are in memory all the same."""
        found = list[float]()
        for _ in range(COLD):
            await self.ready()
            # What nobody has asked for between two of these is forgotten.
            for _ in range(2):
                Desk(self.service.parts.vault).known.sweep()
            found.append((await self.proposed())[0] * 1e3)
        return statistics.median(found)

    async def bare(self) -> Round:
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(EACH):
            rows = await self.admin.fetch(_READ, self.here.partnership)
            found = sorted((-self._score(row), row["id"]) for row in rows)
            if len(found) <= MANY:
                raise harness.FailedRequestsError("somebody is missing")
        return Round(EACH, time.process_time() - cpu, time.perf_counter() - wall)

    def _score(self, row: Any) -> int:
        born = self.ciphers[row["id"]].open("volunteers.birth_date", row["birth_date"])
        score = int(30 <= age_on(date.fromisoformat(born), date(2026, 11, 27)) <= 60)
        asked = WISHES["requests"]
        for name in ("skills", "interests", "knowledge"):
            score += len(set(asked[name]).intersection(row[name][1:-1].split(",")))
        score += len(_WANTED.intersection(row["availability"][1:-1].split(",")))
        return score - (distance_metres("SS1", row["outcode"]) or 0) // 1_000


_WANTED: Final = {f"{one['weekday']}-{one['part']}" for one in WISHES["requests"]["availability"]}


async def filled(service: Running, admin: asyncpg.Connection) -> Bench:
    """One volunteer made as a coordinator would, copied with traits and a key of their own each."""
    cases = KnownCases()
    service.handlers = handlers.register(Desk(service.parts.vault), cases)
    here = Place(service, cases)
    family, first = await here.family(**WISHES), UUID((await here.volunteer()).id)
    ids = [new_id() for _ in range(MANY)]
    ciphers = await service.parts.vault.ciphers(here.partnership, map(Subject.person, [first, *ids]))
    own = {subject.id: cipher for subject, cipher in ciphers.items()}
    chance = random.Random(16)
    await admin.execute(_COPY, first, [_made(chance, one, own[one]) for one in ids])
    await admin.execute("ANALYZE volunteers")
    return Bench(service, admin, here, UUID(family.request), own, chance)


def _made(chance: random.Random, volunteer: UUID, cipher: Cipher) -> str:
    born = date(chance.randint(1950, 2005), chance.randint(1, 12), chance.randint(1, 28)).isoformat()
    traits: dict[str, Any] = {
        "id": volunteer,
        "person_id": None,
        "birth_date": "\\x" + cipher.seal("volunteers.birth_date", born).hex(),
        "gender": chance.choice(["female", "female", "male"]),
        "outcode": chance.choice(_OUTCODES),
        "languages": _some(chance, ["en", "bn", "so", "pl"], 1),
        "skills": _some(chance, _CODES, 3),
        "interests": _some(chance, _CODES, 2),
        "knowledge": _some(chance, _CODES, 1),
        "availability": sorted(_some(chance, _SLOTS, 5)),
        "visits_a_week": chance.randint(1, 4),
        "capacity": chance.randint(1, 3),
        "places_taken": chance.randint(0, 1),
    }
    return orjson.dumps(traits).decode()


def _some(chance: random.Random, values: Sequence[str], count: int) -> list[str]:
    return chance.sample(values, count)


async def measure(environment: dict[str, str], dsn: str, database: str) -> None:
    """Both lines of the figure from the same rounds."""
    loop = asyncio.get_running_loop()
    async with running(create_app, environment, Handlers()) as service:
        admin = await asyncpg.connect(dsn, database=database)
        bench = await filled(service, admin)
        # As in the service's own process, whose modules and settings are not walked through again and again.
        gc.collect()
        gc.freeze()
        line = await asyncio.to_thread(
            harness.compare, RATIO, ground.arm(loop, bench.ours), ground.arm(loop, bench.bare), key="ratio"
        )
        cold = round(await bench.cold(), 1)
        about = {"cold_ms": cold, "answer_bytes": bench.answer_bytes}
        harness.value(P16, line["ours"]["cpu_us"] / 1_000, key="cpu", void=line["void"], **about)
        await admin.close()


def main() -> None:
    stack = ground.stack()
    asyncio.run(measure(stack.environment_of("matching"), stack.admin_dsn, stack.database("matching")))


if __name__ == "__main__":
    main()
