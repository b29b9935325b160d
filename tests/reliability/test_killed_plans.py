"""kill -9 of the matching service, or of the process beside it, while a plan is computed: it is made once, whole."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from services.matching import handlers
from services.matching.main import create_app
from services.matching.service.desk import Desk
from services.matching.tests.factories import KnownCases, Place
from services.matching.tests.test_plans import asked, pairs_of, planned, read, two_and_two, who
from shared.consumer import Handlers
from shared.kafka import create_topics
from shared.testing import running
from shared.tests.house import until
from tests.reliability.deadly import Point
from tests.reliability.forked import Forks, issued, published_keys

BEGIN, STAGE, PAIRS, END = " attempts=", "UPDATE match_plans SET stage", "INTO match_plan_pairs", " planned_at="


@pytest.fixture(scope="session")
def matching_environment(environment_of: Callable[[str], dict[str, str]]) -> dict[str, str]:
    given = environment_of("matching")
    return given | {"CIRCLE_WORKER": "separate", "CIRCLE_TOPIC_PREFIX": f"killed.{given['CIRCLE_TOPIC_PREFIX']}"}


@pytest.fixture
async def here(matching_environment: dict[str, str]) -> AsyncIterator[Place]:
    async with running(create_app, matching_environment, Handlers()) as service:
        cases = KnownCases()
        service.handlers = handlers.register(Desk(service.parts.vault), cases)
        yield Place(service, cases)


@pytest.fixture
async def forks(matching_environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Forks]:
    await create_topics(matching_environment["CIRCLE_KAFKA_BOOTSTRAP"], matching_environment["CIRCLE_TOPIC_PREFIX"])
    async with published_keys() as keys:
        made = Forks(issued(matching_environment, keys), tmp_path / "log", "matching")
        yield made
        made.end()


async def half_a_minute_passes(here: Place) -> None:
    """For the clocks that were moved on so that nobody else takes up what is being done."""
    async with here.service.parts.worker.engine.begin() as connection:
        moved = "UPDATE clocks SET look_at = look_at - interval '31 seconds' WHERE partnership_id = $1"
        await connection.exec_driver_sql(moved, (here.partnership,))


async def is_planned(here: Place, plan: str) -> bool:
    return bool((await read(here, plan))["status"] == "planned")


async def assert_made_once(here: Place, plan: dict[str, Any], attempts: int) -> None:
    """Each pair once, one move, one event, no clock left."""
    of = UUID(plan["id"])
    rows = await here.as_worker("SELECT match_request_id, volunteer_id FROM match_plan_pairs WHERE plan_id = $1", of)
    pairs = await pairs_of(here, plan)
    assert len(rows) == len(set(rows)) == len(pairs) == plan["totals"]["places"] == 2
    assert await here.as_worker("SELECT count(*) FROM match_plan_lacks WHERE plan_id = $1", of) == [(0,)]
    moves = "SELECT from_status, to_status FROM status_history WHERE subject_id = $1 ORDER BY id"
    assert await here.as_worker(moves, of) == [(None, "computing"), ("computing", "planned")]
    told = """SELECT count(*) FROM (SELECT headers, data FROM outbox UNION ALL SELECT headers, data FROM relayed) AS e
      WHERE data LIKE $1 AND headers->>'ce_type' = 'circle.match-plan.planned.v1'"""
    assert await here.as_worker(told, f"%{plan['id']}%") == [(1,)]
    assert await here.as_worker("SELECT attempts FROM match_plans WHERE id = $1", of) == [(attempts,)]
    left = "SELECT 1 FROM clocks WHERE subject_id = $1 AND kind = 'match-plan' AND stopped_at IS NULL"
    assert await here.as_worker(left, of) == []


# A plan is tried three times: two of them may be cut off. What ends before its begin is written down is no attempt.
WALKS: dict[str, tuple[list[Point], int]] = {
    "before it and in the middle": (
        [
            Point(BEGIN, "commit", "before"),
            Point(BEGIN, "commit", "after"),
            Point(STAGE, "statement", "before", 2),
        ],
        3,
    ),
    "between its pairs and its end": ([Point(PAIRS, "statement", "after"), Point(END, "commit", "before")], 3),
    "after its end": ([Point(END, "commit", "after")], 1),
}


@pytest.mark.parametrize(("walk", "attempts"), WALKS.values(), ids=WALKS)
@pytest.mark.parametrize("again", [False, True], ids=["from nothing", "from a plan before"])
async def test_a_plan_whose_worker_is_killed_at_each_of_these_moments_is_made_whole_and_once(
    here: Place, forks: Forks, walk: list[Point], attempts: int, again: bool
) -> None:
    await two_and_two(here)
    first = await planned(here)
    plan = await asked(here, **({"based_on": first["id"]} if again else {}))
    if again:
        await here.volunteer(languages=["so"], outcode="SS9")
    for point in walk:
        await forks.killed(point)
        await half_a_minute_passes(here)
    forks.start()
    await until(lambda: is_planned(here, plan["id"]), 60)
    done = await read(here, plan["id"])
    await assert_made_once(here, done, attempts)
    assert (done["totals"]["greedy"] is None) is again
    assert who(await pairs_of(here, done)) == who(await pairs_of(here, await planned(here)))


@pytest.mark.parametrize("again", [False, True], ids=["from nothing", "from a plan before"])
async def test_a_plan_whose_computing_process_is_killed_is_made_by_the_next_one_once(
    here: Place, forks: Forks, again: bool
) -> None:
    await two_and_two(here)
    first = await planned(here)
    plan = await asked(here, **({"based_on": first["id"]} if again else {}))
    worker = forks.start()
    assert worker.pid is not None
    of, found = psutil.Process(worker.pid), list[psutil.Process]()

    async def computes() -> bool:
        found.extend(
            one for one in of.children() if one.is_running() and "services.matching" in " ".join(one.cmdline())
        )
        return bool(found)

    await until(computes, 60)
    found[0].kill()

    async def is_over() -> bool:
        return not found[0].is_running()

    await until(is_over, 60)
    assert not await is_planned(here, plan["id"])
    await half_a_minute_passes(here)
    await until(lambda: is_planned(here, plan["id"]), 60)
    await assert_made_once(here, await read(here, plan["id"]), 2)
