"""The end of a referral: begun, then concluded when the evaluations and closing readings are there."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.referral.domain.ending import missing
from services.referral.domain.referral import LIFECYCLE, Status
from services.referral.models import EndingException, EndingFact, Referral
from services.referral.repository import referrals, rows
from services.referral.schemas.fields import Move
from services.referral.schemas.referrals import ConcludeIn, ExceptionIn
from services.referral.service.referrals import close, get_to_decide, move
from services.referral.service.telling import of, tell
from shared.db import now_of, work_of
from shared.errors import WaitingFor
from shared.etag import Match
from shared.events.outcomes import EvaluationRecorded, ReadingRecorded
from shared.events.referral import ReferralConcluded, ReferralEnding

GATE = "gate-evaluations"


async def begin_ending(session: AsyncSession, referral_id: UUID, match: Match, body: Move) -> Referral:
    """From here evaluations and closing readings are asked for."""
    referral = await get_to_decide(session, referral_id, match)
    move(session, referral, Status.ENDING, body)
    await tell(session, referral, ReferralEnding(**of(referral)))
    return referral


async def conclude(session: AsyncSession, referral_id: UUID, match: Match, body: ConcludeIn) -> Referral:
    """The work is done; `gate-evaluations` names what neither exists nor has a coded reason why it cannot."""
    referral = await get_to_decide(session, referral_id, match)
    LIFECYCLE.move(Status(referral.status), Status.CONCLUDED)
    _except(session, referral, body.exceptions)
    await session.flush()
    lacking = await list_missing(session, referral)
    if lacking:
        raise WaitingFor(
            GATE,
            "The end evaluations and closing readings have to exist, or a coded reason why one cannot.",
            [EvaluationRecorded.TYPE, ReadingRecorded.TYPE],
            missing=lacking,
        )
    return await close(session, referral, Status.CONCLUDED, body, ReferralConcluded)


async def list_missing(session: AsyncSession, referral: Referral) -> list[str]:
    """What the end still needs."""
    volunteers = {one.volunteer_id for one in await referrals.list_matches(session, referral.id) if one.was_introduced}
    present = await referrals.list_facts(session, referral.id)
    return missing(present, volunteers, await referrals.list_exceptions(session, referral.id))


async def note_fact(session: AsyncSession, event: EvaluationRecorded | ReadingRecorded, fact: str) -> None:
    """Keep that an evaluation or reading exists, whether the referral is known yet or not."""
    source = event.evaluation if isinstance(event, EvaluationRecorded) else event.reading
    if event.referral is None or await rows.find(session, EndingFact, source) is not None:
        return
    session.add(
        EndingFact(
            id=source,
            partnership_id=work_of(session).partnership,
            family_id=event.family,
            referral_id=event.referral,
            fact=fact,
        )
    )


def _except(session: AsyncSession, referral: Referral, exceptions: Sequence[ExceptionIn]) -> None:
    for one in exceptions:
        session.add(
            EndingException(
                partnership_id=referral.partnership_id,
                family_id=referral.family_id,
                referral_id=referral.id,
                missing=one.missing,
                reason_code=one.reason_code,
                recorded_at=now_of(session),
            )
        )
