"""Routes about what a partnership weighs by, and about how families of each group have fared."""

from uuid import UUID

from fastapi import Response

from services.matching.api.callers import PolicyMaker, PolicyReader, page
from services.matching.api.cursors import position_after
from services.matching.repository import weights as kept
from services.matching.schemas.weights import EqualityOut, FactorsOut, PolicyIn, PolicyOut
from services.matching.service import equality, policies
from services.matching.service.views import weights as view
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/matching-policies", "matching policy")
factors = make_router("/v1/matching-factors", "matching policy")
fairness = make_router("/v1/matching-equality", "matching policy")


@router.post("", status_code=201)
async def make_matching_policy(session: Session, _: PolicyMaker, body: PolicyIn, response: Response) -> PolicyOut:
    """Make the next version of what the partnership weighs by; earlier versions stay as they are."""
    row = await policies.make(session, body)
    response.headers["Location"] = f"/v1/matching-policies/{row.id}"
    return policies.show(row)


@router.get("")
async def list_matching_policies(
    session: Session, _: PolicyReader, limit: Limit = 20, cursor: Cursor = None
) -> Page[PolicyOut]:
    """List the versions, newest first; none while the defaults hold."""
    rows = await kept.list_page(session, position_after(cursor), limit)
    return page(rows, [policies.show(row) for row in rows[:limit]], limit, lambda row: (row.version_number,))


@router.get("/current")
async def get_current_matching_policy(session: Session, _: PolicyReader) -> PolicyOut:
    """Show the version in force; version 0 are the defaults."""
    return await policies.show_current(session)


@router.get("/{policy_id}")
async def get_matching_policy(session: Session, _: PolicyReader, policy_id: UUID) -> PolicyOut:
    """Show one version."""
    return policies.show(await kept.get(session, policy_id))


@factors.get("")
async def list_matching_factors(session: Session, _: PolicyReader) -> FactorsOut:
    """Say what every factor and every hard constraint means, with the weights in force."""
    return view.show_terms(await policies.current(session))


@fairness.get("")
async def show_matching_equality(session: Session, _: PolicyReader) -> EqualityOut:
    """Show by group who waits how long and who is matched; small numbers are withheld."""
    return await equality.show(session)
