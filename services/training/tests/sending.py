"""How tests send sheets, say what their words stand for, take them over, and look into the tables."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from sqlalchemy import text

from services.training.sheets.tests.files import LINE, csv
from services.training.tests.factories import Team
from shared import timekeeper
from shared.calendar import civil_date
from shared.db import Work
from shared.ids import new_id
from shared.testing import Caller


async def send(caller: Caller, content: bytes, kind: str = "text/csv") -> httpx.Response:
    headers = {"Idempotency-Key": str(new_id()), "Content-Type": kind}
    return await caller.send("POST", "/v1/imports", content=content, headers=headers)


async def sent(team: Team, content: bytes) -> dict[str, Any]:
    answer = await send(team.trainer, content)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def stored(team: Team, query: str) -> list[Any]:
    """What the partnership's tables hold; `:p` is the partnership."""
    work = Work("training", team.partnership, team.organisation, "test", "system")
    async with team.training.parts.worker.open(work) as session:
        return list((await session.execute(text(query), {"p": team.partnership})).all())


async def coded(team: Team, shown: dict[str, Any], codes: Mapping[str, str | None]) -> dict[str, Any]:
    """The sheet once its words stand for these codes."""
    of = {one["label"]: one["column"] for one in shown["labels"]}
    answers = [{"column": of[label], "label": label, "code": code} for label, code in codes.items()]
    answer = await team.trainer.send("PUT", f"/v1/imports/{shown['id']}/codes", json={"codes": answers})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def apply(team: Team, shown: dict[str, Any], course: str = "", **more: Any) -> httpx.Response:
    body = {"course": course or await team.course()} | more.pop("body", {})
    return await team.trainer.post(f"/v1/imports/{shown['id']}/apply", body, match=shown["version"], **more)


async def pass_time(team: Team) -> None:
    """Whatever is due by now has been done."""
    while await timekeeper.raise_one(team.training.parts, team.training.handlers, datetime.now(UTC)):
        pass


CODES: Final[Mapping[str, str | None]] = {"Congolese": "black_african", "Female": "female"}
NAMED: Final = LINE + "Amina Yusuf"
COUNT: Final = "SELECT count(*) FROM participations WHERE partnership_id = :p AND counted"


async def ready(team: Team, *lines: str, codes: Mapping[str, str | None] = CODES) -> dict[str, Any]:
    """A sheet whose words stand for something."""
    return await coded(team, await sent(team, csv(*lines)), codes)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def count(team: Team) -> int:
    return int((await stored(team, COUNT))[0][0])


async def sessions(team: Team) -> list[dict[str, Any]]:
    return list((await team.trainer.get("/v1/sessions?limit=200")).json()["items"])


def work_of(team: Team) -> Work:
    """What a process does that ends before its commit."""
    return Work("training", team.partnership, team.organisation, "test", "organisation")


def days_ago(days: int) -> str:
    return civil_date(datetime.now(UTC) - timedelta(days=days)).isoformat()


async def planned(team: Team, course: str, **changed: Any) -> dict[str, Any]:
    """A session of yesterday, of the sheet's title, in this course."""
    starts = datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=1)
    hours = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=2)).isoformat()}
    body = {"course": course, "title": "Keeping safe", "place": {"kind": "online"}, "capacity": 2, **hours}
    answer = await team.trainer.post("/v1/sessions", body | {"trainers": [str(new_id())]} | changed)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


YESTERDAY: Final = LINE.replace("2009-11-02", days_ago(1))
