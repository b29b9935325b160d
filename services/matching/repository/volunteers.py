"""Reading volunteers and what is kept about their clearance."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Integer,
    Row,
    Text,
    Uuid,
    bindparam,
    cast,
    func,
    text,
    update,
)  # fmt: skip
from sqlalchemy import select as sa_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.volunteers import GONE
from services.matching.models import Base, Check, Clearance, Conflict, Supervision, Training, Volunteer
from services.matching.schemas.common import ExternalId
from shared.errors import NotFound

WEIGHED: Final = (
    "id", "status", "role", "clearance_expires_on", "capacity", "places_taken", "gender", "visits_a_week",
    "visits_taken", "outcode", "languages", "skills", "interests", "knowledge", "availability",
)  # fmt: skip
# The table itself and not the class: ten thousand rows do not go through what makes objects of them.
_TABLE: Final = Base.metadata.tables["volunteers"]
_LISTS: Final = frozenset({"languages", "skills", "interests", "knowledge", "availability"})
_WEIGHED: Final = [cast(_TABLE.c[name], Text) if name in _LISTS else _TABLE.c[name] for name in WEIGHED]
_GONE: Final = [status.value for status in GONE]
MARK_BYTES: Final = 26
_MARKED: Final = text(
    "SELECT coalesce(string_agg(uuid_send(id) || xidsend(xmin) || tidsend(ctid), '' ORDER BY id), '')"
    " FROM volunteers WHERE status <> ALL (:gone)"
).bindparams(bindparam("gone", type_=ARRAY(Text)))
_INPUTS: Final = text(
    "SELECT kept.volunteer_id, kept.inputs FROM volunteer_inputs kept"
    " JOIN unnest(:ids, :numbers) AS wanted(id, number)"
    " ON kept.volunteer_id = wanted.id AND kept.number = wanted.number"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)), bindparam("numbers", type_=ARRAY(Integer)))


async def get(session: AsyncSession, volunteer_id: UUID) -> Volunteer:
    volunteer = await session.get(Volunteer, volunteer_id)
    if volunteer is None:
        raise NotFound
    return volunteer


async def find(session: AsyncSession, volunteer_id: UUID) -> Volunteer | None:
    return await session.get(Volunteer, volunteer_id)


async def find_for_update(session: AsyncSession, volunteer_id: UUID) -> Volunteer | None:
    query = select(Volunteer).where(Volunteer.id == volunteer_id).with_for_update()
    return (await session.exec(query.execution_options(populate_existing=True))).one_or_none()


async def get_for_update(session: AsyncSession, volunteer_id: UUID) -> Volunteer:
    volunteer = await find_for_update(session, volunteer_id)
    if volunteer is None:
        raise NotFound
    return volunteer


async def find_by_external_id(session: AsyncSession, external: ExternalId) -> UUID | None:
    query = select(Volunteer.id).where(
        Volunteer.external_system == external.system, Volunteer.external_id == external.id
    )
    return (await session.exec(query)).first()


async def find_by_person(session: AsyncSession, person: UUID) -> UUID | None:
    return (await session.exec(select(Volunteer.id).where(Volunteer.person_id == person))).first()


async def list_page(
    session: AsyncSession, status: str | None, external: ExternalId | None, after: UUID | None, limit: int
) -> Sequence[Volunteer]:
    """By id, which is by age of the enquiry; one more than `limit`, so that the caller knows whether there are more."""
    query = select(Volunteer).order_by(col(Volunteer.id)).limit(limit + 1)
    if status:
        query = query.where(Volunteer.status == status)
    if external:
        query = query.where(Volunteer.external_system == external.system, Volunteer.external_id == external.id)
    if after:
        query = query.where(col(Volunteer.id) > after)
    return (await session.exec(query)).all()


async def list_candidates(
    session: AsyncSession, *sealed: str, wanted: Collection[UUID] | None = None
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every volunteer of the partnership but those who have gone, by id: `WEIGHED` and these sealed columns.

    All of them, or those of them who are `wanted`.
    Lists of codes come as PostgreSQL writes them, `{a,b}`: most volunteers share them, and each is read once.
    """
    columns = [*_WEIGHED, *(_TABLE.c[name] for name in sealed)]
    query = sa_select(*columns).where(_TABLE.c.status.not_in(_GONE))
    if wanted is not None:
        query = query.where(_TABLE.c.id == func.any(bindparam("wanted", list(wanted), ARRAY(Uuid))))
    return (await session.execute(query.order_by(_TABLE.c.id))).all()


async def mark(session: AsyncSession) -> bytes:
    """Who `list_candidates` lists, by id, as one value: of each the id and which version of the row it is.

    `MARK_BYTES` each. Where the row is and who wrote it say that for any change, whoever makes it.
    """
    return bytes((await session.execute(_MARKED, {"gone": _GONE})).scalar_one())


async def list_some(
    session: AsyncSession, wanted: Collection[UUID] | None, *columns: str
) -> Sequence[Row[*tuple[Any, ...]]]:
    """These columns of some of those whom `list_candidates` lists, or of all; by id."""
    query = sa_select(*(_TABLE.c[name] for name in columns)).where(_TABLE.c.status.not_in(_GONE))
    if wanted is not None:
        query = query.where(_TABLE.c.id == func.any(bindparam("wanted", list(wanted), ARRAY(Uuid))))
    return (await session.execute(query.order_by(_TABLE.c.id))).all()


async def list_without_inputs(session: AsyncSession) -> Sequence[Volunteer]:
    """Locked, those of whom no inputs are kept yet and who have not gone."""
    query = select(Volunteer).where(Volunteer.inputs_number == 0, col(Volunteer.status).not_in(_GONE))
    locked = query.order_by(col(Volunteer.id)).with_for_update().execution_options(populate_existing=True)
    return (await session.exec(locked)).all()


async def list_inputs(session: AsyncSession, wanted: Mapping[UUID, int]) -> Mapping[UUID, bytes]:
    """The sealed inputs of these volunteers with these numbers."""
    rows = await session.execute(_INPUTS, {"ids": list(wanted), "numbers": list(wanted.values())})
    return {row.volunteer_id: row.inputs for row in rows}


async def find_training(session: AsyncSession, volunteer_id: UUID) -> Training | None:
    return await session.get(Training, volunteer_id)


async def list_clearances(session: AsyncSession, volunteer_id: UUID) -> Sequence[Clearance]:
    query = select(Clearance).where(Clearance.volunteer_id == volunteer_id).order_by(col(Clearance.id))
    return (await session.exec(query)).all()


async def list_checks(session: AsyncSession, volunteer_id: UUID) -> Sequence[Check]:
    query = select(Check).where(Check.volunteer_id == volunteer_id).order_by(col(Check.id))
    return (await session.exec(query)).all()


async def list_conflicts(session: AsyncSession, volunteer_id: UUID) -> Sequence[Conflict]:
    query = select(Conflict).where(Conflict.volunteer_id == volunteer_id).order_by(col(Conflict.id))
    return (await session.exec(query)).all()


async def list_conflicts_with(session: AsyncSession, family: UUID) -> Sequence[Conflict]:
    return (await session.exec(select(Conflict).where(Conflict.family_id == family))).all()


async def find_last_supervision(session: AsyncSession, volunteer_id: UUID) -> Supervision | None:
    query = select(Supervision).where(Supervision.volunteer_id == volunteer_id)
    return (await session.exec(query.order_by(col(Supervision.recorded_at).desc()).limit(1))).first()


async def note_supervised(session: AsyncSession, volunteer_id: UUID, day: date, *, first: bool = False) -> None:
    """The day from which the next supervision is counted; `first` is that of a start, where there was none before."""
    known = col(Volunteer.supervised_on)
    new = func.coalesce(known, day) if first else func.greatest(known, day)
    statement = update(Volunteer).where(col(Volunteer.id) == volunteer_id).values(supervised_on=new)
    await session.execute(statement.execution_options(synchronize_session=False))


async def get_supervision(session: AsyncSession, supervision_id: UUID) -> Supervision:
    supervision = await session.get(Supervision, supervision_id)
    if supervision is None:
        raise NotFound
    return supervision


async def list_supervisions(
    session: AsyncSession, volunteer_id: UUID | None, before: UUID | None, limit: int
) -> Sequence[Supervision]:
    """Newest first; one more than `limit`."""
    query = select(Supervision).order_by(col(Supervision.id).desc()).limit(limit + 1)
    if volunteer_id:
        query = query.where(Supervision.volunteer_id == volunteer_id)
    if before:
        query = query.where(col(Supervision.id) < before)
    return (await session.exec(query)).all()
