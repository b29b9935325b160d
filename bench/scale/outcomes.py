"""The outcomes service at a size: the impact report of all that is known, of this year, and of a former year."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Final
from uuid import UUID

from bench import harness
from bench.ground import Admin
from bench.scale.buffers import Meter
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Running

YEARS: Final = 8
_VERSIONS: Final = "services.outcomes.migrations.versions"
_FILLING: Final = {
    "tally_lines": import_module(f"{_VERSIONS}.v0006_tally_sums").FILL_LINES,
    "tally_ends": import_module(f"{_VERSIONS}.v0008_tally_ends").FILL,
}
# A family's result stands for half a year or so, then another one does; every third one stands until now. Days and
# lengths are spread by a hash, so that hardly two steps are alike.
_STEPS: Final = """
INSERT INTO tallies AS kept (partnership_id, figure, day, until, families, children, plans)
SELECT $1, figure, day, until, count(*), 2 * count(*), 0 FROM (
  SELECT (ARRAY['still_supported', 'moved_4_3', 'moved_3_2', 'star_gained', 'star_not_gained', 'reregistered',
      'better_school_attendance', 'closed_unimproved', 'completed_stage_4', 'improved_other'])[1 + n % 10] AS figure,
    began AS day,
    CASE WHEN n % 3 = 0 THEN DATE 'infinity' ELSE least(began + 1 + (abs(hashint8(-n)) % 400), $2) END AS until
  FROM (SELECT n, $2::date - 1 - abs(hashint8(n)) % $3 AS began FROM generate_series($4::bigint, $5::bigint) AS n) AS s
) AS steps WHERE day < until GROUP BY figure, day, until
ON CONFLICT (partnership_id, figure, day, until) DO UPDATE
SET families = kept.families + excluded.families, children = kept.children + excluded.children
"""


@dataclass
class Ground:
    """One partnership's tallies."""

    service: Running
    admin: Admin
    partnership: UUID = field(default_factory=new_id)
    authority: UUID = field(default_factory=new_id)

    async def fill(self, span: tuple[int, int]) -> None:
        """A step of a family's course for each number."""
        today = datetime.now(UTC).date()
        await self.admin.execute(_STEPS, self.partnership, today, YEARS * 365, *span)
        # The product's trigger does not fire while a bench fills: what a migration fills in is the same.
        for table, filling in _FILLING.items():
            await self.admin.execute(f"TRUNCATE {table}")
            await self.admin.execute(filling)
        await self.admin.execute("VACUUM (ANALYZE)")

    def operations(self, meter: Meter) -> dict[str, Callable[[], Awaitable[int]]]:
        """By figure and variant, what is measured."""
        today = datetime.now(UTC).date()
        former = today - timedelta(days=3 * 365)
        periods = {
            "all that is known": "",
            "this year": f"?from={today.replace(month=1, day=1)}",
            "a former year": f"?from={former.replace(month=1, day=1)}&to={former.replace(month=12, day=31)}",
            "a former odd fortnight": f"?from={date(former.year, 5, 11)}&to={date(former.year, 5, 24)}",
        }
        return {f"impact report/{name}": self._reading(meter, query) for name, query in periods.items()}

    def _reading(self, meter: Meter, query: str) -> Callable[[], Awaitable[int]]:
        caller = self.service.as_(Role.ANALYST, partnership=self.partnership, organisation=self.authority)

        async def read() -> None:
            answer = await caller.get(f"/v1/reports/impact{query}")
            if answer.status_code != 200:
                raise harness.FailedRequestsError(answer.text)

        return lambda: meter.touched(read)
