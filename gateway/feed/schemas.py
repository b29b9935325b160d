"""What is asked of the feed, and the bodies of its answers."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from shared.pagination import MAX_LIMIT


class Wanted(BaseModel):
    """What a reader asks for."""

    after: str | None = Field(
        default=None,
        max_length=512,
        description="`next` of the answer before; nothing for the beginning, `latest` for the end.",
    )
    types: list[Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9.*-]+$")]] = Field(
        default=[], max_length=50, description="Only these types; repeatable; wildcards like circle.match.*"
    )
    limit: int = Field(default=100, ge=1, le=MAX_LIMIT, description="How many events at the most.")
    wait: int = Field(default=0, ge=0, le=20, description="Seconds to wait for something new while there is nothing.")


class EventOut(BaseModel):
    """One event: CloudEvents 1.0, structured JSON. Consumers ignore members that they do not know."""

    specversion: str = Field(description="Always 1.0.")
    id: UUID = Field(description="The event's own id; the `webhook-id` of its deliveries. Handle each id once.")
    type: str = Field(description="What happened: circle.<noun>.<verbed>.v1.")
    source: str = Field(description="The service that says so.")
    time: datetime = Field(description="When it was recorded there.")
    datacontenttype: str
    partnership: UUID
    data: dict[str, Any] = Field(description="Ids, codes and dates; `detail` is the path at which you can read more.")


class FeedPage(BaseModel):
    """A stretch of the feed, oldest first."""

    items: list[EventOut]
    next: str = Field(description="Cursor to go on from, also after an empty answer; opaque. Keep it.")
    more: bool = Field(description="Whether there is more to ask for right now.")
