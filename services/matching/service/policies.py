"""A partnership's matching policy: its versions, each made for a reason, and the one in force."""

from dataclasses import asdict

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from services.matching.domain.weights import DEFAULT, MatchingPolicy, faults
from services.matching.models import PolicyVersion
from services.matching.repository import weights
from services.matching.schemas.weights import PolicyIn, PolicyNumbers, PolicyOut
from shared import audit
from shared.db import work_of
from shared.errors import Conflict, Invalid
from shared.ids import new_id


async def current(session: AsyncSession) -> MatchingPolicy:
    """What the partnership weighs by today; the defaults until it has said otherwise."""
    newest = await weights.find_newest(session)
    return of(newest) if newest else DEFAULT


def of(row: PolicyVersion) -> MatchingPolicy:
    """A version as matching uses it."""
    return MatchingPolicy(version=row.version_number, **row.policy)


async def make(session: AsyncSession, body: PolicyIn) -> PolicyVersion:
    """The next version. Another than the next is `policy-version-taken`: somebody else made one meanwhile."""
    policy = MatchingPolicy(version=body.version, **body.policy.model_dump())
    if wrong := faults(policy):
        raise Invalid([{"pointer": f"/policy/{name}", "code": code, "message": code} for name, code in wrong])
    newest = await weights.find_newest(session)
    row = await _insert(session, body, policy) if body.version == (newest.version_number if newest else 0) + 1 else None
    if row is None:
        raise Conflict(
            "The next version of the policy has another number; read the one in force first.",
            name="policy-version-taken",
            title="The policy has changed meanwhile",
        )
    return row


async def _insert(session: AsyncSession, body: PolicyIn, policy: MatchingPolicy) -> PolicyVersion | None:
    work = work_of(session)
    row = PolicyVersion(
        id=new_id(),
        partnership_id=work.partnership,
        version_number=body.version,
        policy={name: value for name, value in asdict(policy).items() if name != "version"},
        reason=body.reason,
        made_by=work.actor,
        made_at=work.now,
    )
    made = await session.execute(
        insert(PolicyVersion).values(row.model_dump()).on_conflict_do_nothing().returning(col(PolicyVersion.id))
    )
    work.pending.changed = True
    audit.saw(session, "matching-policy", row.id)
    return row if made.first() else None


def show(row: PolicyVersion) -> PolicyOut:
    """One version."""
    return PolicyOut(
        id=row.id,
        version=row.version_number,
        policy=PolicyNumbers.model_validate(row.policy),
        reason=row.reason,
        made_by=row.made_by,
        made_at=row.made_at,
    )


async def show_current(session: AsyncSession) -> PolicyOut:
    """The one in force; version 0 are the defaults."""
    newest = await weights.find_newest(session)
    if newest is not None:
        return show(newest)
    return PolicyOut(version=0, policy=PolicyNumbers())
