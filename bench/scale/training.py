"""The training service at a size: reports on attendance by the usual groupings, of short and long periods."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Final
from uuid import UUID

from bench import harness
from bench.ground import Admin
from bench.scale.buffers import Meter
from bench.scale.referral import PLANTED
from services.training.domain import LabelKind
from services.training.service.labels import find_or_add
from shared.auth import Role
from shared.db import Work
from shared.ids import new_id
from shared.testing import Running

YEARS: Final = 4
_FILL: Final = import_module("services.training.migrations.versions.v0015_participation_totals").FILL
# As many labels of each kind as Camden's round had, and more languages and areas.
LABELS: Final = {
    LabelKind.ORGANISATION: 15,
    LabelKind.ETHNICITY: 11,
    LabelKind.GENDER: 3,
    LabelKind.LANGUAGE: 10,
    LabelKind.AREA: 30,
}
# Days and labels are spread by hashes, so that any two come together; half of the people gave a name.
_ROWS: Final = """
INSERT INTO participations (id, partnership_id, organisation_id, session_id, day, parts, organisation, ethnicity,
  gender, language, area, attendee_id, source, counted, recorded_at, recorded_by)
SELECT bench_id('0001', n), $1, $2, bench_id('0002', n / 15), $3::date - abs(hashint8(n / 15)) % $4, '{1}',
  ($5::uuid[])[1 + abs(hashint8(n)) % 15], ($6::uuid[])[1 + abs(hashint8(-n)) % 11], ($7::uuid[])[1 + n % 3],
  ($8::uuid[])[1 + abs(hashint8(n * 7)) % 10], ($9::uuid[])[1 + abs(hashint8(n * 11)) % 30],
  CASE WHEN n % 2 = 0 THEN bench_id('0003', n % 5000) END, 'sheet', true, now(), 'bench'
FROM generate_series($10::bigint, $11::bigint) AS n
"""
# Each with what it is crossed with.
GROUPINGS: Final = (
    ("organisation", None), ("ethnicity", None), ("gender", None), ("language", None), ("area", None), ("month", None),
    ("organisation", "ethnicity"), ("organisation", "gender"), ("ethnicity", "gender"),
)  # fmt: skip


@dataclass
class Ground:
    """One organisation's participations over some years."""

    service: Running
    admin: Admin
    partnership: UUID = field(default_factory=new_id)
    organisation: UUID = field(default_factory=new_id)
    labels: dict[LabelKind, list[UUID]] = field(default_factory=dict)

    async def fill(self, span: tuple[int, int]) -> None:
        """A participation for each number; the product's triggers do not fire while a bench fills."""
        if not self.labels:
            await self._name()
        lists = [self.labels[kind] for kind in LABELS]
        who = (self.partnership, self.organisation, datetime.now(UTC).date(), YEARS * 365)
        await self.admin.execute(_ROWS, *who, *lists, *span)
        await self.admin.execute("TRUNCATE participation_totals")
        await self.admin.execute(_FILL)
        await self.admin.execute("VACUUM (ANALYZE)")

    async def _name(self) -> None:
        parts = self.service.parts
        wanted = {kind: frozenset(f"{kind} {at}" for at in range(number)) for kind, number in LABELS.items()}
        work = Work("training", self.partnership, self.organisation, "bench", "organisation")
        async with parts.app.open(work) as session:
            found = await find_or_add(session, parts.vault, parts.settings, self.organisation, wanted)
            await parts.app.commit(session)
        self.labels = {kind: [one for (of, _), one in found.items() if of is kind] for kind in LABELS}

    def operations(self, meter: Meter) -> dict[str, Callable[[], Awaitable[int]]]:
        """By figure and variant, what is measured."""
        today = datetime.now(UTC).date()
        former = today.year - 3
        periods = {
            "all that is known": (date(1990, 1, 1), today),
            "this year": (today.replace(month=1, day=1), today),
            "a former round": (date(former, 11, 2), date(former + 1, 4, 29)),
            "a former odd fortnight": (date(former, 5, 11), date(former, 5, 24)),
        }
        found = {
            f"{by}{f' × {across}' if across else ''}/{name}": self._reading(meter, by, across, first, last)
            for by, across in GROUPINGS
            for name, (first, last) in periods.items()
            if by != "month" or last - first < timedelta(days=400)
        }
        return found | {f"{PLANTED}/": lambda: meter.touched(self._walk)}

    def _reading(
        self, meter: Meter, by: str, across: str | None, first: date, last: date
    ) -> Callable[[], Awaitable[int]]:
        caller = self.service.as_(Role.TRAINER, partnership=self.partnership, organisation=self.organisation)
        query = f"by={by}&from={first}&until={last}" + (f"&across={across}" if across else "")

        async def read() -> None:
            answer = await caller.get(f"/v1/training-reports?{query}")
            if answer.status_code != 200 or not answer.json()["total"]:
                raise harness.FailedRequestsError(answer.text)

        return lambda: meter.touched(read)

    async def _walk(self) -> None:
        """What a report without sums would do."""
        work = Work("training", self.partnership, self.organisation, "bench", "organisation")
        async with self.service.parts.app.open(work) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("SELECT organisation, count(*) FROM participations GROUP BY 1")
