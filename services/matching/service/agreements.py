"""Agreements: the volunteer, the family and the project manager each answer a proposed match."""

from collections.abc import Sequence
from typing import NoReturn
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.matches import Answer, MatchStatus, Party, all_agreed
from services.matching.models import Agreement, Match, Volunteer
from services.matching.repository import matches, requests, volunteers
from services.matching.schemas.matches import AgreementIn
from services.matching.service import ending, places
from services.matching.service import matches as matching
from services.matching.service import requests as requesting
from services.matching.service.days import day_of
from services.matching.service.desk import Desk
from shared import outbox
from shared.auth import Role
from shared.db import Work, work_of
from shared.errors import Conflict, Forbidden, IllegalMove, invalid
from shared.events.matching import MatchAgreed

EVIDENCE = "match_agreements.evidence"


async def answer(session: AsyncSession, desk: Desk, match_id: UUID, body: AgreementIn) -> Match:
    """Take one party's answer: all three agreed → `agreed`; one refusal cancels the match."""
    match = await matching.get_locked(session, match_id)
    if match.status != MatchStatus.PROPOSED:
        raise IllegalMove(match.status, MatchStatus.AGREED.value)
    volunteer = await volunteers.get(session, match.volunteer_id)
    _require_own_voice(work_of(session), body, volunteer)
    if body.party is Party.FAMILY:
        await _require_of_family(session, desk, match, body)
    given = await matches.list_agreements(session, match.id)
    _require_first_and_only(work_of(session), body, given)
    session.add(await _row(session, desk, match, body))
    work_of(session).pending.changed = True
    await session.flush()
    if body.answer is Answer.REFUSED:
        await ending.cancel(session, match, body.reason_code or "refused")
    elif all_agreed([one.party for one in given] + [body.party.value]):
        await _agree(session, match)
    return match


async def _agree(session: AsyncSession, match: Match) -> None:
    ending.move(session, match, MatchStatus.AGREED)
    await session.flush()
    volunteer = await volunteers.get_for_update(session, match.volunteer_id)
    places.agree(session, volunteer)
    outbox.add(session, MatchAgreed(**matching.ids(match), volunteer_person=volunteer.person_id))


async def _require_of_family(session: AsyncSession, desk: Desk, match: Match, body: AgreementIn) -> None:
    """A family's answer is one of its adults', where the referral service has told who they are."""
    request = await requests.get(session, match.match_request_id)
    adults = (await requesting.open_facts(session, desk, request)).adults
    if adults and body.on_behalf_of not in adults:
        raise invalid("/on_behalf_of", "not-of-this-family", "is not an adult of this family")


def _require_own_voice(work: Work, body: AgreementIn, volunteer: Volunteer) -> None:
    """Who may speak for which party: 403 otherwise."""
    roles, recorded = set(work.roles), body.on_behalf_of is not None
    if body.party is Party.FAMILY:
        allowed = bool(roles & {Role.COORDINATOR, Role.SOCIAL_WORKER}) and body.on_behalf_of != work.person
    elif body.party is Party.PROJECT_MANAGER:
        allowed = Role.PROJECT_MANAGER in roles and not recorded
    elif volunteer.person_id is None:
        allowed = Role.COORDINATOR in roles and body.on_behalf_of == volunteer.id
    else:
        allowed = Role.VOLUNTEER in roles and work.person == volunteer.person_id and not recorded
    if not allowed:
        raise Forbidden("Only the party itself answers; for a family a coordinator or social worker records it.")


def _require_first_and_only(work: Work, body: AgreementIn, given: Sequence[Agreement]) -> None:
    """One answer a party, and nobody's record of another's answer beside their own."""
    if any(one.party == body.party for one in given):
        _refuse("already-answered", "This party has answered already.")
    mine = [one for one in given if one.recorded_by == work.actor]
    if any((one.on_behalf_of is None) != (body.on_behalf_of is None) for one in mine):
        _refuse("own-signature-counts", "Whoever answers for themselves cannot record another's answer as well.")


def _refuse(name: str, detail: str) -> NoReturn:
    raise Conflict(detail, name=name)


async def _row(session: AsyncSession, desk: Desk, match: Match, body: AgreementIn) -> Agreement:
    work = work_of(session)
    evidence = None
    if body.evidence is not None:
        evidence = (await desk.case(session, match.family_id)).seal(EVIDENCE, body.evidence)
    return Agreement(
        partnership_id=match.partnership_id,
        family_id=match.family_id,
        match_id=match.id,
        party=body.party.value,
        answer=body.answer.value,
        reason_code=body.reason_code,
        on_behalf_of=body.on_behalf_of,
        method=body.method.value if body.method else None,
        evidence=evidence,
        recorded_by=work.actor,
        answered_on=day_of(session, body.answered_on, "/answered_on"),
        recorded_at=work.now,
    )


async def agreed_by(session: AsyncSession, match_id: UUID) -> list[Party]:
    """Parties that have agreed, in the order in which they did."""
    given = await matches.list_agreements(session, match_id)
    return [Party(one.party) for one in given if one.answer == Answer.AGREED]
