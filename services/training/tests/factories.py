"""People who use the training service, and what they usually send."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.auth import Role
from shared.events.matching import VolunteerApplied
from shared.ids import new_id
from shared.testing import Caller, Running

PARTS = ("information_and_assessment", "first_day", "second_day")


def session_body(course: str, *, starts: timedelta = timedelta(days=-1), **changed: Any) -> dict[str, Any]:
    """A session of two hours, a day ago unless `starts` says otherwise."""
    begins = datetime.now(UTC) + starts
    return {
        "course": course,
        "title": "First day",
        "place": {"kind": "venue", "name": "Town hall", "outcode": "SS2"},
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=2)).isoformat(),
        "capacity": 12,
        "trainers": [str(new_id())],
    } | changed


class Team:
    """One organisation of one partnership and its callers."""

    def __init__(self, training: Running, partnership: UUID | None = None) -> None:
        self.training = training
        self.partnership = partnership or new_id()
        self.organisation = new_id()
        self.trainer = self.caller(Role.TRAINER)
        self.coordinator = self.caller(Role.COORDINATOR)

    def caller(self, *roles: Role) -> Caller:
        return self.training.as_(*roles, partnership=self.partnership, organisation=self.organisation, person=new_id())

    def colleague_elsewhere(self) -> "Team":
        """Another organisation of the same partnership."""
        return Team(self.training, self.partnership)

    async def volunteer(self) -> UUID:
        """A volunteer whose application is known."""
        volunteer = new_id()
        await self.training.tell(VolunteerApplied(volunteer=volunteer), partnership=self.partnership)
        return volunteer

    async def course(self) -> str:
        programme = await self.trainer.post("/v1/programmes", {"title": "Volunteers in Child Protection"})
        course = await self.trainer.post("/v1/courses", {"programme": programme.json()["id"], "title": "Induction"})
        assert course.status_code == 201, course.text
        return str(course.json()["id"])

    async def session(self, **changed: Any) -> dict[str, Any]:
        answer = await self.trainer.post("/v1/sessions", session_body(await self.course(), **changed))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def induction(self, volunteer: UUID | None = None) -> dict[str, Any]:
        volunteer = volunteer or await self.volunteer()
        answer = await self.trainer.post("/v1/inductions", {"volunteer": str(volunteer)})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def attend(self, induction: str, part: str, *, attended: bool = True, session: str = "") -> dict[str, Any]:
        body = {"part": part, "session": session or (await self.session())["id"], "attended": attended}
        answer = await self.trainer.post(f"/v1/inductions/{induction}/attendance", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def judge(self, induction: str, part: str, suitability: str = "suitable") -> dict[str, Any]:
        body = {"part": part, "suitability": suitability, "notes": "Listened well."}
        answer = await self.trainer.post(f"/v1/inductions/{induction}/judgements", body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def complete(self, induction: str, *parts: str) -> None:
        """Attend and judge suitable, at every part unless some are named."""
        session = (await self.session())["id"]
        for part in parts or PARTS:
            await self.attend(induction, part, session=session)
            await self.judge(induction, part)

    async def read(self, induction: str) -> dict[str, Any]:
        answer = await self.trainer.get(f"/v1/inductions/{induction}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def decide(self, induction: str, decision: str = "qualified", **more: Any) -> Any:
        version = (await self.read(induction))["version"]
        return await self.trainer.post(
            f"/v1/inductions/{induction}/decision", {"decision": decision} | more, match=version
        )
