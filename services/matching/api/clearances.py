"""Routes about a volunteer's clearance."""

from uuid import UUID

from services.matching.api.callers import DeskOf, Scheme
from services.matching.models import Check
from services.matching.repository import volunteers as kept
from services.matching.schemas.clearances import (
    AuthorityCheckIn,
    CheckOut,
    ClearanceIn,
    ClearanceOut,
    IdentityIn,
    ReferenceIn,
)
from services.matching.service import clearances
from services.matching.service.views import volunteers as view
from shared import audit
from shared.http import router as make_router
from shared.routing import Session

router = make_router("/v1/volunteers/{volunteer_id}", "clearance")


@router.post("/clearances", status_code=201)
async def record_clearance(
    session: Session, _: Scheme, desk: DeskOf, volunteer_id: UUID, body: ClearanceIn
) -> ClearanceOut:
    """Record that a disclosure certificate was seen; never what it says."""
    row = await clearances.record(session, desk, volunteer_id, body)
    shown = await view.show_clearances(session, desk, await kept.get(session, volunteer_id))
    return next(one for one in shown if one.id == row.id)


@router.get("/clearances")
async def list_clearances(session: Session, _: Scheme, desk: DeskOf, volunteer_id: UUID) -> list[ClearanceOut]:
    """List the certificates that were seen."""
    return await view.show_clearances(session, desk, await kept.get(session, volunteer_id))


@router.post("/references", status_code=201)
async def record_reference(
    session: Session, _: Scheme, desk: DeskOf, volunteer_id: UUID, body: ReferenceIn
) -> CheckOut:
    """Record a reference that was taken up; two good ones are needed."""
    return _shown(await clearances.refer(session, desk, volunteer_id, body))


@router.post("/identity", status_code=201)
async def record_identity(session: Session, _: Scheme, desk: DeskOf, volunteer_id: UUID, body: IdentityIn) -> CheckOut:
    """Record that identity documents were seen."""
    return _shown(await clearances.identify(session, desk, volunteer_id, body))


@router.post("/la-check", status_code=201)
async def record_authority_check(
    session: Session, _: Scheme, desk: DeskOf, volunteer_id: UUID, body: AuthorityCheckIn
) -> CheckOut:
    """Record the local authority's own check."""
    return _shown(await clearances.note_check(session, desk, volunteer_id, "la_check", body))


@router.post("/overseas-check", status_code=201)
async def record_overseas_check(
    session: Session, _: Scheme, desk: DeskOf, volunteer_id: UUID, body: AuthorityCheckIn
) -> CheckOut:
    """Record the check abroad of a volunteer who has lived there."""
    return _shown(await clearances.note_check(session, desk, volunteer_id, "overseas", body))


@router.get("/checks")
async def list_checks(session: Session, _: Scheme, volunteer_id: UUID) -> list[CheckOut]:
    """List references, identity and the authorities' checks."""
    volunteer = await kept.get(session, volunteer_id)
    audit.saw(session, "volunteer", volunteer.id)
    return [_shown(row) for row in await kept.list_checks(session, volunteer.id)]


def _shown(row: Check) -> CheckOut:
    return CheckOut(id=row.id, kind=row.kind, done_on=row.done_on, satisfactory=row.satisfactory)
