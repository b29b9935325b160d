"""Audits that are cut off, fail or take too long: they are taken up again, and end some time."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.training import handlers
from services.training.service.release_audits import MOST_ATTEMPTS, AuditJob, Begun
from services.training.tests.crowd import Crowd, Person
from services.training.tests.factories import Team
from shared import timekeeper, wall_clock
from shared.consumer import partnership_work
from shared.jobs import AHEAD, Jobs


async def asked(crowd: Crowd) -> str:
    """A release that is to be audited, and that nobody has taken up."""
    made = (await crowd.publisher.post("/v1/releases", crowd.body({"by": "gender"}))).json()
    answer = await crowd.publisher.post(f"/v1/releases/{made['id']}/audit", match=made["version"])
    assert answer.status_code == 200, answer.text
    return str(made["id"])


async def taken_up(team: Team, *, later: timedelta = timedelta(0), most_seconds: float = 60) -> Jobs[Begun]:
    """A process that has just been started, and what it is to audit."""
    audits, parts = handlers.auditing(most_seconds), team.training.parts
    heard = handlers.register(parts, audits)
    while await timekeeper.raise_one(parts, heard, wall_clock.now() + later):
        pass
    return audits


async def one(audits: Jobs[Begun], team: Team) -> None:
    """Audit the release that has waited longest."""
    await audits.one(team.training.parts, AuditJob(team.training.parts.vault))


async def read(crowd: Crowd, release: str) -> dict[str, Any]:
    return dict((await crowd.publisher.get(f"/v1/releases/{release}")).json())


async def test_an_audit_whose_process_was_killed_is_taken_up_by_another(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person("Forum", None, "female")] * 9)
    release = await asked(crowd)
    first = asyncio.create_task(one(await taken_up(team), team))
    while (await read(crowd, release))["progress"]["stage"] == "waiting":  # noqa: ASYNC110 - polled over HTTP
        await asyncio.sleep(0.02)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    counted = (await read(crowd, release))["counted_at"]
    assert not (await taken_up(team)).waiting
    second = await taken_up(team, later=AHEAD + timedelta(seconds=1))
    assert second.waiting
    while second.waiting:
        await one(second, team)
    done = await read(crowd, release)
    assert (done["status"], done["counted_at"], done["progress"]) == ("audited", counted, None)


async def test_an_audit_that_takes_too_long_ends_refused(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person("Forum", None, "female")] * 9)
    release = await asked(crowd)
    audits = await taken_up(team, most_seconds=0.01)
    while audits.waiting:
        await one(audits, team)
    done = await read(crowd, release)
    assert (done["status"], done["refusal"]) == ("refused", "gave_up")


async def test_an_audit_whose_process_dies_each_time_ends_refused(team: Team) -> None:
    crowd, parts = Crowd(team), team.training.parts
    await crowd.came([Person("Forum", None, "female")] * 9)
    release = await asked(crowd)
    begun = []
    for _ in range(MOST_ATTEMPTS + 1):
        async with parts.worker.transaction(partnership_work(parts, team.partnership, "releases")) as session:
            begun.append(await AuditJob(parts.vault).begin(session, UUID(release)) is not None)
    assert begun == [True] * MOST_ATTEMPTS + [False]
    done = await read(crowd, release)
    assert (done["status"], done["refusal"]) == ("refused", "gave_up")


async def test_a_release_may_be_audited_more_often_than_a_process_may_die(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person("Forum", None, "female")] * 9)
    made = await crowd.audited({"by": "gender"})
    for _ in range(MOST_ATTEMPTS):
        made = await crowd.audit(made["id"])
    assert made["status"] == "audited"


async def test_no_connection_is_held_while_it_is_proved(team: Team) -> None:
    crowd = Crowd(team)
    await crowd.came([Person("Forum", None, "female")] * 9)
    release = await asked(crowd)
    proving = asyncio.create_task(one(await taken_up(team), team))
    held = []
    while (progress := (await read(crowd, release))["progress"]) is not None:
        if progress["stage"] != "waiting":
            held.append(team.training.parts.worker.engine.pool.checkedout())  # type: ignore[attr-defined]  # as this pool has it
        await asyncio.sleep(0.02)
    await proving
    assert len(held) > 3
    assert min(held) == 0
    assert sum(held) < len(held) / 2
