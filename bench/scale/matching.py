"""The matching service at a size: Today, and pages of its lists, beside ever more visits, matches and volunteers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from bench import harness
from bench.ground import Admin
from bench.scale import fill
from bench.scale.buffers import Meter
from bench.scale.fill import quoted
from bench.scale.referral import PLANTED
from services.matching.tests.factories import KnownCases, Place
from shared.auth import Role
from shared.db import Work
from shared.events.gateway import MembershipStarted
from shared.ids import new_id
from shared.testing import Running

TABLES: Final = ("visits", "matches", "volunteers", "case_access")
# A match has so many visits, a volunteer so many matches.
VISITS, MATCHES = 50, 2
# Of so many visits four are open, each in another way, up to this one; later ones, and what they belong to, are over.
OPEN, WAITING = 100, 10_000
# So many coordinators share the volunteers evenly, and so many of those lack a current clearance, whatever the size.
COORDINATORS, LAPSED = 20, 30
_THERE: Final = WAITING // VISITS // MATCHES
_AGO: Final = "now() - ({age}) * interval '1 minute'"
# Over a year ago and later, each minute some.
_AGE: Final = "525600 + n % 1000000"


@dataclass
class Ground:
    """One scheme, its coordinators, and one true row of each kind of which all others are copies."""

    service: Running
    admin: Admin
    cases: KnownCases = field(default_factory=KnownCases)
    here: Place = field(init=False)
    team: list[UUID] = field(default_factory=lambda: [new_id() for _ in range(COORDINATORS)])
    like: dict[str, str] = field(default_factory=dict)

    async def begin(self) -> None:
        """Whoever coordinates; a visit that happened, with its record; its match, its volunteer."""
        self.here = Place(self.service, self.cases)
        for one in self.team:
            at, roles = datetime.now(UTC), (Role.COORDINATOR.value,)
            told = MembershipStarted(
                membership=new_id(), person=one, organisation=self.here.scheme, roles=roles, starts_at=at
            )
            await self.here.tell(told)
        family, helper = await self.here.family(), await self.here.volunteer()
        match = await self.here.active(family, helper)
        visit = await self.here.contact(family, match)
        named = {"visits": visit["visit"], "matches": match, "volunteers": helper.id}
        self.like = {table: f"id = '{one}'" for table, one in named.items()}
        self.like["case_access"] = f"family_id = '{family.id}' AND organisation_id = '{self.here.scheme}'"

    async def fill(self, span: tuple[int, int]) -> None:
        """A visit for each number, most of them long over, with the matches and volunteers that so many belong to."""
        if not self.like:
            await self.begin()
        async with fill.Bare(self.admin, *TABLES):
            await self._visits(span)
            of_matches = _shrunk(span, VISITS)
            await self._matches(of_matches)
            await self._volunteers(_shrunk(of_matches, MATCHES))

    async def _visits(self, span: tuple[int, int]) -> None:
        match = f"(n - 1) / {VISITS} + 1"
        told = {
            "id": "bench_id('0001', n)",
            "match_id": f"bench_id('0002', {match})",
            "volunteer_id": f"bench_id('0003', ({match} - 1) / {MATCHES} + 1)",
            "family_id": f"bench_id('0004', {match})",
            "starts_at": _AGO.format(age=f"{_AGE} + 120"),
            "ends_at": _AGO.format(age=_AGE),
            "contact_due_at": _AGO.format(age=_AGE),
        }
        await fill.copies(self.admin, "visits", self.like["visits"], span, told, f"n > {WAITING} OR n % {OPEN} > 3")
        planned = {"status": "'planned'", "contact_recorded_at": "NULL", "closed_at": "NULL"}
        later = {
            "starts_at": "now() + (60 + n % 100000) * interval '1 minute'",
            "ends_at": "now() + (120 + n % 100000) * interval '1 minute'",
        }
        now = {"starts_at": "now() - interval '1 hour'", "ends_at": "now() + interval '1 day'"}
        kinds = (
            planned | {"not_checked_out_at": _AGO.format(age=_AGE), "contact_due_at": "NULL"},
            planned | now | {"contact_due_at": "NULL"},
            {"contact_recorded_at": "NULL"},
            planned | later | {"contact_due_at": "NULL"},
        )
        for kind, other in enumerate(kinds):
            where = f"n <= {WAITING} AND n % {OPEN} = {kind}"
            await fill.copies(self.admin, "visits", self.like["visits"], span, told | other, where)

    async def _matches(self, span: tuple[int, int]) -> None:
        is_over = f"n > {WAITING // VISITS} OR n % 5 > 1"
        one = f"CASE WHEN {is_over} THEN 'ended' WHEN n % 5 = 0 THEN 'active' ELSE 'proposed' END"
        told = {
            "id": "bench_id('0002', n)",
            "volunteer_id": f"bench_id('0003', (n - 1) / {MATCHES} + 1)",
            "family_id": "bench_id('0004', n)",
            "status": one,
            "last_contact_on": "current_date - 30 - (n % 1000)::integer",
        }
        await fill.copies(self.admin, "matches", self.like["matches"], span, told)
        await fill.copies(
            self.admin, "case_access", self.like["case_access"], span, {"family_id": "bench_id('0004', n)"}
        )

    async def _volunteers(self, span: tuple[int, int]) -> None:
        told = {
            "id": "bench_id('0003', n)",
            "person_id": "NULL",
            "coordinator_id": f"(ARRAY[{', '.join(map(quoted, self.team))}])[1 + n % {COORDINATORS}]",
            "places_agreed": f"CASE WHEN n <= {_THERE} THEN 1 ELSE 0 END",
            "supervised_on": "current_date - 60 - (n % 1000)::integer",
            "clearance_expires_on": f"CASE WHEN n <= {LAPSED} THEN current_date - 1"
            f" ELSE current_date + (CASE WHEN n <= {_THERE} THEN 9 ELSE 900 END) END",
        }
        await fill.copies(self.admin, "volunteers", self.like["volunteers"], span, told)

    def operations(self, meter: Meter) -> dict[str, Callable[[], Awaitable[int]]]:
        """By figure and variant, what is measured."""
        paths = {
            "everybody's": "/v1/today?whose=all",
            "one's own": "/v1/today?whose=mine",
            "a list": "/v1/today/items?indicator=records-late&whose=all",
            "a list of one's own": "/v1/today/items?indicator=no-contact&whose=mine",
        }
        found = {f"today/{name}": self._reading(meter, path) for name, path in paths.items()}
        return found | {f"{PLANTED}/": lambda: meter.touched(self._walk)}

    def _reading(self, meter: Meter, path: str) -> Callable[[], Awaitable[int]]:
        caller = self.here.caller(Role.COORDINATOR, person=self.team[0])

        async def read() -> None:
            answer = await caller.get(path)
            if answer.status_code != 200:
                raise harness.FailedRequestsError(answer.text)

        return lambda: meter.touched(read)

    async def _walk(self) -> None:
        """What a page without indexes would do, were it only with the volunteers."""
        work = Work("matching", self.here.partnership, self.here.scheme, "bench", "organisation")
        async with self.service.parts.app.open(work) as session:
            connection = await session.connection()
            await connection.exec_driver_sql("SELECT status, count(*) FROM volunteers GROUP BY 1")


def _shrunk(span: tuple[int, int], by: int) -> tuple[int, int]:
    """Numbers of what each has so many of the span."""
    return (span[0] - 1) // by + 1, span[1] // by
