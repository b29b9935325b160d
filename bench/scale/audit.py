"""The audit at a size: searches of what is everywhere, of what is rare, of both at once, and of a stretch of days."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson

from bench import harness
from bench.ground import Admin
from bench.scale import fill
from bench.scale.buffers import Meter
from shared.audit_search import Question
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Running

# So many of the oldest entries are about a subject of whom there is nothing else, are changes, and are seldom done.
FEW: Final = 20
PAGE: Final = 50
PEOPLE: Final = 5
SELDOM, VIEW, OWN = "POST /v1/inductions", "GET /v1/inductions/{induction_id}", "GET /v1/sessions"
# An entry a minute.
BEGAN: Final = datetime(2020, 1, 1, tzinfo=UTC)
DAY: Final = {"from": "2020-01-04", "to": "2020-01-04"}
# As the database itself would make them of each entry, which takes minutes; of whom nobody asks, any other id will do.
_TERMS: Final = """
INSERT INTO audit_terms
SELECT $1::uuid, t.term, n <= $2, $3::timestamptz + n * interval '1 minute',
  ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
FROM generate_series($8::bigint, $9::bigint) AS n, LATERAL (VALUES
  ($4::uuid), (($5::uuid[])[1 + n % cardinality($5::uuid[])]),
  (($6::uuid[])[CASE WHEN n <= $2 THEN 1 WHEN n % cardinality($5::uuid[]) = 0 THEN 2 ELSE 3 END]),
  (CASE WHEN n <= $2 THEN ($7::uuid[])[1] WHEN n % 2 = 1 THEN ($7::uuid[])[2] ELSE bench_id('0003', n / 20) END)
) AS t(term)
"""


@dataclass
class Ground:
    """One partnership's audit, all of it sealed long ago."""

    service: Running
    admin: Admin
    partnership: UUID = field(default_factory=new_id)
    organisation: UUID = field(default_factory=new_id)
    often: UUID = field(default_factory=new_id)
    seldom: UUID = field(default_factory=new_id)
    people: tuple[UUID, ...] = field(default_factory=lambda: tuple(new_id() for _ in range(PEOPLE)))

    async def fill(self, span: tuple[int, int]) -> None:
        """An entry for each number, with its terms."""
        async with fill.Bare(self.admin, "audit_log", "audit_terms"):
            columns = ("id", "partnership_id", "recorded_at", "entry", "mac")
            await self.admin.copy_records_to_table("audit_log", records=self._entries(span), columns=columns)
            await self.admin.execute(_TERMS, self.partnership, FEW, BEGAN, *self._terms(), *span)

    def _terms(self) -> tuple[UUID | list[UUID], ...]:
        """Of the organisation, the people, what is done, and whom it is about."""
        people = [Question(actor=str(one)).terms()[0] for one in self.people]
        actions = [Question(action=one).terms()[0] for one in (SELDOM, OWN, VIEW)]
        subjects = [Question(subject=one).terms()[0] for one in (self.seldom, self.often)]
        return Question(organisation=self.organisation).terms()[0], people, actions, subjects

    def _entries(self, span: tuple[int, int]) -> Iterator[tuple[Any, ...]]:
        for number in range(span[0], span[1] + 1):
            audit_id, text = UUID(int=(0x0190 << 112) + (7 << 76) + (2 << 62) + number), self._said(number)
            mac = self.service.parts.auditor.mac(audit_id, self.partnership, _at(number), text)
            yield audit_id, self.partnership, _at(number), text, mac

    def _said(self, number: int) -> str:
        few, whose = number <= FEW, number % PEOPLE
        usual = self.often if number % 2 else UUID(int=number // 20)
        said = {
            "action": SELDOM if few else OWN if whose == 0 else VIEW,
            "actor": self.people[whose],
            "changed": few,
            "client_id": "console",
            "organisation": self.organisation,
            "person": self.people[whose],
            "purpose": "",
            "request_id": str(number),
            "roles": ["trainer"],
            "seen": {"volunteer": [self.seldom if few else usual]},
        }
        return orjson.dumps(said).decode()

    def operations(self, meter: Meter) -> dict[str, Callable[[], Awaitable[int]]]:
        """By figure and variant, what is measured."""
        person = str(self.people[1])
        asked: dict[str, tuple[dict[str, str], int]] = {
            "a subject of twenty entries": ({"subject": str(self.seldom)}, FEW),
            "a subject of half of all": ({"subject": str(self.often)}, PAGE),
            "a person": ({"actor": person}, PAGE),
            "an organisation": ({"organisation": str(self.organisation)}, PAGE),
            "an organisation's few changes": ({"organisation": str(self.organisation), "changed": "true"}, FEW),
            "a rare action": ({"action": SELDOM}, FEW),
            "a person's rare action": ({"actor": person, "action": SELDOM}, FEW // PEOPLE),
            "often each, never together": ({"actor": person, "action": OWN}, 0),
            "a day": (DAY, PAGE),
            "a person's day": ({"actor": person} | DAY, PAGE),
        }
        return {f"audit search/{name}": self._asking(meter, *one) for name, one in asked.items()}

    def _asking(self, meter: Meter, query: dict[str, str], items: int) -> Callable[[], Awaitable[int]]:
        reviewer = self.service.as_(
            Role.DPO, partnership=self.partnership, organisation=self.organisation, person=new_id()
        )

        async def ask() -> None:
            answer = await reviewer.get("/v1/training-audit", params={"limit": str(PAGE)} | query)
            if answer.status_code != 200 or len(answer.json()["items"]) != items:
                raise harness.FailedRequestsError(answer.text)

        return lambda: meter.touched(ask)


def _at(number: int) -> datetime:
    return BEGAN + timedelta(minutes=number)
