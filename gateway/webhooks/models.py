"""Tables of webhooks: endpoints, deliveries (one per endpoint and event), attempts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, Index, Text, text
from sqlmodel import Field

from gateway.tables import Base
from gateway.webhooks.domain import EndpointState
from shared.tables import Tenanted, Versioned, instant, sealed, words


class WebhookEndpoint(Versioned, Base, table=True):
    """Where an organisation wants to hear of things. Its secrets are sealed by the key ring."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (Index("ix_webhook_endpoints_organisation_id", "partnership_id", "organisation_id"),)

    organisation_id: UUID
    url: str = words()
    description: str = words()
    event_types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    state: str = words()
    secret: bytes = sealed()
    former_secret: bytes | None = sealed(nullable=True)
    former_until: datetime | None = instant(nullable=True)
    created_at: datetime = instant()
    failing_since: datetime | None = instant(nullable=True)
    last_success_at: datetime | None = instant(nullable=True)

    @property
    def standing(self) -> EndpointState:
        """The state as the lifecycle knows it."""
        return EndpointState(self.state)


class Delivery(Base, table=True):
    """One event for one endpoint. `due_at` is when to look at it next; a sender that has it moves that ahead."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_pending", "endpoint_id", "urgent", "due_at", postgresql_where=text("state = 'pending'")),
    )

    endpoint_id: UUID = Field(primary_key=True, foreign_key="webhook_endpoints.id")
    event_id: UUID = Field(primary_key=True)
    partnership_id: UUID
    organisation_id: UUID
    event_type: str = words()
    urgent: bool
    state: str = words()
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    queued_at: datetime = instant()
    due_at: datetime = instant()
    delivered_at: datetime | None = instant(nullable=True)
    # The text of a test event; a real one's is in the feed.
    document: str | None = words(nullable=True)


class Attempt(Tenanted, Base, table=True):
    """One try: when, how long, what came of it. Nothing that the receiver said."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_endpoint_id", "endpoint_id", "id"),
        Index("ix_attempts_event_id", "endpoint_id", "event_id", "id"),
    )

    organisation_id: UUID
    endpoint_id: UUID
    event_id: UUID
    number: int
    started_at: datetime = instant()
    duration_ms: int
    outcome: str = words()
    status: int | None = None
