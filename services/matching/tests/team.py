"""A scheme's team as the gateway tells of it, and how its leave is entered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.tests.bodies import TODAY, good
from services.matching.tests.factories import Place
from shared.auth import Role
from shared.events.gateway import MembershipStarted
from shared.ids import new_id
from shared.testing import Caller


class Team:
    """Two coordinators and a project manager of the scheme, as the gateway has told of them."""

    def __init__(self, here: Place) -> None:
        self.here = here
        self.ann, self.ben, self.may = new_id(), new_id(), new_id()
        self.as_ann = here.caller(Role.COORDINATOR, person=self.ann)
        self.as_ben = here.caller(Role.COORDINATOR, person=self.ben)
        self.as_may = here.caller(Role.PROJECT_MANAGER, person=self.may)

    async def join(self, person: UUID, *roles: Role, **other: Any) -> MembershipStarted:
        told = {"membership": new_id(), "person": person, "organisation": self.here.scheme, "roles": roles}
        event = MembershipStarted(**(told | {"starts_at": datetime.now(UTC) - timedelta(days=30)} | other))
        await self.here.tell(event)
        return event

    async def helped(self, person: UUID) -> str:
        """A volunteer for whom that person is named."""
        helper = await self.here.volunteer()
        path = f"/v1/volunteers/{helper.id}/coordinator"
        shown = good(await self.as_may.post(path, {"coordinator": str(person)}, match=helper.version))
        assert shown["coordinator"] == str(person)
        await self.here.as_worker("UPDATE volunteers SET clearance_expires_on = $1", TODAY + timedelta(days=9))
        return helper.id


def day(number: int) -> str:
    return (TODAY + timedelta(days=number)).isoformat()


def body(cover: UUID, first: int = 0, last: int = 4, **other: Any) -> dict[str, Any]:
    return {"from": day(first), "to": day(last), "cover": str(cover)} | other


async def entered(caller: Caller, cover: UUID, first: int = 0, last: int = 4, **other: Any) -> dict[str, Any]:
    return good(await caller.post("/v1/leaves", body(cover, first, last, **other)))
