"""Recording who came, and looking at it, as the tests of attendance do."""

from collections.abc import Sequence
from typing import Any

import httpx
from sqlalchemy import text

from services.training.tests.factories import Team
from services.training.tests.test_labels import work

SOMALI = {"organisation": "Victory Chapel", "ethnicity": "Somali", "gender": "Female"}


def somebody(name: str | None = None, **changed: Any) -> dict[str, Any]:
    return {key: one for key, one in (SOMALI | {"name": name} | changed).items() if one is not None}


async def tried(team: Team, session: str, people: Sequence[dict[str, Any]], **more: Any) -> httpx.Response:
    return await team.trainer.post(f"/v1/sessions/{session}/participations", {"participants": people} | more)


async def recorded(team: Team, session: str, *people: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = await tried(team, session, people, **more)
    assert answer.status_code == 201, answer.text
    return list(answer.json()["items"])


async def closed(team: Team, session: str, **body: Any) -> httpx.Response:
    version = (await team.trainer.get(f"/v1/sessions/{session}")).json()["version"]
    return await team.trainer.post(f"/v1/sessions/{session}/close", body, match=version)


async def listed(team: Team, session: str) -> list[dict[str, Any]]:
    return list((await team.trainer.get(f"/v1/sessions/{session}/participations?limit=200")).json()["items"])


async def withdrawn(team: Team, participation: str, reason: str = "entered_twice") -> httpx.Response:
    return await team.trainer.post(f"/v1/participations/{participation}/withdraw", {"reason_code": reason})


async def attending(team: Team, session: str) -> dict[str, Any]:
    return dict((await team.trainer.get(f"/v1/sessions/{session}/attending")).json())


def cells(shown: dict[str, Any], by: str) -> list[tuple[Any, ...]]:
    (found,) = [one for one in shown["groupings"] if one["by"] == by]
    return [(one["words"], one["count"], one["percent"], one["withheld"]) for one in found["cells"]]


async def in_the_database(team: Team, query: str) -> list[tuple[Any, ...]]:
    async with team.training.parts.app.open(work(team)) as session:
        return [tuple(row) for row in await session.execute(text(query))]


async def anyhow(team: Team, path: str, body: Any = None) -> httpx.Response:
    """Whatever the version."""
    return await team.trainer.post(path, body, headers={"If-Match": "*"})
