"""A sender that a test lets go by hand, at the time that the test says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.webhooks.posting import Poster
from gateway.webhooks.sender import Sender, Width
from shared.parts import Parts

WIDTH = Width(connections=50, per_endpoint=4, rest_seconds=0)


@dataclass
class Sending:
    """`at` a distance from now, everything that is due is claimed, sent and written down."""

    parts: Parts
    poster: Poster
    width: Width = field(default=WIDTH)

    def sender(self) -> Sender:
        return Sender(self.parts, self.poster, self.width)

    async def at(self, later: timedelta = timedelta(0)) -> None:
        sender = self.sender()
        while await sender.round(datetime.now(UTC) + later):
            await sender.idle()
