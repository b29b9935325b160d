"""Finds labels, and adds those that are not known yet, as sets."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import not_, or_, text
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind
from services.training.models import Label
from shared.db import work_of
from shared.errors import NotFound
from shared.pagination import bad_cursor, decode

Place = tuple[LabelKind, bytes]


async def get_for_update(session: AsyncSession, label_id: UUID) -> Label:
    """A label of the caller's organisation."""
    row = await session.get(Label, label_id, with_for_update=True)
    if row is None or row.organisation_id != work_of(session).organisation:
        raise NotFound
    return row


async def list_own(
    session: AsyncSession, kind: LabelKind | None, coded: bool | None, limit: int, cursor: str | None
) -> list[Label]:
    """Labels of the caller's organisation, oldest first; one more than `limit` where there is another page."""
    query = select(Label).where(Label.organisation_id == work_of(session).organisation)
    if kind is not None:
        query = query.where(Label.kind == kind)
    if coded is not None:
        query = query.where(_IS_CODED if coded else not_(_IS_CODED))
    if cursor is not None:
        query = query.where(col(Label.id) > _position(cursor))
    return list((await session.exec(query.order_by(col(Label.id)).limit(limit + 1))).all())


def _position(cursor: str) -> UUID:
    try:
        return UUID(decode(cursor, 1)[0])
    except ValueError as error:
        raise bad_cursor() from error


# Also what somebody has said that no code fits.
_IS_CODED = or_(col(Label.code).is_not(None), col(Label.coded_at).is_not(None))


async def list_these(session: AsyncSession, ids: Collection[UUID]) -> list[Label]:
    """Those of the partnership's labels, whoever they are of."""
    return list((await session.exec(select(Label).where(col(Label.id).in_(ids)))).all()) if ids else []


async def hold(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Label]:
    """These labels, locked, always in one order."""
    query = select(Label).where(col(Label.id).in_(ids)).order_by(col(Label.id)).with_for_update()
    return {row.id: row for row in (await session.exec(query.execution_options(populate_existing=True))).all()}


async def find(session: AsyncSession, organisation: UUID, places: Sequence[Place]) -> dict[Place, UUID]:
    """The ids of those that are known."""
    given = {"organisation": organisation, **_places(places)}
    rows = await session.execute(_FIND, given)
    return {(LabelKind(row.kind), row.fingerprint): row.id for row in rows}


async def add(session: AsyncSession, organisation: UUID, rows: Sequence[Label]) -> None:
    """What somebody else adds at the same moment is left out. Always in one order, so that nobody waits in a ring."""
    ordered = sorted(rows, key=lambda row: (row.kind, row.fingerprint))
    given = {
        "partnership": work_of(session).partnership,
        "organisation": organisation,
        "ids": [row.id for row in ordered],
        "contents": [row.content for row in ordered],
        "codes": [row.code for row in ordered],
        **_places([(row.kind, row.fingerprint) for row in ordered]),
    }
    await session.execute(_ADD, given)


async def suggested(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The code that was chosen most often by those who used each of these labels."""
    if not ids:
        return {}
    return {row.label: row.code for row in await session.execute(_SUGGESTED, {"ids": list(ids)})}


def _places(places: Sequence[Place]) -> dict[str, list[str] | list[bytes]]:
    return {"kinds": [kind.value for kind, _ in places], "fingerprints": [one for _, one in places]}


# Not joined with what is looked for: whoever knows no better then reads every label of the organisation for each of it.
_FIND = text("""
SELECT id, kind, fingerprint FROM labels
WHERE partnership_id = circle_partnership() AND organisation_id = :organisation
  AND kind = ANY(CAST(:kinds AS text[])) AND fingerprint = ANY(CAST(:fingerprints AS bytea[]))""")
_SUGGESTED = text("""
SELECT DISTINCT ON (label) label, code FROM (
  SELECT ethnicity AS label, ethnicity_chosen AS code, count(*) AS n FROM participations
  WHERE ethnicity = ANY(CAST(:ids AS uuid[])) AND ethnicity_chosen IS NOT NULL AND withdrawn_at IS NULL GROUP BY 1, 2
  UNION ALL
  SELECT gender, gender_chosen, count(*) FROM participations
  WHERE gender = ANY(CAST(:ids AS uuid[])) AND gender_chosen IS NOT NULL AND withdrawn_at IS NULL GROUP BY 1, 2
) AS chosen ORDER BY label, n DESC, code""")
_ADD = text("""
INSERT INTO labels (id, partnership_id, version, organisation_id, kind, fingerprint, content, code)
SELECT w.id, :partnership, 1, :organisation, w.kind, w.fingerprint, w.content, w.code
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:fingerprints AS bytea[]), CAST(:contents AS bytea[]),
  CAST(:codes AS text[])
) AS w(id, kind, fingerprint, content, code)
ON CONFLICT DO NOTHING""")
