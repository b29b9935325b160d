"""An organisation that trains, and its trainer, who is signed in to the console."""

from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.console.tests.conftest import Browser
from gateway.identity.tests.platform import Partnership, Person, Platform
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Caller


class Team:
    """An organisation that trains, and its trainer."""

    def __init__(self, gateway: Platform, partnership: Partnership, organisation: Any, trainer: Person) -> None:
        self.gateway, self.partnership, self.organisation, self.trainer = gateway, partnership, organisation, trainer

    @classmethod
    async def founded(cls, gateway: Platform) -> "Team":
        partnership = await gateway.found()
        organisation = await gateway.organisation(partnership)
        return cls(gateway, partnership, organisation, await gateway.person(partnership, organisation, Role.TRAINER))

    async def api(self) -> Caller:
        """The API in the trainer's name, as the console's own page of it has it."""
        browser = Browser(self.gateway)
        await browser.sign_in(self.trainer)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        headers = {"X-CSRF": await browser.csrf(), "Cookie": cookies}
        answer = await self.gateway.client.post("/console/token", headers=headers)
        return self.gateway.bearer(answer.json()["access_token"])

    async def course(self, api: Caller) -> str:
        programme = await api.post("/v1/programmes", {"title": "Protecting children"})
        course = await api.post("/v1/courses", {"programme": programme.json()["id"], "title": "Basics"})
        return str(course.json()["id"])

    async def session(self, starts: timedelta = timedelta(hours=-1), **changed: Any) -> str:
        api = await self.api()
        begins = datetime.now(UTC) + starts
        body = {
            "course": await self.course(api),
            "title": f"Session {new_id().hex[-6:]}",
            "place": {"kind": "venue", "name": "Town hall", "outcode": "NW1"},
            "starts_at": begins.isoformat(),
            "ends_at": (begins + timedelta(hours=2)).isoformat(),
            "capacity": 12,
            "trainers": [str(self.trainer.id)],
        }
        answer = await api.post("/v1/sessions", body | changed)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])
