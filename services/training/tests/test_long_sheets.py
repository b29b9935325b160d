"""Long sheets: promised, written in their turn, seen on their way, in flat memory."""

import asyncio
import tracemalloc
from uuid import UUID

import pytest

from services.training.service import taking_over
from services.training.sheets.tests.files import LINE
from services.training.tests.factories import Team
from services.training.tests.sending import (
    NAMED,
    YESTERDAY,
    apply,
    count,
    pass_time,
    planned,
    problem,
    ready,
    sessions,
    stored,
    work_of,
)


async def test_a_long_sheet_is_promised_and_then_taken_over_in_its_turn(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "AT_ONCE", 10)
    lines = [
        LINE.replace("02", f"{number % 28 + 1:02}") + f"Person {number % 40}" * (number % 4 == 0)
        for number in range(4_500)
    ]
    lines = list(dict.fromkeys(lines)) + [LINE] * 4_400
    shown = await ready(team, *lines)
    answer = await apply(team, shown)
    assert (answer.status_code, answer.json()["status"]) == (202, "applying")
    assert answer.json()["progress"] == {"rows": 0, "of": len(lines)}
    path = f"/v1/imports/{shown['id']}"
    assert problem(await team.trainer.post(f"{path}/discard", match=answer.json()["version"])) == (409, "illegal-move")
    assert problem(await apply(team, await ready(team, *lines))) == (409, "already-imported")
    assert await count(team) == 0
    await pass_time(team)
    done = (await team.trainer.get(path)).json()
    assert (done["status"], done["progress"], done["refused"]) == ("applied", None, None)
    assert await count(team) == len(lines)
    assert await stored(team, "SELECT 1 FROM import_progress WHERE partnership_id = :p") == []
    who = await stored(team, "SELECT DISTINCT recorded_by FROM participations WHERE partnership_id = :p")
    asked = await stored(team, "SELECT asked_by FROM imports WHERE status = 'applied' AND partnership_id = :p")
    assert who == asked


async def test_whoever_looks_while_a_long_sheet_is_taken_over_sees_how_far_it_is_and_no_row_of_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "AT_ONCE", 10)
    shown = await ready(team, *[LINE] * 30_000)
    await apply(team, shown)
    turn, seen = asyncio.create_task(pass_time(team)), set[int]()
    while not turn.done():
        counted = await count(team)
        progress = (await team.trainer.get(f"/v1/imports/{shown['id']}")).json()["progress"]
        if progress is not None:
            seen.add(progress["rows"])
            assert counted == 0
    await turn
    assert 20_000 in seen
    assert await count(team) == 30_000


async def test_a_promise_that_cannot_be_kept_says_why_and_the_sheet_waits_again(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "AT_ONCE", 1)
    course = await team.course()
    there = await planned(team, course)
    shown = await ready(team, YESTERDAY, YESTERDAY)
    assert (await apply(team, shown, course)).status_code == 202
    await team.trainer.post(f"/v1/sessions/{there['id']}/cancel", {"reason_code": "weather"}, match=there["version"])
    await pass_time(team)
    waits = (await team.trainer.get(f"/v1/imports/{shown['id']}")).json()
    assert (waits["status"], waits["refused"]) == ("read", {"code": "session-cancelled", "rows": [2]})
    assert await count(team) == 0
    assert (await apply(team, waits)).status_code == 202
    await pass_time(team)
    assert (await team.trainer.get(f"/v1/imports/{shown['id']}")).json()["status"] == "applied"


async def test_a_worker_that_is_killed_leaves_nothing_and_the_next_one_does_all_of_it(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "AT_ONCE", 1)
    shown = await ready(team, NAMED, *[LINE] * 50)
    await apply(team, shown)
    parts = team.training.parts
    async with parts.worker.open(work_of(team)) as session:
        await taking_over.take_turn(session, parts, UUID(shown["id"]))
        # Its commit is never reached.
    assert (await count(team), await sessions(team)) == (0, [])
    await pass_time(team)
    await pass_time(team)
    assert (await count(team), len(await sessions(team))) == (51, 1)


async def test_twice_as_many_rows_are_written_in_the_same_memory(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking_over, "AT_ONCE", 1)
    peaks = []
    for rows in (20_000, 60_000):
        shown = await ready(team, *[LINE.replace("Keeping", f"{rows}")] * rows)
        await apply(team, shown)
        tracemalloc.start()
        await pass_time(team)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert await count(team) == 80_000
    assert peaks[1] < 1.3 * peaks[0]
