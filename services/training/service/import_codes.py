"""What a sheet's words for ethnicity and gender stand for: known from before or asked of a person, never guessed."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import LabelKind, require_code
from services.training.models import Import, Label
from services.training.repository import imports as repository
from services.training.repository import labels as label_rows
from services.training.schemas.imports import Answer
from services.training.service import labels
from services.training.service.imports import require_waiting, summary_of
from services.training.sheets import Column
from services.training.sheets.kept import Summary
from shared import audit
from shared.crypto import Vault
from shared.errors import Conflict, Gate, Invalid
from shared.settings import Settings

# What a column's words are to the statistics.
KINDS: Final = {
    Column.ORGANISATION: LabelKind.ORGANISATION,
    Column.ETHNICITY: LabelKind.ETHNICITY,
    Column.GENDER: LabelKind.GENDER,
    Column.LANGUAGE: LabelKind.LANGUAGE,
    Column.OUTCODE: LabelKind.AREA,
}
# In these columns people say in their own words who they are.
ASKED: Final = (Column.ETHNICITY, Column.GENDER)
Word = tuple[Column, str]
MOST_WRONG: Final = 50


async def known(session: AsyncSession, settings: Settings, row: Import, summary: Summary) -> dict[Word, Label]:
    """Of the words that are asked about, those that the organisation has used before, with what they stand for."""
    wanted = {KINDS[column]: set(summary.words[column]) for column in ASKED}
    found = await labels.find(session, settings, row.organisation_id, wanted)
    return {
        (column, words): label
        for column in ASKED
        for words in summary.words[column]
        if (label := found.get((KINDS[column], words)))
    }


def is_answered(label: Label | None) -> bool:
    """Whether somebody has said which code it stands for, or that none fits."""
    return label is not None and label.coded_at is not None


async def require_answered(session: AsyncSession, settings: Settings, row: Import, summary: Summary) -> None:
    """The gate before a sheet is taken over; it says how many words of each column wait, and no word."""
    found = await known(session, settings, row, summary)
    missing = [
        column for column in ASKED if any(not is_answered(found.get((column, word))) for word in summary.words[column])
    ]
    if missing:
        raise Gate(
            "gate-labels-coded",
            "For each label it has to be said which code it stands for, or that none fits.",
            missing,
        )


async def answer(
    session: AsyncSession, vault: Vault, settings: Settings, import_id: UUID, answers: Sequence[Answer]
) -> Import:
    """Note what these words of a sheet stand for, here and wherever else the organisation uses them."""
    row = await repository.get(session, import_id)
    require_waiting(row)
    summary = await summary_of(vault, row)
    _require_said(answers, summary)
    wanted = {KINDS[column]: {one.label for one in answers if one.column == column} for column in ASKED}
    ids = await labels.find_or_add(session, vault, settings, row.organisation_id, wanted)
    held = await label_rows.hold(session, ids.values())
    for one in answers:
        label = held[ids[KINDS[Column(one.column)], one.label]]
        if is_answered(label) and label.code != one.code:
            raise Conflict(
                "This label stands for another code already, in every report; it is changed at the label itself.",
                name="label-coded",
                label=str(label.id),
            )
        labels.note_code(session, label, one.code)
    audit.saw(session, "import", row.id)
    return row


def _require_said(answers: Sequence[Answer], summary: Summary) -> None:
    """Each answer is about a word that the sheet has, is given once, and names a code that there is."""
    wrong, met = list[dict[str, str]](), set[Word]()
    for place, one in enumerate(answers):
        word = (Column(one.column), one.label)
        if one.label not in summary.words[word[0]]:
            wrong.append(_wrong(place, "label", "not-in-the-sheet", "is no label of this column of the sheet"))
        elif word in met:
            wrong.append(_wrong(place, "label", "repeated", "has been answered further up"))
        met.add(word)
        if one.code is not None:
            wrong += _no_code(place, KINDS[word[0]], one.code)
    if wrong:
        raise Invalid(wrong[:MOST_WRONG])


def _no_code(place: int, kind: LabelKind, code: str) -> list[dict[str, str]]:
    try:
        require_code(kind, code)
    except Invalid as refused:
        return [error | {"pointer": f"/codes/{place}/code"} for error in refused.extra["errors"]]
    return []


def _wrong(place: int, member: str, code: str, message: str) -> dict[str, str]:
    return {"pointer": f"/codes/{place}/{member}", "code": code, "message": message}
