"""Needs, actions and accepted queries of a plan: their ids are made, their texts sealed under the child's key."""

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol, TypeVar
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.outcomes.domain.timeline import Finding
from services.outcomes.models import AcceptedQuery, Action, Child, Need, Plan
from services.outcomes.repository import plans as repository
from services.outcomes.schemas.plans import Details, PlanContent, QueryAccepted
from services.outcomes.service.tools import Tools, cipher_of, find_cipher
from shared.crypto import Cipher, Subject
from shared.db import now_of, work_of
from shared.errors import Invalid, invalid
from shared.ids import new_id

NEED, ACTION, REASON = "plan_needs.text", "plan_actions.text", "plan_queries.reason"


class _OfPlan(Protocol):
    plan_id: UUID


T = TypeVar("T", bound=_OfPlan)


def require_whole(body: PlanContent) -> None:
    """Every id is given once, and every action answers a need of the same body."""
    given = [*(need.id for need in body.needs), *(action.id for action in body.actions)]
    ids = [one for one in given if one is not None]
    if len(ids) != len(set(ids)):
        raise invalid("/actions", "repeated-id", "holds an id twice")
    known = {need.id for need in body.needs}
    errors = [
        {"pointer": f"/actions/{place}/need", "code": "unknown-need", "message": "is no need of this body"}
        for place, action in enumerate(body.actions)
        if action.need is not None and action.need not in known
    ]
    if errors:
        raise Invalid(errors)


async def write(session: AsyncSession, tools: Tools, plan: Plan, body: PlanContent) -> Sequence[Action]:
    """Write needs and actions; the actions are returned for whoever tells of them."""
    if not body.needs and not body.actions:
        return []
    cipher = await cipher_of(session, tools, Subject.person(plan.child_id))
    common = {"partnership_id": plan.partnership_id, "family_id": plan.family_id, "plan_id": plan.id}
    needs = [
        Need(id=one.id or new_id(), code=one.code, text=_seal(cipher, NEED, one.text), **common) for one in body.needs
    ]
    actions = [
        Action(id=one.id or new_id(), code=one.code, need_id=one.need, text=_seal(cipher, ACTION, one.text), **common)
        for one in body.actions
    ]
    session.add_all([*needs, *actions])
    return actions


async def keep_queries(
    session: AsyncSession,
    tools: Tools,
    child: Child,
    subject: UUID,
    found: tuple[Sequence[Finding], Sequence[QueryAccepted], str],
) -> None:
    """Keep the reason of each query that was found and accepted; `found` is (queries, reasons, code set)."""
    queries, accepted, code_set = found
    if not queries:
        return
    reasons = {one.code: one.reason for one in accepted}
    cipher = await cipher_of(session, tools, Subject.person(child.id))
    session.add_all(
        AcceptedQuery(
            partnership_id=child.partnership_id,
            family_id=child.family_id,
            child_id=child.id,
            subject_id=subject,
            code=code,
            reason=cipher.seal(REASON, reasons[code]),
            code_set=code_set,
            accepted_by=work_of(session).actor,
            accepted_at=now_of(session),
        )
        for code in dict.fromkeys(query.code for query in queries)
    )


async def details_of(
    session: AsyncSession, tools: Tools, child_id: UUID, plans: Sequence[Plan], queries: Sequence[AcceptedQuery] = ()
) -> Details:
    """What belongs to these plans of one child, texts opened."""
    await session.flush()
    ids = [plan.id for plan in plans]
    needs, actions = await repository.list_needs(session, ids), await repository.list_actions(session, ids)
    cipher = await find_cipher(session, tools, Subject.person(child_id))
    sealed = [(one.id, NEED, one.text) for one in needs] + [(one.id, ACTION, one.text) for one in actions]
    sealed += [(one.id, REASON, one.reason) for one in queries]
    return Details(
        needs=_by_plan(needs),
        actions=_by_plan(actions),
        reviews=_by_plan(await repository.list_reviews(session, ids)),
        texts={key: cipher.open(place, text) for key, place, text in sealed if text is not None} if cipher else {},
    )


def _seal(cipher: Cipher, place: str, text: str | None) -> bytes | None:
    return None if text is None else cipher.seal(place, text)


def _by_plan(rows: Sequence[T]) -> dict[UUID, list[T]]:
    ordered = sorted(rows, key=lambda row: row.plan_id)
    return {plan: list(group) for plan, group in groupby(ordered, key=lambda row: row.plan_id)}
