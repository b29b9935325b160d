"""The local authority's receiver of webhooks during a journey: what it verified and filed, by event id."""

from typing import Protocol

from deploy.local.feed import Event


class Post(Protocol):
    """Somebody who gets the authority's webhooks."""

    async def verified(self, event: Event) -> None:
        """Wait until the event's webhook was verified and filed; raise when it does not come."""
        ...
