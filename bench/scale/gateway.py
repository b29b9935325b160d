"""The gateway at a size: the event feed, for whoever is told of everything and for whoever is told of little."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from bench import harness
from bench.ground import Admin
from bench.scale import fill
from bench.scale.buffers import Meter
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Running

FEW: Final = 20
_EVENT: Final = """
INSERT INTO feed (id, partnership_id, type, family_id, parts, audience, document, happened_at, stored_at, number)
SELECT bench_id('0001', n), $1, (ARRAY['circle.match.started.v1', 'circle.visit.planned.v1'])[1 + n % 2],
  bench_id('0002', n / 10), '{la,scheme}',
  CASE WHEN n <= $5::bigint THEN ARRAY[$2, $3, $4]::uuid[] ELSE ARRAY[$2, $3]::uuid[] END,
  '{"id":"' || n || '"}', now(), now(), n
FROM generate_series($6::bigint, $7::bigint) AS n
"""
_ACCESS: Final = """
INSERT INTO case_access (partnership_id, family_id, organisation_id, part)
SELECT DISTINCT $1::uuid, bench_id('0002', n / 10), o.organisation, o.part
FROM generate_series($6::bigint, $7::bigint) AS n,
  (VALUES ($2::uuid, 'la'), ($3::uuid, 'scheme'), ($4::uuid, 'scheme')) AS o(organisation, part)
WHERE o.organisation <> $4 OR n <= $5
ON CONFLICT DO NOTHING
"""
_TOLD: Final = """
INSERT INTO feed_audiences (partnership_id, organisation_id, number)
SELECT partnership_id, one, number FROM feed, unnest(audience) AS one
WHERE partnership_id = $1 AND number BETWEEN $2::bigint AND $3::bigint
"""
_LAST: Final = """
INSERT INTO feed_counters VALUES ($1, $2) ON CONFLICT (partnership_id) DO UPDATE SET last = excluded.last
"""


@dataclass
class Ground:
    """One partnership's feed."""

    service: Running
    admin: Admin
    partnership: UUID = field(default_factory=new_id)
    authority: UUID = field(default_factory=new_id)
    scheme: UUID = field(default_factory=new_id)
    small_scheme: UUID = field(default_factory=new_id)

    async def fill(self, span: tuple[int, int]) -> None:
        """An event for each number; only of the first twenty a second scheme was told."""
        who = (self.partnership, self.authority, self.scheme, self.small_scheme, FEW, *span)
        async with fill.Bare(self.admin, "feed", "case_access"):
            await self.admin.execute(_EVENT, *who)
            await self.admin.execute(_TOLD, self.partnership, *span)
            await self.admin.execute(_ACCESS, *who)
            await self.admin.execute(_LAST, self.partnership, span[1])

    def operations(self, meter: Meter) -> dict[str, Callable[[], Awaitable[int]]]:
        """By figure and variant, what is measured: each reads on, to the feed's end where it is told nothing."""
        return {
            "event feed/the authority": self._reading(meter, self.authority, "/v1/events?limit=50", 50),
            "event feed/told of twenty": self._reading(meter, self.small_scheme, "/v1/events?limit=50", FEW),
            "event feed/told of nothing": self._reading(meter, new_id(), "/v1/events?limit=50", 0),
        }

    def _reading(self, meter: Meter, organisation: UUID, path: str, items: int) -> Callable[[], Awaitable[int]]:
        caller = self.service.as_(Role.PARTNER_SYSTEM, partnership=self.partnership, organisation=organisation)

        async def read() -> None:
            answer = await caller.get(path)
            if answer.status_code != 200 or len(answer.json()["items"]) != items:
                raise harness.FailedRequestsError(answer.text)

        return lambda: meter.touched(read)
