"""Finds what a report needs beside the sums: sessions with their rounds, single participations, distinct people."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CollectionAggregate, ColumnElement, Uuid, any_, func, literal, true
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind
from services.training.models import Label, Participation, Round, TrainingSession
from shared.db import work_of

Filters = Mapping[LabelKind, Collection[UUID]]


async def list_sessions(session: AsyncSession, ids: Collection[UUID]) -> Sequence[TrainingSession]:
    return (await session.exec(select(TrainingSession).where(col(TrainingSession.id) == _any(ids)))).all()


async def list_rounds(session: AsyncSession, ids: Collection[UUID]) -> list[Round]:
    return list((await session.exec(select(Round).where(col(Round.id).in_(ids)))).all()) if ids else []


async def list_sessions_of(session: AsyncSession, round_id: UUID) -> Sequence[TrainingSession]:
    """The sessions of a round."""
    return (await session.exec(select(TrainingSession).where(col(TrainingSession.round_id) == round_id))).all()


async def labels_with(session: AsyncSession, kind: LabelKind, code: str, organisation: UUID | None) -> set[UUID]:
    """The labels that stand for the code; of one organisation or of all."""
    query = select(Label.id).where(col(Label.kind) == kind, Label.code == code)
    if organisation is not None:
        query = query.where(Label.organisation_id == organisation)
    return set((await session.exec(query)).all())


async def count_participations(
    session: AsyncSession, sessions: Collection[UUID], days: tuple[date, date], kinds: Sequence[LabelKind]
) -> list[tuple[Any, ...]]:
    """(how many, session, day, one label of each kind): of what counts at these sessions on these days."""
    by = [
        col(Participation.session_id),
        col(Participation.day),
        *(getattr(Participation, kind.value) for kind in kinds),
    ]
    query = select(func.count(), *by).where(*_counted(sessions, days)).group_by(*by)
    return [tuple(row) for row in (await session.execute(query)).all()]


async def people_at(
    session: AsyncSession, sessions: Collection[UUID], days: tuple[date, date], filters: Filters
) -> tuple[int, int, int]:
    """(distinct people, participations of theirs, anonymous participations) at these sessions on these days."""
    who = col(Participation.attendee_id)
    query = select(func.count(who.distinct()), func.count(who), func.count() - func.count(who))
    query = query.where(*_counted(sessions, days))
    for kind, labels in filters.items():
        query = query.where(getattr(Participation, kind.value) == _any(labels))
    distinct, named, anonymous = (await session.execute(query)).one()
    return distinct, named, anonymous


async def people(session: AsyncSession, first: date, last: date) -> tuple[int, int]:
    """(distinct people, participations of theirs) of the caller's organisation, by an index of those with a name."""
    who = col(Participation.attendee_id)
    query = select(func.count(who.distinct()), func.count()).where(
        Participation.partnership_id == work_of(session).partnership,
        Participation.organisation_id == work_of(session).organisation,
        col(Participation.day).between(first, last),
        col(Participation.counted) == true(),
        who.is_not(None),
    )
    distinct, named = (await session.execute(query)).one()
    return distinct, named


def _counted(sessions: Collection[UUID], days: tuple[date, date]) -> list[ColumnElement[bool]]:
    return [
        col(Participation.session_id) == _any(sessions),
        col(Participation.counted) == true(),
        col(Participation.day).between(*days),
    ]


def _any(ids: Collection[UUID]) -> CollectionAggregate[bool]:
    return any_(literal(list(ids), ARRAY(Uuid)))
