"""Routes about families and children."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.referral.api.callers import (
    Dpo,
    FamilyReaderOrVolunteer,
    Keeper,
    Manager,
    Reader,
    Registrar,
    is_volunteer_only,
)
from services.referral.schemas.families import (
    ChildOut,
    ErasureIn,
    FamilyChangeIn,
    FamilyIn,
    FamilyItem,
    FamilyOut,
    MemberAdded,
    MemberIn,
    RegisteredOut,
    RestrictionIn,
    VisitedFamilyOut,
)
from services.referral.service import erasure, families, family_lists, family_views
from shared import etag
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import PartsOf, Session

router = make_router("/v1/families", "families")
children = make_router("/v1/children", "families")


@router.post("", status_code=201)
async def register_family(
    body: FamilyIn, session: Session, parts: PartsOf, caller: Registrar, response: Response
) -> RegisteredOut:
    """Register a family with its persons; the caller's organisation is its local authority."""
    family, members = await families.register(session, parts, body)
    etag.tag(response, family)
    response.headers["Location"] = f"/v1/families/{family.id}"
    return family_views.registered(family, members)


@router.get("")
async def list_families(  # noqa: PLR0913 - each is one query parameter or dependency
    session: Session,
    parts: PartsOf,
    caller: Reader,
    external_system: Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = None,
    external_id: Annotated[str | None, Query(max_length=100)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[FamilyItem]:
    """List the families that the caller may see, newest first; or find the one that another system knows by an id."""
    named = (external_system, external_id)
    return await family_lists.page(session, parts, named, (cursor, limit))


@router.get("/{family_id}")
async def get_family(
    family_id: UUID, session: Session, parts: PartsOf, caller: FamilyReaderOrVolunteer, response: Response
) -> FamilyOut | VisitedFamilyOut:
    """Show a family; a volunteer sees first names and the address, unless it is confidential."""
    if is_volunteer_only(caller):
        return await family_views.show_visited(session, parts.vault, family_id)
    family = await family_views.show(session, parts.vault, family_id)
    etag.tag(response, family)
    return family


@router.post("/{family_id}/members", status_code=201)
async def add_member(family_id: UUID, body: MemberIn, session: Session, parts: PartsOf, caller: Keeper) -> MemberAdded:
    """Somebody joins the family: a new person, or one who is known from another family."""
    return MemberAdded(person=(await families.add_member(session, parts, family_id, body)).person_id)


@router.post("/{family_id}/changes", status_code=201)
async def change_family(
    family_id: UUID, body: FamilyChangeIn, session: Session, parts: PartsOf, caller: Keeper, response: Response
) -> FamilyItem:
    """Record a change: a birth, a death, a new address, somebody who left, languages."""
    family = await families.change(session, parts, family_id, body)
    await session.flush()
    etag.tag(response, family)
    return family_views.item_of(family)


@router.post("/{family_id}/restriction", status_code=201)
async def restrict_family(
    family_id: UUID, body: RestrictionIn, session: Session, caller: Manager, response: Response
) -> FamilyItem:
    """Show the case to the persons named in allocations only, or to whole organisations again."""
    family = await families.restrict(session, family_id, body)
    await session.flush()
    etag.tag(response, family)
    return family_views.item_of(family)


@router.post("/{family_id}/members/{person_id}/erase", status_code=204)
async def erase_member(
    family_id: UUID, person_id: UUID, body: ErasureIn, session: Session, parts: PartsOf, caller: Dpo
) -> None:
    """Destroy a person's key: what was known of them cannot be read any more, by anybody; nobody else is touched."""
    await erasure.erase(session, parts, family_id, person_id, body.reason_code)


@children.get("/{child_id}")
async def get_child(child_id: UUID, session: Session, parts: PartsOf, caller: Reader) -> ChildOut:
    """Show one child."""
    return await family_views.show_child(session, parts.vault, child_id)
