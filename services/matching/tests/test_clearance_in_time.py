"""Clearance in time: the warnings ahead, the day on which it ends, that day corrected, and a clock that was away."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from services.matching.domain.clearance import years_after
from services.matching.tests.bodies import TODAY, Family, Helper, clearance_body, days_ago, good
from services.matching.tests.factories import Place
from shared import timekeeper
from shared.calendar import LONDON
from shared.consumer import Handlers
from shared.testing import Running

# The certificate runs out in a hundred days.
ISSUED = (TODAY - years_after(TODAY + timedelta(days=100), -3)).days


def morning(day: date) -> datetime:
    return datetime.combine(day, time(0, 1), LONDON).astimezone(UTC)


async def run_clock(service: Running, until: datetime) -> None:
    while await timekeeper.raise_one(service.parts, service.handlers, until):
        pass


async def last_day(here: Place, helper: Helper) -> date:
    return date.fromisoformat((await here.read(helper))["clearance"]["expires_on"])


async def warned(here: Place) -> list[int]:
    found = await here.events("volunteer.clearance-expiring")
    return sorted(days for days in (90, 30, 7) for one in found if f'"days":{days},' in one)


async def test_each_warning_comes_on_its_day_and_the_end_on_its_own(here: Place, service: Running) -> None:
    helper = await here.volunteer(issued=ISSUED)
    ends = await last_day(here, helper)
    for ahead, said in ((91, []), (90, [90]), (31, [90]), (30, [30, 90]), (7, [7, 30, 90]), (1, [7, 30, 90])):
        await run_clock(service, morning(ends - timedelta(days=ahead)))
        assert await warned(here) == said
        assert await here.events("volunteer.clearance-expired") == []
    await run_clock(service, morning(ends))
    assert len(await here.events("volunteer.clearance-expired")) == 1


async def test_a_clock_that_was_away_for_months_says_each_thing_once(here: Place, service: Running) -> None:
    helper = await here.volunteer(issued=ISSUED)
    after = morning(await last_day(here, helper) + timedelta(days=60))
    await run_clock(service, after)
    await run_clock(service, after + timedelta(days=1))
    assert await warned(here) == [7, 30, 90]
    assert len(await here.events("volunteer.clearance-expired")) == 1


async def test_killed_between_the_claim_and_the_commit_it_is_said_by_the_next_and_once(
    here: Place, service: Running
) -> None:
    helper = await here.volunteer(issued=ISSUED)
    ends = morning(await last_day(here, helper))

    async def killed(*_: object) -> None:
        raise ConnectionResetError

    dying = Handlers()
    for kind in service.handlers.clocks:
        dying.on_clock(kind, killed)
    assert await timekeeper.raise_one(service.parts, dying, ends)
    assert await here.events("volunteer.clearance-expired") == []
    await here.as_worker("UPDATE clocks SET look_at = due_at WHERE raised_at IS NULL")
    await run_clock(service, ends)
    assert await warned(here) == [7, 30, 90]
    assert len(await here.events("volunteer.clearance-expired")) == 1


async def test_a_corrected_day_is_warned_of_anew_and_the_former_one_never_comes(here: Place, service: Running) -> None:
    helper = await here.volunteer(issued=ISSUED)
    former = await last_day(here, helper)
    await run_clock(service, morning(former - timedelta(days=30)))
    assert await warned(here) == [30, 90]
    path = f"/v1/volunteers/{helper.id}/clearances"
    good(await here.coordinator.post(path, clearance_body(issued_on=days_ago(1))))
    renewed = await last_day(here, helper)
    await run_clock(service, morning(renewed - timedelta(days=91)))
    assert await warned(here) == [30, 90]
    assert await here.events("volunteer.clearance-expired") == []
    await run_clock(service, morning(renewed))
    assert await warned(here) == [7, 30, 30, 90, 90]
    assert len(await here.events("volunteer.clearance-expired")) == 1


async def test_on_the_day_the_coordinator_is_told_of_each_running_match_once(here: Place, service: Running) -> None:
    # Long enough for a match to be proposed.
    helper = await here.volunteer(capacity=2)
    running = await here.active(await here.family(), helper)
    await here.proposed(await here.family(), helper)
    ends = morning(await last_day(here, helper))
    await run_clock(service, ends)
    await run_clock(service, ends + timedelta(days=1))
    told = await here.events("match.clearance-lapsed")
    assert len(told) == 1
    assert running in told[0]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("la-check", {"checked_on": days_ago(1), "satisfactory": False}),
        ("clearances", clearance_body(issued_on=days_ago(1), decision="not_accepted")),
    ],
)
async def test_a_correction_that_ends_it_today_tells_of_the_running_matches_once(
    here: Place, service: Running, path: str, body: dict[str, object]
) -> None:
    helper = await here.volunteer()
    running = await here.active(await here.family(), helper)
    for _ in range(2):
        good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/{path}", body))
        await run_clock(service, datetime.now(UTC))
    told = await here.events("match.clearance-lapsed")
    assert len(told) == 1
    assert running in told[0]


async def test_a_renewed_clearance_brings_the_volunteer_back_to_the_pool(here: Place, service: Running) -> None:
    helper, family = await here.volunteer(issued=ISSUED), await here.family()
    sql = "UPDATE volunteers SET clearance_expires_on = $1 WHERE id = $2"
    await here.as_worker(sql, TODAY, UUID(helper.id))
    assert await excluded(here, family, helper) == ["clearance-not-current"]
    path = f"/v1/volunteers/{helper.id}/clearances"
    good(await here.coordinator.post(path, clearance_body(issued_on=days_ago(1))))
    assert await excluded(here, family, helper) == []
    await run_clock(service, datetime.now(UTC))
    assert await here.events("match.clearance-lapsed") == []


async def excluded(here: Place, family: Family, helper: Helper) -> list[str]:
    proposal = await here.propose(family)
    found: list[str] = next(one for one in proposal["candidates"] if one["volunteer"] == helper.id)["excluded_by"]
    return found
