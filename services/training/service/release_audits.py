"""What an audit of a release reads before it and writes after it; what lies between takes no connection (ADR 0109)."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain.frozen import (
    LABELLED,
    Cell,
    Frozen,
    TableOf,
    definition,
    frozen_of,
    in_parts,
    near,
    of_frozen,
    world,
)
from services.training.domain.labels import CENSUS, GenderCode
from services.training.domain.published import NO_CODE, NOT_SAID
from services.training.domain.releases import By, Refusal, ReleaseStatus, Stage
from services.training.models import Label, Release
from services.training.repository import releases as repository
from services.training.service.labels import open_labels
from services.training.service.releases import KIND, PROVED, settle
from shared import clocks
from shared.crypto import Cipher, Subject, Vault
from shared.db import now_of
from shared.disclosure.plain import of_definition
from shared.disclosure.policy import Zeros
from shared.jobs import Plain, Task

COUNTS: Final = "releases.counts"
_PROGRAM: Final = "services.training.proving"
MOST_ATTEMPTS: Final = 3
# Lists that are whole whoever came; of the others a table names what there is.
_WHOLE: Final = {
    By.ETHNICITY: tuple(one.code for one in CENSUS.groups),
    By.GENDER: tuple(one.value for one in GenderCode),
}


@dataclass(frozen=True, slots=True)
class Begun:
    """A release whose counts are frozen, and every one of its partnership that was ever published."""

    row: Release
    frozen: Frozen
    earlier: Sequence[Release]


@dataclass(frozen=True, slots=True)
class AuditJob:
    """Auditing one release (`shared.jobs`)."""

    vault: Vault

    async def begin(self, session: AsyncSession, subject: UUID) -> Begun | None:
        """The counts are frozen the first time; a proof that was cut off begins again with the same ones."""
        row = await session.get(Release, subject, with_for_update=True)
        if row is None or row.status is not ReleaseStatus.AUDITING:
            await clocks.stop(session, KIND, subject)
            return None
        row.attempts += 1
        if row.attempts > MOST_ATTEMPTS:
            await _refuse(session, row, Refusal.GAVE_UP)
            return None
        frozen = await _frozen(session, self.vault, row)
        if not frozen.cells:
            await _refuse(session, row, Refusal.NOTHING_COUNTED)
            return None
        earlier = await repository.list_once_published(session)
        await repository.note_stage(session, row.id, Stage.HIDING)
        return Begun(row, frozen, earlier)

    async def task(self, begun: Begun) -> Task:
        """What the proof is made of: no transaction is open meanwhile, and no other task waits for it."""
        subjects = [Subject.case(one.id) for one in begun.earlier]
        ciphers = await self.vault.ciphers(begun.row.partnership_id, subjects) if subjects else {}
        return Task(_PROGRAM, await asyncio.to_thread(_task, begun, ciphers))

    async def note(self, session: AsyncSession, subject: UUID, stage: str) -> None:
        await repository.note_stage(session, subject, Stage(stage))

    async def end(self, session: AsyncSession, subject: UUID, begun: Begun, answer: Plain | None) -> None:
        """What came of it; nothing where another process was faster."""
        row = await session.get(Release, subject, with_for_update=True)
        if row is None or row.status is not ReleaseStatus.AUDITING:
            return
        if answer is None or "refused" in answer:
            await _refuse(session, row, Refusal(answer["refused"]) if answer else Refusal.GAVE_UP)
            return
        cipher = await self.vault.cipher(row.partnership_id, Subject.case(row.id))
        row.proved = cipher.seal(PROVED, orjson.dumps(answer).decode())
        row.considered = [one.id for one in begun.earlier]
        if not answer["verdict"]["passed"]:
            await _refuse(session, row, Refusal.NOT_PROVED)
            return
        settle(session, row, ReleaseStatus.AUDITED)
        await clocks.stop(session, KIND, row.id)


async def _refuse(session: AsyncSession, row: Release, why: Refusal) -> None:
    settle(session, row, ReleaseStatus.REFUSED, why)
    await clocks.stop(session, KIND, row.id)


async def _frozen(session: AsyncSession, vault: Vault, row: Release) -> Frozen:
    cipher = await vault.cipher(row.partnership_id, Subject.case(row.id))
    if row.counts is None:
        found = await _counted(session, vault, row)
        row.counts, row.counted_at = cipher.seal(COUNTS, orjson.dumps(of_frozen(found)).decode()), now_of(session)
        return found
    return frozen_of(orjson.loads(cipher.open(COUNTS, row.counts)))


async def _counted(session: AsyncSession, vault: Vault, row: Release) -> Frozen:
    """Everything in the release's dates, in values that may be published: codes, and the names of groups."""
    counted = await repository.count(session, row)
    # A list made of what was counted would tell that nobody else came, where zeros are hidden.
    all_labels = row.policy["zeros"] == Zeros.HIDDEN
    used = {label for one in counted for label in one.labels if label is not None}
    labels = await repository.labels(session, None if all_labels else used)
    words = await open_labels(vault, [one for one in labels if one.kind.value == By.ORGANISATION])
    value_of = {one.id: _value(one, words) for one in labels}
    cells = tuple(
        Cell(str(one.session), one.month, tuple(value_of[at] if at else NOT_SAID for at in one.labels), one.count)
        for one in counted
    )
    spare = {
        by: {value_of[one.id] for one in labels if one.kind.value == by} if all_labels else set() for by in LABELLED
    }
    listed = {
        by: _listed(by, {cell.values[at] for cell in cells} | spare[by], every=all_labels)
        for at, by in enumerate(LABELLED)
    }
    return Frozen(cells, listed)


def _value(label: Label, words: dict[UUID, str]) -> str:
    """People's own words for themselves are never published: only the code that somebody chose for them."""
    if label.kind.value == By.ORGANISATION:
        return words.get(label.id, NO_CODE)
    whole = _WHOLE.get(By(label.kind.value))
    return label.code if label.code and (whole is None or label.code in whole) else NO_CODE


def _listed(by: By, values: Collection[str], *, every: bool) -> tuple[str, ...]:
    whole = _WHOLE.get(by, ())
    unsaid = (NO_CODE, NOT_SAID)
    others = sorted(set(values) - set(whole) - set(unsaid))
    return (*whole, *others, *(one for one in unsaid if every or one in values))


def _task(begun: Begun, ciphers: Mapping[Subject, Cipher]) -> Plain:
    counts = {one.id: frozen_of(_opened(ciphers, one, COUNTS, one.counts)) for one in begun.earlier}
    nearby = near(begun.frozen.sessions, {key: one.sessions for key, one in counts.items()})
    behind = world([begun.frozen, *(counts[key] for key in nearby)])
    tables = [TableOf(By(one["by"]), By(one["across"]) if one["across"] else None) for one in begun.row.tables]
    proved = {one.id: _opened(ciphers, one, PROVED, one.proved)["release"] for one in begun.earlier if one.id in nearby}
    return {
        "definition": of_definition(definition(tables, begun.frozen)),
        "parts": behind.parts[0],
        "policy": begun.row.policy,
        "records": [(one.values, one.count) for one in behind.records],
        "earlier": [
            proved[key] | {"definition": in_parts(proved[key]["definition"], parts)}
            for key, parts in zip(nearby, behind.parts[1:], strict=True)
        ],
    }


def _opened(ciphers: Mapping[Subject, Cipher], row: Release, place: str, sealed: bytes | None) -> Any:
    assert sealed is not None  # noqa: S101 - as every release that was published has
    return orjson.loads(ciphers[Subject.case(row.id)].open(place, sealed))
