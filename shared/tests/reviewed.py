"""The audit of one partnership as its reviewer is shown it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared import audit
from shared.auth import Role
from shared.db import Work
from shared.ids import new_id
from shared.tests import widgets
from shared.tests.books import Books
from shared.tests.house import House

PATH = "/v1/training-audit"
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
VIEW, CHANGE = "GET /v1/widgets/{widget_id}", "POST /v1/widgets/{widget_id}/rename"


class Reviewed:
    """A partnership whose audit is written by hand and read over HTTP."""

    def __init__(self, house: House, books: Books) -> None:
        house.partnership = books.partnership
        self.house, self.books = house, books
        self.reviewer = house.caller(Role.DPO)

    async def entry(self, *subjects: UUID, at: datetime = NOON, changed: bool = False, **told: Any) -> str:
        """One entry's id."""
        given: dict[str, Any] = {"service": widgets.SERVICE, "partnership": self.books.partnership, "now": at}
        given |= {"organisation": new_id(), "actor": "somebody", "scope": "organisation", "action": VIEW}
        work = Work(**given | told)
        work.pending.changed = changed
        async with self.books.parts.app.open(work) as session:
            audit.saw(session, "widget", *subjects)
            await self.books.parts.app.commit(session)
        query = "SELECT id FROM audit_log WHERE partnership_id = $1 ORDER BY id DESC LIMIT 1"
        return str(await self.books.attacker.connection.fetchval(query, self.books.partnership))

    async def ask(self, **query: Any) -> list[dict[str, Any]]:
        """The one page that comes."""
        answer = await self.reviewer.get(PATH, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def ids(self, **query: Any) -> list[str]:
        return [one["id"] for one in await self.ask(**query)]

    async def pages(self, limit: int, **query: Any) -> list[list[str]]:
        """All pages, one after the other."""
        found, cursor = list[list[str]](), dict[str, str]()
        while True:
            page = (await self.reviewer.get(PATH, params=query | cursor | {"limit": limit})).json()
            found.append([one["id"] for one in page["items"]])
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}


@pytest.fixture
def reviewed(house: House, books: Books) -> Reviewed:
    return Reviewed(house, books)
