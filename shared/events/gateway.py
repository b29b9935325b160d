"""What the gateway says."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared.events.base import Event


class WebhookEndpointDisabled(Event):
    TYPE: ClassVar[str] = "circle.webhook-endpoint.disabled.v1"
    TOPIC: ClassVar[str] = "circle.gateway"
    DETAIL: ClassVar[str] = "/v1/webhook-endpoints/{webhook_endpoint}"
    KEY: ClassVar[str] = "webhook_endpoint"

    webhook_endpoint: UUID


class MembershipStarted(Event):
    """Somebody does something for an organisation from now, or from a given day, on.

    `roles` and times are of the membership as it is after this; older events do not have them.
    """

    TYPE: ClassVar[str] = "circle.membership.started.v1"
    TOPIC: ClassVar[str] = "circle.gateway"
    DETAIL: ClassVar[str] = "/v1/people/{person}"
    KEY: ClassVar[str] = "person"

    membership: UUID
    person: UUID
    organisation: UUID
    roles: tuple[str, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None


class MembershipEnded(MembershipStarted):
    """They do it no more; who relied on them has to look for somebody else."""

    TYPE: ClassVar[str] = "circle.membership.ended.v1"
