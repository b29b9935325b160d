"""The route by which the audit is searched: the same in every service, under the service's own name."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from shared import audit
from shared.audit_search import BEGINNING, END, Found, Place, Question, search
from shared.auth import Caller, Role
from shared.calendar import end_of_day
from shared.errors import invalid
from shared.pagination import MAX_LIMIT, Page, bad_cursor, decode, encode
from shared.routing import CircleRoute, CircleRouter, PartsOf, Session, allow

Reviewer = Annotated[Caller, allow(Role.DPO, Role.AUDITOR)]
_ONE_DAY = timedelta(days=1)
# Civil days that end within what the index knows.
Day = Annotated[date | None, Field(ge=date(2000, 1, 2), le=date(8999, 12, 30))]


class Wanted(BaseModel):
    """What a reviewer asks for; all that is given has to fit."""

    subject: UUID | None = Field(
        default=None, description="Only entries about this family, child, referral, volunteer, match …"
    )
    actor: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Only what this person (its id) or client (its `client_id`) did; `worker:` and a name for our own.",
    )
    organisation: UUID | None = Field(default=None, description="Only what was done for this organisation.")
    action: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Only this: method and path as in this description, e.g. `GET /v1/families/{family_id}`.",
    )
    changed: bool | None = Field(default=None, description="`true`: only changes; `false`: only views.")
    first: Day = Field(default=None, alias="from", description="First day (in London); the beginning if left out.")
    to: Day = Field(default=None, description="Last day, which counts too; today if left out.")
    limit: int = Field(default=50, ge=1, le=MAX_LIMIT, description="How many items at the most.")
    cursor: str | None = Field(default=None, max_length=512, description="`next` of the page before; opaque.")

    def question(self) -> Question:
        """The same in instants; 422 when the period ends before it begins."""
        if self.first and self.to and self.to < self.first:
            raise invalid("/query/to", "order", "is before the beginning of the period")
        return Question(
            self.subject,
            self.actor,
            self.organisation,
            self.action,
            self.changed,
            end_of_day(self.first - _ONE_DAY) if self.first else BEGINNING,
            end_of_day(self.to) if self.to else END,
        )

    def asked_about(self) -> list[UUID]:
        """Of whom it is asked, where that is an id: by this the search itself can be found."""
        asked = [one for one in (self.subject, self.organisation) if one]
        try:
            return [*asked, UUID(self.actor)] if self.actor else asked
        except ValueError:
            return asked


class AuditEntryOut(BaseModel):
    """One request or one act of our own: who, for whom, why, when, on which ids. Never content."""

    id: UUID
    recorded_at: datetime
    action: str = Field(description="Method and path of the request, or the name of what a worker did.")
    changed: bool = Field(description="Whether something was changed; else it was only seen.")
    actor: str
    person: UUID | None = Field(description="The person who asked, where it was one.")
    organisation: UUID | None = Field(description="The organisation for which it was done.")
    roles: list[str]
    client_id: str
    purpose: str = Field(description="What the caller gave as X-Purpose.")
    request_id: str
    seen: dict[str, list[UUID]] = Field(description="Whose records, by kind. Erased people stay ids.")

    @classmethod
    def of(cls, found: Found) -> Self:
        said: dict[str, Any] = found.entry
        return cls(id=found.id, recorded_at=found.recorded_at, **said)


def router(service: str) -> APIRouter:
    """`GET /v1/<service>-audit`."""
    made = CircleRouter(prefix=f"/v1/{service}-audit", tags=["audit"], route_class=CircleRoute)
    made.get("")(search_audit)
    return made


async def search_audit(
    session: Session, _caller: Reviewer, parts: PartsOf, wanted: Annotated[Wanted, Query()]
) -> Page[AuditEntryOut]:
    """Search the record of every change and every view, newest first; what is searched for is recorded too.

    Entries can be found about a second after they were written. A page ends where it is full, or where a thousand
    entries were looked through for it: go on with `next` until there is none.
    """
    found, place = await search(session, parts.auditor, wanted.question(), wanted.limit, _place(wanted.cursor))
    audit.saw(session, "audit", *wanted.asked_about())
    return Page(items=[AuditEntryOut.of(one) for one in found], next=encode(*place) if place else None)


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    at, audit_id = decode(cursor, 2)
    try:
        place = datetime.fromisoformat(at), UUID(audit_id)
    except ValueError as error:
        raise bad_cursor() from error
    if place[0].tzinfo is None or not BEGINNING <= place[0] <= END:
        raise bad_cursor()
    return place
