"""A sheet's rows on their way into the table: opened some thousands at a time, so that never more are held."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind
from services.training.models import Import, TrainingSession
from services.training.repository import imports as repository
from services.training.repository import taking_over as rows
from services.training.repository.taking_over import Numbered, Rows
from services.training.service import attendees, imports, labels
from services.training.service.import_codes import KINDS
from services.training.service.import_sessions import MOST_SHOWN, Target
from services.training.sheets import Column
from services.training.sheets.kept import Part, Summary, numbers_of
from shared.crypto import Cipher
from shared.errors import Conflict
from shared.ids import new_ids_text
from shared.parts import Parts

# Twenty thousand rows: what counts them does so once a statement, and a statement has its time.
_PARTS: Final = 4
_NOBODY: Final = "NULL"


async def opened(session: AsyncSession, row: Import, cipher: Cipher) -> AsyncIterator[Part]:
    """Some thousand rows after the other, in the sheet's order."""
    first = 0
    while sealed := await repository.list_parts(session, row.id, first, _PARTS):
        yield await asyncio.to_thread(imports.opened, cipher, sealed)
        first += _PARTS


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes rows: knows what the numbers of their words and sessions stand for."""

    session: AsyncSession
    parts: Parts
    row: Import
    numbered: Numbered

    @classmethod
    async def of(
        cls, session: AsyncSession, parts: Parts, row: Import, summary: Summary, sessions: Sequence[TrainingSession]
    ) -> "Writing":
        wanted = {KINDS[column]: set(words) for column, words in summary.words.items()}
        ids = await labels.find_or_add(session, parts.vault, parts.settings, row.organisation_id, wanted)
        numbered = {
            KINDS[column]: [ids[KINDS[column], word] for word in words] for column, words in summary.words.items()
        }
        await rows.make_room(session)
        return cls(session, parts, row, Numbered(sessions, numbered))

    async def write(self, some: Part) -> None:
        written = Rows(
            ids=",".join(new_ids_text(some.count)),
            sessions=some.sessions,
            words={KINDS[column]: numbers for column, numbers in some.words.items()},
            people=await self._people(some) if some.names else None,
        )
        await rows.add_rows(self.session, self.row, self.numbered, written)

    async def _people(self, some: Part) -> str:
        groups, known = numbers_of(some.words[Column.ORGANISATION]), self.numbered.labels[LabelKind.ORGANISATION]
        who = {at: (known[groups[at] - 1], name) for at, name in some.names}
        found = await attendees.find_or_add(
            self.session, self.parts.vault, self.parts.settings, self.row.organisation_id, set(who.values())
        )
        return ",".join(str(found[who[at]]) if at in who else _NOBODY for at in range(some.count))


@dataclass(frozen=True, slots=True)
class _Named:
    """Somebody of the sheet who may be recorded already: their row, the session that there is, group and name."""

    row: int
    session: UUID
    person: attendees.Known


async def require_new_people(
    session: AsyncSession, parts: Parts, row: Import, cipher: Cipher, summary: Summary, targets: Sequence[Target]
) -> None:
    """Nobody attends the same session twice, be it that another sheet or the trainer has named them."""
    words = summary.words[Column.ORGANISATION]
    known = await labels.find(session, parts.settings, row.organisation_id, {LabelKind.ORGANISATION: set(words)})
    groups = [label.id if (label := known.get((LabelKind.ORGANISATION, word))) else None for word in words]
    twice = list[int]()
    async for some in opened(session, row, cipher):
        named = _named(some, targets, groups)
        people = {one.person for one in named}
        found = await attendees.find(session, parts.settings, row.organisation_id, people)
        pairs = [(one, found[one.person]) for one in named if one.person in found]
        there = await rows.find_attended(session, [(one.session, who) for one, who in pairs])
        twice += [one.row for one, who in pairs if (one.session, who) in there]
    if twice:
        raise Conflict(
            "Somebody of this name and group is recorded at the session.",
            name="already-attending",
            title="They are recorded already",
            rows=twice[:MOST_SHOWN],
        )


def _named(some: Part, targets: Sequence[Target], groups: Sequence[UUID | None]) -> list[_Named]:
    """Those rows whose session and group there have been before."""
    numbers, sessions = numbers_of(some.rows), numbers_of(some.sessions)
    of = numbers_of(some.words[Column.ORGANISATION])
    return [
        _Named(numbers[at], there.id, (group, name))
        for at, name in some.names
        if (there := targets[sessions[at] - 1].session) is not None and (group := groups[of[at] - 1]) is not None
    ]
