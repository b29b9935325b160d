"""What is shown of a sheet that was sent: its words, its sessions, others like it, how far it is."""

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import ImportStatus
from services.training.models import Import
from services.training.repository import imports as repository
from services.training.schemas.imports import LabelOut, Shown
from services.training.service import import_codes
from services.training.service.import_codes import ASKED, is_answered
from services.training.service.imports import summary_of
from services.training.sheets.kept import Summary
from shared.parts import Parts


async def shown(session: AsyncSession, parts: Parts, row: Import) -> Shown:
    """All of it; of a sheet that does not wait any more, its own words are forgotten."""
    summary = await summary_of(parts.vault, row)
    same, taken = await repository.find_same(session, row), await repository.find_taken(session, row)
    is_going_on = row.status is ImportStatus.APPLYING
    return Shown(
        labels=await _labels(session, parts, row, summary),
        sessions=summary.sessions,
        sent_before=same.id if same else None,
        imported_before=taken.id if taken else None,
        written=await repository.find_progress(session, row.id) if is_going_on else None,
    )


async def _labels(session: AsyncSession, parts: Parts, row: Import, summary: Summary) -> list[LabelOut]:
    """The most frequent first."""
    known = await import_codes.known(session, parts.settings, row, summary)
    found = list[LabelOut]()
    for column in ASKED:
        for word, rows in sorted(summary.words[column].items(), key=lambda one: (-one[1], one[0])):
            label = known.get((column, word))
            code, asked = (label.code if label else None), not is_answered(label)
            found.append(LabelOut(column=column, label=word, rows=rows, code=code, asked=asked))
    return found
