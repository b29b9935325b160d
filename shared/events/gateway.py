"""What the gateway says."""

from typing import ClassVar
from uuid import UUID

from shared.events.base import Event


class WebhookEndpointDisabled(Event):
    TYPE: ClassVar[str] = "circle.webhook-endpoint.disabled.v1"
    TOPIC: ClassVar[str] = "circle.gateway"
    DETAIL: ClassVar[str] = "/v1/webhook-endpoints/{webhook_endpoint}"
    KEY: ClassVar[str] = "webhook_endpoint"

    webhook_endpoint: UUID
