"""Routes about allocations: who works with which family."""

from uuid import UUID

from fastapi import Response

from services.referral.api.callers import Allocator, Reader
from services.referral.models import Allocation
from services.referral.schemas.allocations import AllocationEndIn, AllocationIn, AllocationOut
from services.referral.service import allocations
from shared import etag
from shared.etag import IfMatch
from shared.http import router as make_router
from shared.pagination import Cursor, Limit, Page
from shared.routing import Session

router = make_router("/v1/allocations", "allocations")


async def _shown(session: Session, allocation: Allocation, response: Response) -> AllocationOut:
    await session.flush()
    etag.tag(response, allocation)
    return allocations.out(allocation.model_dump())


@router.post("", status_code=201)
async def allocate_worker(body: AllocationIn, session: Session, caller: Allocator, response: Response) -> AllocationOut:
    """Let a worker of the caller's organisation work with a family, also for another who is away."""
    allocation = await allocations.allocate(session, body)
    response.headers["Location"] = f"/v1/allocations/{allocation.id}"
    return await _shown(session, allocation, response)


@router.get("")
async def list_allocations(
    session: Session,
    caller: Reader,
    family: UUID | None = None,
    person: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AllocationOut]:
    """List who works with which family, newest first."""
    return await allocations.page(session, family, person, (cursor, limit))


@router.get("/{allocation_id}")
async def get_allocation(allocation_id: UUID, session: Session, caller: Reader, response: Response) -> AllocationOut:
    """Show one allocation."""
    return await _shown(session, await allocations.get(session, allocation_id), response)


@router.post("/{allocation_id}/end")
async def end_allocation(
    allocation_id: UUID, body: AllocationEndIn, session: Session, caller: Allocator, match: IfMatch, response: Response
) -> AllocationOut:
    """End it on a day, or at once; access and lists move with it."""
    return await _shown(session, await allocations.end(session, allocation_id, match, body), response)
