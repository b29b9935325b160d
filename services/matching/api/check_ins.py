"""Routes for whoever holds the link of a visit, without a sign-in, on a phone: look, arrive, leave."""

from services.matching.api.callers import DeskOf
from services.matching.schemas.visits import CheckInOut, HeldIn
from services.matching.service import check_ins
from services.matching.service.views import visits as view
from shared.http import router as make_router
from shared.routing import Session
from shared.visiting import LinkHolder

router = make_router("/v1/check-ins", "check-ins")


@router.post("/look")
async def look_at_visit(session: Session, _: LinkHolder, body: HeldIn) -> CheckInOut:
    """Show when the visit is and whether it is checked in to; nothing of the family."""
    return view.show_presence(session, await check_ins.find(session, body.secret))


@router.post("/arrive")
async def check_in(session: Session, _: LinkHolder, desk: DeskOf, body: HeldIn) -> CheckInOut:
    """Check in; again it changes nothing."""
    return view.show_presence(session, await check_ins.arrive(session, desk, body.secret))


@router.post("/leave")
async def check_out(session: Session, _: LinkHolder, desk: DeskOf, body: HeldIn) -> CheckInOut:
    """Check out, also late; again it changes nothing."""
    return view.show_presence(session, await check_ins.leave(session, desk, body.secret))
