"""Note what participants and partners suggest, and say what came of it."""

from typing import Final
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.domain import SUGGESTIONS, About, SuggestionStatus
from services.training.models import Course, Programme, Suggestion
from services.training.repository import catalogue, rounds
from services.training.repository import suggestions as repository
from services.training.schemas.suggestions import AnswerIn, SuggestionIn, SuggestionOut
from shared import audit, history
from shared.crypto import Subject, Vault
from shared.db import now_of, work_of
from shared.errors import Forbidden
from shared.etag import Match
from shared.ids import new_id

CONTENT: Final = "suggestions.content"
ANSWER: Final = "suggestions.answer"


async def make(session: AsyncSession, vault: Vault, body: SuggestionIn, organisation: UUID) -> Suggestion:
    """About anything that is offered in the partnership."""
    owner, suggestion_id = await _owner(session, body.about, body.about_id), new_id()
    cipher = await vault.cipher(work_of(session).partnership, Subject.case(suggestion_id))
    row = Suggestion(
        id=suggestion_id,
        partnership_id=work_of(session).partnership,
        organisation_id=organisation,
        owner_id=owner,
        about=body.about,
        about_id=body.about_id,
        voice=body.voice,
        status=SuggestionStatus.MADE,
        content=cipher.seal(CONTENT, body.content),
        made_at=now_of(session),
        made_by=work_of(session).actor,
    )
    session.add(row)
    history.record(session, "suggestion", row.id, (None, row.status))
    return row


async def _owner(session: AsyncSession, about: About, about_id: UUID) -> UUID:
    if about is About.ROUND:
        return (await rounds.get(session, about_id)).organisation_id
    if about is About.COURSE:
        return (await catalogue.get(session, Course, about_id)).organisation_id
    return (await catalogue.get(session, Programme, about_id)).organisation_id


async def answer(session: AsyncSession, vault: Vault, suggestion_id: UUID, body: AnswerIn, match: Match) -> Suggestion:
    """By the organisation that offers what it is about; whoever made it reads how it was taken up, or why not."""
    row = await repository.get_for_update(session, suggestion_id)
    if row.owner_id != work_of(session).organisation:
        raise Forbidden("Whoever offers what it is about answers it.")
    match.check(row)
    before, row.status = row.status, SUGGESTIONS.move(row.status, SuggestionStatus(body.decision))
    cipher = await vault.cipher(row.partnership_id, Subject.case(row.id))
    row.answer = cipher.seal(ANSWER, body.answer)
    row.answered_at, row.answered_by = now_of(session), work_of(session).actor
    history.record(session, "suggestion", row.id, (before, row.status))
    return row


async def shown(session: AsyncSession, vault: Vault, rows: list[Suggestion]) -> list[SuggestionOut]:
    """With the words that can still be read."""
    audit.saw(session, "suggestion", *(row.id for row in rows))
    if not rows:
        return []
    ciphers = await vault.ciphers(rows[0].partnership_id, [Subject.case(row.id) for row in rows])
    found = []
    for row in rows:
        cipher = ciphers.get(Subject.case(row.id))
        content = cipher.open(CONTENT, row.content) if cipher else None
        said = cipher.open(ANSWER, row.answer) if cipher and row.answer else None
        found.append(SuggestionOut.of(row, content, said))
    return found
