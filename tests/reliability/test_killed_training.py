"""kill -9 of the training service while it takes a sheet over or audits a release: it is done whole, and once."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.training.main import create_app
from services.training.sheets.tests.files import LINE
from services.training.tests.crowd import Crowd, Person
from services.training.tests.factories import Team
from services.training.tests.sending import NAMED, apply, ready, stored
from shared.auth import Role
from shared.consumer import Handlers
from shared.ids import new_id
from shared.kafka import create_topics
from shared.testing import Running, running
from shared.tests.house import until
from tests.reliability.deadly import Point
from tests.reliability.forked import Forks, issued, published_keys

# Rows are written twenty thousand at a time.
ROWS = 20_400
WRITE, OPEN = "INSERT INTO participations (id", "FROM import_parts"
BEGIN, STAGE, END = " attempts=", "UPDATE releases SET stage", " proved="


@pytest.fixture
async def training(own_environment: dict[str, str]) -> AsyncIterator[Running]:
    async with running(create_app, own_environment, Handlers()) as started:
        yield started


@pytest.fixture
def team(training: Running) -> Team:
    return Team(training)


@pytest.fixture
async def forks(own_environment: dict[str, str], tmp_path: Path) -> AsyncIterator[Forks]:
    await create_topics(own_environment["CIRCLE_KAFKA_BOOTSTRAP"], own_environment["CIRCLE_TOPIC_PREFIX"])
    async with published_keys() as keys:
        made = Forks(issued(own_environment, keys), tmp_path / "log")
        yield made
        made.end()


async def state_of(team: Team, kind: str) -> str:
    """Of the team's only import or release."""
    return str((await stored(team, f"SELECT status FROM {kind} WHERE partnership_id = :p"))[0][0])  # noqa: S608 - ours


async def moves(team: Team, kind: str) -> list[tuple[str, str]]:
    query = "SELECT from_status, to_status FROM status_history WHERE partnership_id = :p AND subject_kind = "
    return [tuple(one) for one in await stored(team, f"{query}'{kind}' ORDER BY id")]


async def told(team: Team, kind: str) -> int:
    """How often something of this kind is on its way to the bus, or was taken there."""
    query = """SELECT count(*) FROM (SELECT headers, partnership_id FROM outbox
      UNION ALL SELECT headers, partnership_id FROM relayed) AS every
      WHERE partnership_id = :p AND headers->>'ce_type' = """
    return int((await stored(team, f"{query}'circle.{kind}.v1'"))[0][0])


async def assert_taken_over_once(team: Team, rows: int) -> None:
    """Participations, sums, people, history, events; nothing of the sheet is left."""
    every = "SELECT count(*), count(*) FILTER (WHERE counted), count(attendee_id), count(DISTINCT import_id)"
    people = [tuple(one) for one in await stored(team, f"{every} FROM participations WHERE partnership_id = :p")]
    assert people == [(rows, rows, 1, 1)]
    sums = await stored(
        team,
        "SELECT grouping, (SELECT sum(m) FROM unnest(n) AS m) FROM participation_totals WHERE partnership_id = :p",
    )
    assert {int(counted) for _, counted in sums} == {rows}
    assert len({grouping for grouping, _ in sums}) == 10
    assert await moves(team, "session") == [(None, "held"), ("held", "closed")]
    assert await told(team, "session.closed") == 1
    left = "SELECT 1 FROM import_parts WHERE partnership_id = :p UNION ALL SELECT 1 FROM import_progress"
    assert await stored(team, f"{left} WHERE partnership_id = :p") == []
    assert len(await stored(team, "SELECT 1 FROM attendees WHERE partnership_id = :p")) == 1


async def state_is(team: Team, kind: str, wanted: str) -> bool:
    return await state_of(team, kind) == wanted


TURN_WALKS = [
    [
        Point(OPEN, "statement", "after"),
        Point(WRITE, "statement", "in"),
        Point(WRITE, "statement", "after"),
        Point(WRITE, "statement", "after", 2),
        Point(WRITE, "commit", "before"),
        Point(WRITE, "commit", "in"),
    ],
    [Point(WRITE, "commit", "after")],
]


@pytest.mark.parametrize("walk", TURN_WALKS, ids=["on its way", "once it is done"])
async def test_a_long_sheet_whose_worker_is_killed_at_each_of_these_moments_is_taken_over_whole_and_once(
    team: Team, forks: Forks, walk: list[Point]
) -> None:
    shown = await ready(team, NAMED, *[LINE] * (ROWS - 1))
    assert (await apply(team, shown)).status_code == 202
    for point in walk:
        await forks.killed(point)
        assert point.moment != "before" or await state_of(team, "imports") == "applying"
    forks.start()
    await until(lambda: state_is(team, "imports", "applied"), 60)
    await assert_taken_over_once(team, ROWS)
    assert await moves(team, "import") == [(None, "read"), ("read", "applying"), ("applying", "applied")]


ONCE_WALKS = [
    [
        Point(OPEN, "statement", "after"),
        Point(WRITE, "statement", "in"),
        Point(WRITE, "statement", "after"),
        Point(WRITE, "commit", "before"),
        Point(WRITE, "commit", "in"),
    ],
    [Point(WRITE, "commit", "after")],
]


@pytest.mark.parametrize("walk", ONCE_WALKS, ids=["on its way", "before the answer"])
async def test_a_sheet_whose_service_is_killed_at_each_of_these_moments_is_taken_over_whole_and_once_for_who_asks_again(
    team: Team, forks: Forks, walk: list[Point]
) -> None:
    shown, course = await ready(team, NAMED, *[LINE] * 299), await team.course()
    key = {"Idempotency-Key": str(new_id())}

    async def ask() -> httpx.Response:
        async with forks.calling(Role.TRAINER, team.partnership, team.organisation) as caller:
            at, body = f"/v1/imports/{shown['id']}/apply", {"course": course}
            return await caller.post(at, body, match=shown["version"], headers=key)

    for point in walk:
        child = forks.start(point)
        with pytest.raises(httpx.TransportError):
            await ask()
        await forks.ended(child)
    forks.start()
    answer = await ask()
    assert (answer.status_code, answer.json()["status"]) == (200, "applied")
    await assert_taken_over_once(team, 300)
    assert await moves(team, "import") == [(None, "read"), ("read", "applied")]


# A proof is tried three times: two of them may be cut off.
AUDIT_WALKS: dict[str, list[Point]] = {
    "before it and in it": [
        Point(BEGIN, "commit", "before"),
        Point(BEGIN, "commit", "after"),
        Point(STAGE, "statement", "before", 3),
    ],
    "before its end": [Point(END, "commit", "before"), Point(END, "commit", "in")],
    "after its end": [Point(END, "commit", "after")],
}


@pytest.mark.parametrize("walk", AUDIT_WALKS.values(), ids=AUDIT_WALKS)
async def test_an_audit_whose_process_is_killed_at_each_of_these_moments_ends_once(
    team: Team, forks: Forks, walk: list[Point]
) -> None:
    crowd = Crowd(team)
    await crowd.came([Person(name, None, "female") for name in ("North", "East", "South") for _ in range(20)])
    made = (await crowd.publisher.post("/v1/releases", crowd.body({"by": "organisation"}))).json()
    at = f"/v1/releases/{made['id']}"
    await crowd.publisher.post(f"{at}/audit", match=made["version"])
    for point in walk:
        await forks.killed(point)
        await half_a_minute_passes(team)
    forks.start()
    await until(lambda: state_is(team, "releases", "audited"), 60)
    assert await moves(team, "release") == [(None, "draft"), ("draft", "auditing"), ("auditing", "audited")]
    done = (await crowd.publisher.get(at)).json()
    assert done["shown"]["verdict"]["passed"]
    waiting = "SELECT 1 FROM clocks WHERE partnership_id = :p AND kind = 'release-audit' AND stopped_at IS NULL"
    assert await stored(team, waiting) == []
    assert (await crowd.publish(done))["status"] == "published"
    assert await told(team, "release.published") == 1


async def half_a_minute_passes(team: Team) -> None:
    """For the clocks that were moved on so that nobody else takes up what is being done."""
    async with team.training.parts.worker.engine.begin() as connection:
        moved = "UPDATE clocks SET look_at = look_at - interval '31 seconds' WHERE partnership_id = $1"
        await connection.exec_driver_sql(moved, (team.partnership,))
