"""Routes of the event feed: parse, call, return."""

from typing import Annotated

from fastapi import Query, Response

from gateway.feed import service
from gateway.feed.cursors import ring_of
from gateway.feed.schemas import FeedPage, Wanted
from shared.auth import PERSONAL_ROLES, Caller
from shared.http import router
from shared.routing import EVERY_ROLE, PartsOf, Session, allow

Reader = Annotated[Caller, allow(*(role for role in EVERY_ROLE if role not in PERSONAL_ROLES))]
events = router("/v1/events", "events")


@events.get("", response_model=FeedPage)
async def read_events(session: Session, caller: Reader, parts: PartsOf, wanted: Annotated[Wanted, Query()]) -> Response:
    """Read what happened since a cursor, in order and without gaps; only what your organisation may see now."""
    found, cursor = await service.read(session, caller, ring_of(parts.settings.audit_key.get_secret_value()), wanted)
    items = ",".join(one.document for one in found.events)
    body = f'{{"items":[{items}],"next":"{cursor}","more":{str(found.more).lower()}}}'
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


ROUTERS = [events]
