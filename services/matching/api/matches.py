"""Routes about matches and agreements."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.api.callers import CaseReader, DeskOf, MatchReader, Party, Scheme, page
from services.matching.api.cursors import id_after
from services.matching.domain.matches import MatchStatus
from services.matching.models import Match
from services.matching.repository import matches as kept
from services.matching.repository.matches import MatchFilter
from services.matching.schemas.common import HistoryOut
from services.matching.schemas.matches import (
    AgreementIn,
    AgreementOut,
    CancelIn,
    EndIn,
    IntroductionIn,
    MatchIn,
    MatchItem,
    MatchOut,
    PauseIn,
    StartIn,
)
from services.matching.service import agreements, matches
from services.matching.service.desk import Desk
from services.matching.service.views import matches as view
from shared import audit, etag, history
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/matches", "matches")


@dataclass(frozen=True, slots=True)
class Room:
    """What every route about one match works with."""

    session: AsyncSession
    desk: Desk
    response: Response
    match: UUID

    async def show(self, match: Match) -> MatchOut:
        """The match with its ETag, as much as the caller may see."""
        shown = await view.show(self.session, self.desk, match)
        etag.tag(self.response, match)
        return shown


def _room(session: Session, desk: DeskOf, response: Response, match_id: UUID) -> Room:
    return Room(session, desk, response, match_id)


def _wanted(
    status: MatchStatus | None = None, volunteer: UUID | None = None, referral: UUID | None = None
) -> MatchFilter:
    return MatchFilter(status, volunteer, referral)


InRoom = Annotated[Room, Depends(_room)]
Wanted = Annotated[MatchFilter, Depends(_wanted)]


@router.post("", status_code=201)
async def propose_match(session: Session, _: Scheme, desk: DeskOf, body: MatchIn, response: Response) -> MatchOut:
    """Propose a volunteer to a family; another than the top of the latest proposal needs a reason."""
    match = await matches.propose(session, desk, body)
    response.headers["Location"] = f"/v1/matches/{match.id}"
    return await Room(session, desk, response, match.id).show(match)


@router.get("")
async def list_matches(
    session: Session, _: MatchReader, wanted: Wanted, limit: Limit = 50, cursor: Cursor = None
) -> Page[MatchItem]:
    """List matches, newest first; to a volunteer their own."""
    rows = await view.list_shown(session, wanted, id_after(cursor), limit)
    return page(rows, view.show_all(session, rows[:limit]), limit, lambda row: (row.id,))


@router.get("/{match_id}")
async def get_match(room: InRoom, _: MatchReader) -> MatchOut:
    """Show one match; a volunteer sees area, ages and tasks before the introduction."""
    match = await kept.get(room.session, room.match)
    matches.require_shown(room.session, match)
    return await room.show(match)


@router.get("/{match_id}/history")
async def list_match_history(room: InRoom, _: CaseReader) -> list[HistoryOut]:
    """Show every change of a match's status: who, when, from, to, why."""
    match = await kept.get(room.session, room.match)
    audit.saw(room.session, "match", match.id, family=match.family_id)
    return [HistoryOut.model_validate(row) for row in await history.of(room.session, match.id)]


@router.post("/{match_id}/agreements", status_code=201)
async def answer_match(room: InRoom, _: Party, body: AgreementIn) -> MatchOut:
    """Agree or refuse: the volunteer and the project manager for themselves, a coordinator for the family."""
    return await room.show(await agreements.answer(room.session, room.desk, room.match, body))


@router.get("/{match_id}/agreements")
async def list_agreements(room: InRoom, _: CaseReader) -> list[AgreementOut]:
    """List what each party answered."""
    return await view.show_agreements(room.session, await kept.get(room.session, room.match))


@router.post("/{match_id}/cancel")
async def cancel_match(room: InRoom, _: Scheme, version: IfMatch, body: CancelIn) -> MatchOut:
    """Cancel a match before the introduction."""
    return await room.show(await matches.cancel(room.session, room.match, version, body))


@router.post("/{match_id}/introduce")
async def introduce_match(room: InRoom, _: Scheme, version: IfMatch, body: IntroductionIn) -> MatchOut:
    """Record the first meeting of family and volunteer, led by a coordinator."""
    return await room.show(await matches.introduce(room.session, room.desk, room.match, version, body))


@router.post("/{match_id}/start")
async def start_match(room: InRoom, _: Scheme, version: IfMatch, body: StartIn) -> MatchOut:
    """Begin the visits, under an agreed involvement plan."""
    return await room.show(await matches.start(room.session, room.desk, room.match, version, body))


@router.post("/{match_id}/pause")
async def pause_match(room: InRoom, _: Scheme, version: IfMatch, body: PauseIn) -> MatchOut:
    """Let a match rest; its volunteer sees nothing of it meanwhile."""
    return await room.show(await matches.pause(room.session, room.match, version, body))


@router.post("/{match_id}/resume")
async def resume_match(room: InRoom, _: Scheme, version: IfMatch) -> MatchOut:
    """Go on after a pause."""
    return await room.show(await matches.resume(room.session, room.desk, room.match, version))


@router.post("/{match_id}/end")
async def end_match(room: InRoom, _: Scheme, version: IfMatch, body: EndIn) -> MatchOut:
    """End a match; while the referral goes on, its request opens again with the time it has waited."""
    return await room.show(await matches.end(room.session, room.match, version, body))
