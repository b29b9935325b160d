"""A partnership with a local authority, a scheme and a partner: whose events are told, and who listens."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared import consumer
from shared.auth import Role
from shared.events.base import EVENTS, Event
from shared.events.referral import CaseAccessChanged, ConcernRaised, Grant, ReferralAccepted, ReferralTriaged
from shared.ids import new_id
from shared.kafka import Envelope
from shared.testing import Caller, Running


@dataclass
class Scene:
    """Everything in it has fresh ids, so that no test meets another's records."""

    running: Running
    partnership: UUID = field(default_factory=new_id)
    la: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)
    partner: UUID = field(default_factory=new_id)
    family: UUID = field(default_factory=new_id)
    revision: int = 0

    def system(self, organisation: UUID | None = None) -> Caller:
        """The system of an organisation, the local authority's unless another is given."""
        return self.as_(Role.PARTNER_SYSTEM, organisation=organisation)

    def as_(self, *roles: Role, organisation: UUID | None = None, person: UUID | None = None) -> Caller:
        return self.running.as_(
            *roles, partnership=self.partnership, organisation=organisation or self.la, person=person
        )

    async def grant(self, **parts: UUID) -> None:
        """From now on exactly these organisations see the family's case, each in its part."""
        self.revision += 1
        grants = tuple(Grant(organisation=organisation, part=part) for part, organisation in parts.items())
        await self.deliver(CaseAccessChanged(family=self.family, revision=self.revision, grants=grants), [])

    async def deliver(self, event: Event, audience: list[UUID], *, at: datetime | None = None) -> UUID:
        """Deliver one event as the bus would, and return its id."""
        envelope = envelope_of(event, self.partnership, audience, at=at)
        await consumer.handle(self.running.parts, self.running.handlers, envelope)
        return envelope.id

    async def triaged(self, *audience: UUID) -> UUID:
        return await self.deliver(ReferralTriaged(family=self.family, referral=new_id()), list(audience or [self.la]))

    async def concern(self, *audience: UUID) -> UUID:
        event = ConcernRaised(family=self.family, concern=new_id(), raised_at=datetime.now(UTC))
        return await self.deliver(event, list(audience or [self.la]))

    async def accepted(self, children: int) -> UUID:
        """An event whose size depends on the number of children."""
        event = ReferralAccepted(
            family=self.family,
            referral=new_id(),
            children=tuple(new_id() for _ in range(children)),
            accepted_on=date(2026, 3, 2),
            received_on=date(2026, 3, 1),
        )
        return await self.deliver(event, [self.la])

    async def endpoint(self, url: str, *types: str, organisation: UUID | None = None) -> dict[str, Any]:
        """A new endpoint with its secret."""
        body = {"url": url, "event_types": list(types or ["*"])}
        answer = await self.system(organisation).post("/v1/webhook-endpoints", body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created

    async def rows(self, statement: str, **parameters: Any) -> list[Any]:
        """Rows as the worker sees them in this partnership."""
        work = consumer.partnership_work(self.running.parts, self.partnership, "test")
        async with self.running.parts.worker.open(work) as session:
            return list((await session.execute(text(statement), parameters)).all())

    async def execute(self, statement: str, **parameters: Any) -> None:
        """Change something as the worker could."""
        work = consumer.partnership_work(self.running.parts, self.partnership, "test")
        async with self.running.parts.worker.transaction(work) as session:
            await session.execute(text(statement), parameters)

    async def states(self) -> dict[UUID, str]:
        """State by event."""
        found = await self.rows("SELECT event_id, state FROM deliveries WHERE partnership_id = circle_partnership()")
        return {row.event_id: row.state for row in found}


def envelope_of(event: Event, partnership: UUID, audience: list[UUID], *, at: datetime | None = None) -> Envelope:
    """The event as it would arrive, with this audience."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(new_id()),
        "ce_type": event.TYPE,
        "ce_source": "/services/referral",
        "ce_time": (at or datetime.now(UTC)).isoformat(),
        "ce_partnership": str(partnership),
        "ce_organisation": str(audience[0]) if audience else "",
        "ce_family": str(getattr(event, "family", "")),
        "ce_audience": ",".join(str(one) for one in audience),
    }
    body = event.model_dump_json()
    assert EVENTS[event.TYPE]
    return Envelope.of(event.TOPIC, event.key, headers, f'{body[:-1]},"detail":"{event.detail}"}}')
