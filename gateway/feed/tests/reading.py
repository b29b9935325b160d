"""Reading the feed as a partner would."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.feed import numbering
from gateway.webhooks.tests.scene import Scene


async def number(scene: Scene, later: timedelta = timedelta(0)) -> None:
    while await numbering.number_waiting(scene.running.parts, datetime.now(UTC) + later):
        pass


async def read(scene: Scene, organisation: UUID | None = None, **query: Any) -> dict[str, Any]:
    answer = await scene.system(organisation).get("/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids(page: dict[str, Any]) -> list[UUID]:
    return [UUID(one["id"]) for one in page["items"]]


@dataclass
class Follower:
    """A partner that goes on from its cursor, and what it has seen."""

    scene: Scene
    seen: list[UUID] = field(default_factory=list)
    cursor: str = ""

    async def read_on(self) -> None:
        page = await read(self.scene, after=self.cursor)
        self.seen.extend(ids(page))
        self.cursor = page["next"]
