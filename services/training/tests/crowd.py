"""People who came to sessions, straight into the tables, and releases of them through the verbs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training import data, sheets
from services.training.domain import CENSUS, LabelKind, Source
from services.training.models import Participation
from services.training.service import labels
from services.training.service.release_audits import AuditJob
from services.training.sheets import Row
from services.training.tests.conftest import AUDITS
from services.training.tests.factories import Team
from shared import timekeeper
from shared.auth import Role
from shared.db import Work

CAMDEN: Final = ({"by": "organisation"}, {"by": "ethnicity"}, {"by": "gender"})
_WORDS: Final = "words:"
_MARCH: Final = date(2026, 3, 1)
Found = Mapping[tuple[LabelKind, str], UUID]


class Person(NamedTuple):
    """`ethnicity` is a code of the census, or `words:` and words without a code."""

    organisation: str
    ethnicity: str | None
    gender: str | None


def camden() -> list[Person]:
    """Everybody who came to Camden's round. Each label has a code of its own here: as many rows as were published."""
    with (Path(data.__file__).parent / "camden_round.csv").open("rb") as file:
        rows = [one for one in sheets.opened(file, date(2026, 11, 26)).rows if isinstance(one, Row)]
    names = sorted({str(one.ethnicity) for one in rows})
    codes = dict(zip(names, (one.code for one in CENSUS.groups), strict=False))
    return [Person(one.organisation, codes[str(one.ethnicity)], str(one.gender).lower()) for one in rows]


class Crowd:
    """One organisation's participations and releases."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.publisher = team.caller(Role.ANALYST)

    async def came(
        self,
        people: Iterable[Person],
        *,
        day: int = 1,
        session: UUID | None = None,
        round: str | None = None,
        counted: bool = True,
    ) -> UUID:
        """Everybody at one session of a day of March, a new one unless it is given."""
        team, parts, people = self.team, self.team.training.parts, list(people)
        session_id = session or UUID((await team.session())["id"])
        work = Work("training", team.partnership, team.organisation, "tester", "organisation")
        async with parts.app.open(work) as opened:
            wanted: dict[LabelKind, set[str]] = {
                LabelKind.ORGANISATION: {one.organisation for one in people},
                LabelKind.ETHNICITY: {one.ethnicity for one in people if one.ethnicity},
                LabelKind.GENDER: {one.gender for one in people if one.gender},
            }
            found = await labels.find_or_add(opened, parts.vault, parts.settings, team.organisation, wanted)
            await _code(opened, found)
            on = _MARCH + timedelta(day - 1)
            at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
            await opened.execute(_WHEN, {"id": session_id, "at": at, "end": at + timedelta(hours=1), "round": round})
            opened.add_all(self._participation(found, one, session_id, on, counted=counted) for one in people)
            await parts.app.commit(opened)
        return session_id

    def _participation(self, found: Found, one: Person, session: UUID, day: date, *, counted: bool) -> Participation:
        return Participation(
            partnership_id=self.team.partnership,
            organisation_id=self.team.organisation,
            session_id=session,
            day=day,
            parts=[1],
            organisation=found[LabelKind.ORGANISATION, one.organisation],
            ethnicity=found[LabelKind.ETHNICITY, one.ethnicity] if one.ethnicity else None,
            gender=found[LabelKind.GENDER, one.gender] if one.gender else None,
            source=Source.TRAINER,
            counted=counted,
            recorded_at=datetime.now(UTC),
            recorded_by="tester",
        )

    def body(self, *tables: dict[str, Any], days: tuple[int, int] = (1, 30), **more: Any) -> dict[str, Any]:
        first, until = (_MARCH + timedelta(one - 1) for one in days)
        said = {"title": "What came of it", "from": first.isoformat(), "until": until.isoformat()}
        return {**said, "tables": list(tables), **more}

    async def audit(self, release: str, *expect: str) -> dict[str, Any]:
        """As the service's worker does it, in this process."""
        at = f"/v1/releases/{release}"
        version = (await self.publisher.get(at)).json()["version"]
        answer = await self.publisher.post(f"{at}/audit", match=version)
        assert answer.json()["progress"]["stage"] == "waiting", answer.text
        # What an audit before it had found is gone.
        assert (await self.publisher.get(at)).json()["shown"] is None
        await work_off(self.team)
        done = (await self.publisher.get(at)).json()
        assert done["status"] in (expect or ("audited",)), done
        return dict(done)

    async def audited(self, *tables: dict[str, Any], expect: Sequence[str] = (), **more: Any) -> dict[str, Any]:
        answer = await self.publisher.post("/v1/releases", self.body(*tables, **more))
        assert answer.status_code == 201, answer.text
        return await self.audit(answer.json()["id"], *expect)

    async def published(self, *tables: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self.publish(await self.audited(*tables, **more))

    async def published_if_possible(self, *tables: dict[str, Any], **more: Any) -> dict[str, Any] | None:
        """None where what earlier releases tell stands in the way."""
        made = await self.audited(*tables, expect=("audited", "refused"), **more)
        return await self.publish(made) if made["status"] == "audited" else None

    async def publish(self, made: dict[str, Any]) -> dict[str, Any]:
        answer = await self.publisher.post(f"/v1/releases/{made['id']}/publish", match=made["version"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def _code(opened: AsyncSession, found: Found) -> None:
    for (kind, words), label in found.items():
        if kind is not LabelKind.ORGANISATION and not words.startswith(_WORDS):
            await opened.execute(_CODE, {"id": label, "code": words})


async def work_off(team: Team) -> None:
    """Raise what is due, and audit what that brings."""
    parts = team.training.parts
    while await timekeeper.raise_one(parts, team.training.handlers):
        pass
    while AUDITS.waiting:
        await AUDITS.one(parts, AuditJob(parts.vault))


_CODE = text("UPDATE labels SET code = :code WHERE id = :id")
_WHEN = text(
    "UPDATE sessions SET starts_at = :at, ends_at = :end, round_id = CAST(:round AS uuid), status = 'closed'"
    " WHERE id = :id"
)
