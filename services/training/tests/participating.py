"""Writes participations as the service's role, and counts them one after the other."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlmodel import col

from services.training.domain import LabelKind, Source
from services.training.domain.sums import KINDS, NAMED, NONE, Grouping
from services.training.models import Participation
from services.training.repository import sums
from shared.db import Work
from shared.ids import new_id
from shared.testing import Running


@dataclass
class Ground:
    """One organisation, a few labels of each kind, and sessions by their day."""

    training: Running
    partnership: UUID = field(default_factory=new_id)
    organisation: UUID = field(default_factory=new_id)
    labels: dict[LabelKind, list[UUID]] = field(
        default_factory=lambda: {kind: [new_id() for _ in range(4)] for kind in LabelKind}
    )
    sessions: dict[date, UUID] = field(default_factory=dict)

    @property
    def work(self) -> Work:
        return Work("training", self.partnership, self.organisation, "test", "organisation")

    async def run(self, *statements: Any) -> None:
        async with self.training.parts.app.open(self.work) as session:
            for statement in statements:
                await session.execute(statement)
            await self.training.parts.app.commit(session)

    async def add(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            await self.run(insert(Participation).values(list(rows)))

    async def change(self, ids: Sequence[UUID], **columns: Any) -> None:
        await self.run(update(Participation).where(col(Participation.id).in_(ids)).values(**columns))

    async def remove(self, ids: Sequence[UUID]) -> None:
        """As the worker, who alone may."""
        async with self.training.parts.worker.open(self.work) as session:
            await session.execute(delete(Participation).where(col(Participation.id).in_(ids)))
            await self.training.parts.worker.commit(session)

    async def told(self, grouping: Grouping, first: date, last: date, *, all_of_it: bool = False) -> Counter[Any]:
        async with self.training.parts.app.open(self.work) as session:
            organisation = None if all_of_it else self.organisation
            found = await sums.read(session, grouping, [(first, last)], organisation)
        return Counter({(a, b): n for (_, a, b), n in found.items()})

    def row(self, chance: random.Random, day: date, **columns: Any) -> dict[str, Any]:
        said = {
            kind.value: chance.choice([*some, None] if kind is not LabelKind.ORGANISATION else some)
            for kind, some in self.labels.items()
        }
        return {
            "id": new_id(),
            "partnership_id": self.partnership,
            "organisation_id": self.organisation,
            "session_id": self.sessions[day],
            "day": day,
            "parts": [1],
            "attendee_id": None if chance.random() < 0.5 else new_id(),
            "source": Source.SHEET,
            "counted": chance.random() < 0.8,
            "recorded_at": self.work.now,
            "recorded_by": "test",
            **said,
            **columns,
        }


def counted(rows: Sequence[dict[str, Any]], grouping: Grouping, first: date, last: date) -> Counter[Any]:
    """The same, one participation after the other."""
    return Counter(_keys(row, grouping) for row in rows if row["counted"] and first <= row["day"] <= last)


def _keys(row: dict[str, Any], grouping: Grouping) -> tuple[UUID, UUID]:
    known = NONE if row["attendee_id"] is None else NAMED
    if grouping is Grouping.TOTAL:
        return (known, NONE)
    if grouping is Grouping.SESSION:
        return (row["session_id"], known)
    keys = [row[kind.value] or NONE for kind in KINDS[grouping]]
    return (keys[0], keys[1] if len(keys) > 1 else NONE)


def days(chance: random.Random, around: date, span: int, number: int) -> list[date]:
    return [around + timedelta(days=chance.randrange(span)) for _ in range(number)]
