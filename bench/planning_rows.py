"""P13's rows: 10,000 families that wait and 10,000 volunteers in the service's own tables, planned by its own job.

A family names three times and asks for three visits a week, every second one for a woman or a man; a volunteer has five
of the week's 21 times. So some fifty of ten thousand could be with each.
"""

import asyncio
import random
import resource
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import orjson

from bench import ground
from services.matching import handlers
from services.matching.main import create_app
from services.matching.service.desk import Desk
from services.matching.service.plan_work import PlanJob
from services.matching.service.requests import FACTS
from services.matching.tests.factories import KnownCases, Place
from shared import timekeeper, wall_clock
from shared.consumer import Handlers
from shared.crypto import Subject
from shared.ids import new_id
from shared.testing import Running, running

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SLOTS: Final = [(day, part) for day in _DAYS for part in ("morning", "afternoon", "evening")]
_OUTCODES: Final = ("SS0", "SS1", "SS2", "SS3", "SS4", "SS5", "SS6", "SS7", "SS8", "SS9")
_LANGUAGES: Final = ("en", "en", "en", "bn", "so", "pl")
_COPY: Final = """
INSERT INTO {table} SELECT (jsonb_populate_record(t, made::jsonb)).* FROM {table} t, unnest($2::text[]) made
WHERE t.{id} = $1"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What one plan took: seconds of wall time, CPU of the worker and of the computing process, its memory."""

    plan: dict[str, Any]
    wall: float
    cpu: float
    mib: int


async def _filled(here: Place, admin: asyncpg.Connection, size: int) -> None:
    """One family and one volunteer made as people would, copied with wishes, traits and keys of their own."""
    family, volunteer = await here.family(), UUID((await here.volunteer()).id)
    chance, vault = random.Random(13), here.service.parts.vault
    made = [orjson.dumps(_volunteer(chance)).decode() for _ in range(size)]
    await admin.execute(_COPY.format(table="volunteers", id="id"), volunteer, made)
    cases = [new_id() for _ in range(size)]
    ciphers = await vault.ciphers(here.partnership, map(Subject.case, cases))
    rows = []
    for one in cases:
        facts = "\\x" + ciphers[Subject.case(one)].seal(FACTS, orjson.dumps(_wishes(chance)).decode()).hex()
        since = (date.today() - timedelta(weeks=int(chance.expovariate(1 / 12)))).isoformat()  # noqa: DTZ011 - any day will do
        wanted = 2 if chance.random() < 0.15 else 1
        rows.append(
            {
                "id": new_id(),
                "family_id": one,
                "referral_id": new_id(),
                "facts": facts,
                "waiting_since": since,
                "volunteers_wanted": wanted,
            }
        )
    await admin.execute(
        _COPY.format(table="match_requests", id="id"),
        UUID(family.request),
        [orjson.dumps(one).decode() for one in rows],
    )
    known = [orjson.dumps({"referral_id": one["referral_id"], "family_id": one["family_id"]}).decode() for one in rows]
    await admin.execute(_COPY.format(table="referral_facts", id="referral_id"), family.referral, known)
    await admin.execute("ANALYZE")


def _volunteer(chance: random.Random) -> dict[str, Any]:
    capacity = chance.randint(1, 3)
    return {
        "id": new_id(),
        "person_id": None,
        "gender": chance.choice(("female", "female", "male")),
        "outcode": chance.choice(_OUTCODES),
        "languages": [chance.choice(_LANGUAGES)],
        "skills": chance.sample(("cooking", "budgeting", "autism", "gardening"), 2),
        "availability": sorted(f"{day}-{part}" for day, part in chance.sample(_SLOTS, 5)),
        "visits_a_week": chance.randint(3, 5),
        "capacity": capacity,
        "places_taken": chance.randint(max(0, capacity - 1), capacity),
    }


def _wishes(chance: random.Random) -> dict[str, Any]:
    return {
        "outcode": chance.choice(_OUTCODES),
        "languages": [chance.choice(_LANGUAGES)],
        "requests": {
            "visits_a_week": 3,
            "volunteer_gender": chance.choice((None, None, "female", "male")),
            "skills": chance.sample(("cooking", "budgeting", "autism", "gardening"), 2),
            "availability": [{"weekday": day, "part": part} for day, part in chance.sample(_SLOTS, 3)],
        },
    }


async def _planned(here: Place, **body: Any) -> Spent:
    """One plan as the worker makes it: rows read, paired, solved, proved, explained, stored."""
    parts, desk = here.service.parts, Desk(here.service.parts.vault)
    plan = (await here.coordinator.post("/v1/match-plans", body)).json()["id"]
    jobs = handlers.planning()
    heard = handlers.register(desk, here.cases, jobs)
    while await timekeeper.raise_one(parts, heard, wall_clock.now()):
        pass
    began, cpu, child = time.monotonic(), time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    await jobs.one(parts, PlanJob(desk))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - child.ru_utime - child.ru_stime + time.process_time() - cpu
    shown = (await here.coordinator.get(f"/v1/match-plans/{plan}")).json()
    return Spent(shown, time.monotonic() - began, spent, round(after.ru_maxrss / 1024))


async def _run(environment: dict[str, str], dsn: str, database: str, size: int) -> tuple[Spent, Spent]:
    async with running(create_app, environment, Handlers()) as service:
        here = _place(service)
        admin = await asyncpg.connect(dsn, database=database)
        try:
            await _filled(here, admin, size)
            first = await _planned(here)
            gone = (await here.coordinator.get(f"/v1/match-plans/{first.plan['id']}/pairs?limit=1")).json()
            without = [one["volunteer"] for one in gone["items"]]
            return first, await _planned(here, based_on=first.plan["id"], without_volunteers=without)
        finally:
            await admin.close()


def _place(service: Running) -> Place:
    cases = KnownCases()
    service.handlers = handlers.register(Desk(service.parts.vault), cases)
    return Place(service, cases)


def stored(size: int) -> tuple[Spent, Spent]:
    """(from rows to a stored plan, the same after one volunteer has gone)."""
    stack = ground.stack()
    return asyncio.run(_run(stack.environment_of("matching"), stack.admin_dsn, stack.database("matching"), size))
