"""Bodies of webhook requests and answers."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator

from gateway.webhooks.addresses import MAX_URL
from gateway.webhooks.domain import DeliveryState, EndpointState, Outcome
from gateway.webhooks.models import Attempt, Delivery, WebhookEndpoint

Name = Annotated[StrictStr, Field(min_length=1, max_length=100, pattern=r"^[a-z0-9.*-]+$")]
EventTypes = Annotated[
    list[Name],
    Field(
        min_length=1,
        max_length=50,
        description="Types like circle.referral.accepted.v1, wildcards like circle.match.*, or * for all.",
    ),
]
Url = Annotated[StrictStr, Field(min_length=8, max_length=MAX_URL, description="https, on an allowed port.")]
Description = Annotated[
    StrictStr, Field(max_length=200, pattern=r"^[^\x00-\x1f]*$", description="For people; no personal data.")
]
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EndpointIn(_Body):
    """A new endpoint."""

    url: Url
    event_types: EventTypes
    description: Description = ""


class EndpointChange(_Body):
    """What is to be different; what is left out stays."""

    url: Url | None = None
    event_types: EventTypes | None = None
    description: Description | None = None


class RotationIn(_Body):
    """How the change of secret goes."""

    overlap_hours: Annotated[StrictInt, Field(ge=0, le=72)] = Field(
        default=24, description="So long deliveries carry signatures of both secrets; 0 when the old one has leaked."
    )


class ReplayIn(_Body):
    """A range of events, by the time at which they happened; delivered ones are sent again."""

    since: Moment = Field(description="From here, included.")
    until: Moment | None = Field(default=None, description="Up to here, not included; now unless given.")

    @model_validator(mode="after")
    def _is_a_range(self) -> "ReplayIn":
        if self.until is not None and self.until <= self.since:
            raise ValueError("until must come after since")
        return self


class MissingIn(_Body):
    """Which missing events to queue."""

    since: Moment | None = Field(default=None, description="The endpoint's creation unless given.")


class EndpointOut(BaseModel):
    """An endpoint; `disabled` means that we gave up on it."""

    id: UUID
    organisation: UUID
    url: str
    event_types: list[str]
    description: str
    state: EndpointState
    version: int = Field(description="Also the ETag.")
    created_at: datetime
    two_secrets_until: datetime | None = Field(description="Until then deliveries carry two signatures.")

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "EndpointOut":
        return cls(**_fields(endpoint))


class EndpointWithSecret(EndpointOut):
    """An endpoint with its new secret."""

    secret: str | None = Field(default=None, description="whsec_…; shown now and never again, not in a replay either.")

    @classmethod
    def showing(cls, endpoint: WebhookEndpoint, secret: str) -> "EndpointWithSecret":
        return cls(**_fields(endpoint), secret=secret)


def _fields(endpoint: WebhookEndpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "organisation": endpoint.organisation_id,
        "url": endpoint.url,
        "event_types": endpoint.event_types,
        "description": endpoint.description,
        "state": endpoint.state,
        "version": endpoint.version,
        "created_at": endpoint.created_at,
        "two_secrets_until": endpoint.former_until,
    }


class DeliveryOut(BaseModel):
    """One event on its way to one endpoint."""

    event: UUID = Field(description="The event's id, and the `webhook-id` of every attempt.")
    event_type: str
    state: DeliveryState
    urgent: bool = Field(description="Concerns: sent ahead of all others and tried until they are delivered.")
    tries: int
    queued_at: datetime
    next_try_at: datetime | None = Field(description="While it is pending.")
    delivered_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        return cls(
            event=delivery.event_id,
            event_type=delivery.event_type,
            state=DeliveryState(delivery.state),
            urgent=delivery.urgent,
            tries=delivery.tries,
            queued_at=delivery.queued_at,
            next_try_at=delivery.due_at if delivery.state == DeliveryState.PENDING else None,
            delivered_at=delivery.delivered_at,
        )


class AttemptOut(BaseModel):
    """One try."""

    event: UUID
    number: int
    started_at: datetime
    duration_ms: int
    outcome: Outcome
    status: int | None = Field(description="The receiver's status, where it answered.")

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptOut":
        return cls(
            event=attempt.event_id,
            number=attempt.number,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms,
            outcome=Outcome(attempt.outcome),
            status=attempt.status,
        )


class Queued(BaseModel):
    """How many deliveries were queued."""

    queued: int
    more: bool = Field(default=False, description="The limit of one call was reached: call again for the rest.")


class EndpointHealth(BaseModel):
    """How an endpoint is doing."""

    id: UUID
    organisation: UUID
    state: EndpointState
    pending: int
    urgent_pending: int
    failed: int
    oldest_pending_at: datetime | None = Field(description="When the delivery that waits longest was queued.")
    failing_since: datetime | None
    last_success_at: datetime | None


class Health(BaseModel):
    """Webhooks of the partnership, counts only."""

    endpoints: list[EndpointHealth]
    pending: int
    urgent_pending: int
    oldest_undelivered_at: datetime | None
