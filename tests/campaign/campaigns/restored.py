"""R12: all is lost at once and restored from backup, log and escrow: nothing acknowledged gone, nothing erased back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from shared.ids import new_id
from tests.campaign import load
from tests.campaign.cast import House
from tests.campaign.client import RefusedError
from tests.campaign.findings import Code, Finding
from tests.campaign.kept import Kept, looked_into
from tests.campaign.load import Load
from tests.campaign.plan import Plan, Report
from tests.campaign.stage import Scene, Stage

_HELD_UP_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 240.0
_KEYS: Final = "SELECT count(*) FROM subject_keys WHERE subject_id = $1 AND wrapped_key <> ''"
_KNOWN: Final = """
SELECT (SELECT count(*) FROM persons WHERE id = $1 AND (erased_at IS NULL OR given_name IS NOT NULL))
  + (SELECT count(*) FROM external_ids WHERE subject_id = $1)
"""


class Somebody(NamedTuple):
    """A child of a referred family."""

    house: House
    family: UUID
    id: UUID


async def run(stage: Stage, plan: Plan, broken: str = "") -> Report:
    """`plan.count` are losses: by turns of the database alone and of the database with the broker."""
    findings: list[Finding] = []
    erased: list[Somebody] = []
    seconds: list[float] = []
    place = stage.folder / f"elsewhere-{new_id().hex}"
    async with (
        Kept.under(stage.world, place, broken) as kept,
        stage.scene(2, patience=_PATIENCE_SECONDS) as scene,
    ):
        done = 0
        for turn in range(plan.count):
            if plan.is_over:
                break
            plan.tell(turn, plan.count, "losses")
            playing = _Loss(kept, scene, erased, plan.seed + turn)
            findings += await playing.play(broker=turn % 2 == 0)
            seconds.append(playing.seconds)
            done += 1
        findings += await scene.judge(seconds=120)
    figures = {"erased": len(erased), "away_seconds": [round(one, 1) for one in seconds], "met": dict(scene.line.met)}
    return Report(done, findings, figures)


class _Loss:
    """One loss: a base backup in the middle of the load, erasures before and after it, everything gone, restored."""

    def __init__(self, kept: Kept, scene: Scene, erased: list[Somebody], seed: int) -> None:
        self.seconds = 0.0
        self._kept, self._scene, self._erased = kept, scene, erased
        self._load = Load(scene.houses, seed, width=2)

    async def play(self, *, broker: bool) -> list[Finding]:
        """What was found; the clients work all the while, and are away for as long as the platform is."""
        kept = self._kept
        working = asyncio.create_task(self._load.run())
        try:
            before, after, control = [await _somebody(house) for house in (self._house, self._house, self._house)]
            await self._erase(before)
            await kept.take()
            between = datetime.now(UTC)
            await self._erase(after)
            await _somebody(self._house)
            kept.hold_up_copy()
            await asyncio.sleep(_HELD_UP_SECONDS)
            lost = datetime.now(UTC)
            await kept.lose(broker=broker)
            await kept.restore(keep_broker=not broker)
            folder = await kept.restore_aside(between)
            await kept.start()
            self.seconds = (datetime.now(UTC) - lost).total_seconds()
        finally:
            self._load.stop()
            refused = await _refused(working)
        found = await self._back(kept.world.admin_dsn, "the platform", control)
        async with looked_into(folder) as admin_dsn:
            return refused + found + await self._back(admin_dsn, "an old backup", control)

    @property
    def _house(self) -> House:
        return self._scene.houses[0]

    async def _erase(self, one: Somebody) -> None:
        path = f"/v1/families/{one.family}/members/{one.id}/erase"
        await one.house.scheme.write("erase", path, {"reason_code": "retention_ended"})
        self._erased.append(one)

    async def _back(self, admin_dsn: str, where: str, control: Somebody) -> list[Finding]:
        """Whether somebody who was erased can be read, and somebody who was not can not."""
        found = [
            Finding(Code.ERASED_BACK, where, f"{what} of {one.id}")
            for one in self._erased
            for what in await _left(admin_dsn, one)
        ]
        if await _left(admin_dsn, control) != ["a key", "the record"]:
            found.append(Finding(Code.ACK_LOST, where, f"{control.id} cannot be read any more"))
        return found


async def _left(admin_dsn: str, one: Somebody) -> Sequence[str]:
    left = []
    for database, query, what in (("vault", _KEYS, "a key"), ("referral", _KNOWN, "the record")):
        connection = await asyncpg.connect(admin_dsn, database=database)
        try:
            if await connection.fetchval(query, one.id):
                left.append(what)
        finally:
            await connection.close()
    return left


async def _somebody(house: House) -> Somebody:
    family = await load.referral(house)
    return Somebody(house, family.id, family.children[0])


async def _refused(working: "asyncio.Task[None]") -> list[Finding]:
    """A client that goes on from what it was told, and is told that it is not there."""
    found: list[Finding] = []
    try:
        await working
    except* RefusedError as group:
        found += [Finding(Code.REQUEST_FAILED, "the platform", str(one)) for one in group.exceptions]
    return found
