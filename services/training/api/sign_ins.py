"""Routes by which people sign in at a session themselves: the trainer's link, and what its holders do."""

from uuid import UUID

from fastapi import Request, Response, status

from services.training.api.callers import Trainer
from services.training.schemas.sign_ins import (
    NewLinkOut,
    SignedIn,
    SignInIn,
    SignInLinkIn,
    SignInLinkOut,
    SignInSession,
)
from services.training.service import sign_ins as service
from services.training.settings import policy_of
from shared import idempotency
from shared.http import router as make_router
from shared.routing import PartsOf, Session
from shared.visiting import Holder

router = make_router("/v1/sessions", "attendance")
public = make_router("/v1/public/sign-ins", "public")


@router.post("/{session_id}/sign-in-link", status_code=status.HTTP_201_CREATED)
async def issue_sign_in_link(
    session_id: UUID, body: SignInLinkIn, session: Session, _caller: Trainer, parts: PartsOf, request: Request
) -> NewLinkOut:
    """Make a link by which people sign in at a session themselves; one made before ends with it."""
    link = await service.issue(session, parts.vault, policy_of(parts), session_id, body)
    idempotency.leave_out(request, "link")
    shown = await service.shown(session, parts.vault, policy_of(parts), session_id)
    return NewLinkOut(link=str(link), **shown.model_dump())


@router.get("/{session_id}/sign-in-link")
async def get_sign_in_link(session_id: UUID, session: Session, _caller: Trainer, parts: PartsOf) -> SignInLinkOut:
    """What is known of the link of a session of the caller's organisation, also that there is none."""
    return await service.shown(session, parts.vault, policy_of(parts), session_id)


@router.post("/{session_id}/sign-in-link/revoke")
async def revoke_sign_in_link(session_id: UUID, session: Session, _caller: Trainer, parts: PartsOf) -> SignInLinkOut:
    """End the link at once."""
    await service.revoke(session, session_id)
    return await service.shown(session, parts.vault, policy_of(parts), session_id)


@public.get("/{link}")
async def look_at_sign_in(link: Holder, session: Session, parts: PartsOf, response: Response) -> SignInSession:
    """The session of a link; of one that has ended the answer is that of one that never was."""
    response.headers["Cache-Control"] = "no-store"
    return await service.look(session, parts.vault, policy_of(parts), link)


@public.post("/{link}", status_code=status.HTTP_201_CREATED)
async def sign_in(link: Holder, body: SignInIn, session: Session, parts: PartsOf) -> SignedIn:
    """Sign in at the session of a link, without an account; without a name nobody can tell later who it was."""
    await service.sign_in(session, parts, policy_of(parts), link, body)
    return SignedIn()
