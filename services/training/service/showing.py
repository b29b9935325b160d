"""Who came to a session, and how many, as far as those may know who are allowed to see it."""

from collections import Counter
from collections.abc import Callable
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import domain
from services.training.domain import LabelKind
from services.training.models import Label, Participation
from services.training.repository import attendees as people
from services.training.repository import labels as known
from services.training.repository import participations as repository
from services.training.repository.participations import Described
from services.training.schemas.participations import AttendingOut, CellOut, GroupingOut, ParticipationOut
from services.training.service import attendees, labels
from shared import audit
from shared.crypto import Vault

Counts = Counter[UUID | None]
BY: dict[LabelKind, Callable[[Described], UUID | None]] = {
    LabelKind.ORGANISATION: lambda one: one.organisation,
    LabelKind.ETHNICITY: lambda one: one.ethnicity,
    LabelKind.GENDER: lambda one: one.gender,
}


async def participations(
    session: AsyncSession, vault: Vault, session_id: UUID, rows: list[Participation], *, just_recorded: bool = False
) -> list[ParticipationOut]:
    """Some of one session, with words and names. `just_recorded`: the caller has said it all in this very request.

    Of somebody who came anonymously the ethnicity is shown where so many share it that it is counted out.
    """
    said = {one for row in rows for one in (row.organisation, row.ethnicity, row.gender, row.language, row.area) if one}
    words = await labels.open_labels(vault, await known.list_these(session, said))
    named = {row.attendee_id for row in rows if row.attendee_id}
    names = await attendees.open_names(vault, await people.list_these(session, named))
    shown = said if just_recorded else await _counted_out(session, session_id)
    return [
        ParticipationOut.of(
            row,
            words,
            names.get(row.attendee_id) if row.attendee_id else None,
            hides_ethnicity=row.attendee_id is None and row.ethnicity is not None and row.ethnicity not in shown,
        )
        for row in rows
    ]


async def _counted_out(session: AsyncSession, session_id: UUID) -> set[UUID]:
    """The ethnicities of which it is shown how many people have them."""
    counts, hidden = _ethnicities(await repository.described(session, session_id))
    return set() if hidden is None else {one for one in counts if one is not None and one not in hidden}


def _ethnicities(found: list[Described]) -> tuple[Counts, frozenset[UUID | None] | None]:
    counts = _summed(found, BY[LabelKind.ETHNICITY])
    return counts, domain.withheld(counts, anonymous=any(one.anonymous for one in found))


def _summed(found: list[Described], by: Callable[[Described], UUID | None]) -> Counts:
    counts = Counts()
    for one in found:
        counts[by(one)] += one.count
    return counts


async def attending(session: AsyncSession, vault: Vault, session_id: UUID) -> AttendingOut:
    """Number of participants attending, by what they were described as."""
    audit.saw(session, "session", session_id)
    found = await repository.described(session, session_id)
    said = {one for row in found for one in (row.organisation, row.ethnicity, row.gender) if one}
    rows = await known.list_these(session, said)
    words, codes = await labels.open_labels(vault, rows), {row.id: row for row in rows}
    groupings = []
    for kind, by in BY.items():
        counts, hidden = _ethnicities(found) if kind is LabelKind.ETHNICITY else (_summed(found, by), frozenset())
        groupings.append(_grouping(kind, domain.counted(counts, hidden), words, codes))
    return AttendingOut(
        session=session_id,
        total=sum(one.count for one in found),
        anonymous=sum(one.count for one in found if one.anonymous),
        groupings=groupings,
    )


def _grouping(
    kind: LabelKind, table: domain.Counted[UUID], words: dict[UUID, str], codes: dict[UUID, Label]
) -> GroupingOut:
    cells = [
        CellOut(
            label=cell.label,
            words=words.get(cell.label) if cell.label else None,
            code=codes[cell.label].code if cell.label in codes else None,
            count=cell.count,
            percent=None if cell.percent is None else str(cell.percent),
            withheld="c" if cell.count is None else None,
        )
        for cell in table.cells
    ]
    cells.sort(key=lambda cell: (cell.label is None, (cell.words or "").casefold(), cell.label or UUID(int=0)))
    return GroupingOut(by=kind, cells=cells, withheld="c" if table.withheld else None)
