"""Submissions that meet: what was read ahead is written only while it is so, and whoever is overtaken decides anew."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import httpx
import pytest_asyncio

from services.referral.tests.factories import Case, Partnership, problem
from services.referral.tests.people import allocation
from shared.direct import Direct
from shared.ids import new_id

Meanwhile = Callable[[], Awaitable[Any]]


async def submitted(here: Partnership, case: Case, key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or str(new_id())}
    return await here.system.post(f"{case.path}/submit", {}, match=1, headers=headers)


@contextmanager
def before_writing(*meanwhile: Meanwhile) -> Iterator[list[bool]]:
    """The first requests that have read and decided wait for these, one each; (was it read ahead) of all that write."""
    waiting, ends, ending = list(meanwhile), list[bool](), Direct.end_with

    async def end_with(session: Direct, query: str, values: Any) -> None:
        ends.append(bool(session.entering))
        if waiting:
            await waiting.pop(0)()
        await ending(session, query, values)

    with mock.patch.object(Direct, "end_with", end_with):
        yield ends


def all_at_once(count: int) -> list[Meanwhile]:
    """Nobody writes before so many have read and decided."""
    return [asyncio.Barrier(count).wait] * count


async def revisions(here: Partnership, case: Case) -> list[int]:
    """Those of the case's list that were told, in their order."""
    told = await here.told("case-access.changed")
    return [one["revision"] for one in told if one["family"] == str(case.family.id)]


async def once(here: Partnership, case: Case) -> None:
    """Exactly one submission of it has left its rows."""
    told = await here.told("referral.submitted")
    assert [one["referral"] for one in told].count(str(case.id)) == 1
    assert await revisions(here, case) == [1, 2]
    history = (await here.project_manager.get(f"{case.path}/history")).json()
    assert [one["to_status"] for one in history] == ["draft", "submitted"]


@pytest_asyncio.fixture
async def case(here: Partnership) -> Case:
    """A draft in a partnership whose scheme is known: the first submission notes it, and so does not read ahead."""
    await here.submitted()
    return await here.draft()


async def test_of_two_at_once_with_keys_of_their_own_one_is_refused(here: Partnership, case: Case) -> None:
    with before_writing(*all_at_once(2)) as ends:
        answers = await asyncio.gather(*(submitted(here, case) for _ in range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert ends[:2] == [True, True]
    await once(here, case)


async def test_many_at_once_with_one_key_have_one_effect_and_one_answer(here: Partnership, case: Case) -> None:
    key = str(new_id())
    with before_writing(*all_at_once(5)):
        answers = await asyncio.gather(*(submitted(here, case, key) for _ in range(100)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert len({answer.content for answer in done}) == 1
    assert len([answer for answer in done if "idempotency-replayed" not in answer.headers]) == 1
    # Nobody is told that the referral has moved on: it was they who moved it.
    assert {problem(one.json()) for one in answers if one.status_code != 200} <= {"request-in-progress"}
    await once(here, case)
    assert (await submitted(here, case, key)).content == done[0].content


async def test_whoever_is_overtaken_by_their_own_retry_is_answered_as_it_was(here: Partnership, case: Case) -> None:
    key, faster = str(new_id()), list[httpx.Response]()

    async def meanwhile() -> None:
        faster.append(await submitted(here, case, key))

    with before_writing(meanwhile) as ends:
        answer = await submitted(here, case, key)
    assert (answer.status_code, answer.headers["idempotency-replayed"]) == (200, "true")
    assert answer.content == faster[0].content
    assert ends == [True, True]
    await once(here, case)


async def test_whoever_is_overtaken_by_another_draft_decides_anew(here: Partnership, case: Case) -> None:
    async def meanwhile() -> None:
        body = here.referral_body(case.family, reasons=["neglect", "poverty"])
        changed = await here.system.send("PUT", case.path, json=body, headers={"If-Match": '"1"'})
        assert changed.status_code == 200, changed.text

    with before_writing(meanwhile) as ends:
        answer = await submitted(here, case)
    assert (answer.status_code, ends) == (412, [True])
    assert (await here.system.get(case.path)).json()["status"] == "draft"


async def test_whoever_is_overtaken_by_another_change_of_the_case_lists_both(here: Partnership, case: Case) -> None:
    other = await here.draft(case.family, kind="advocacy", scheme=str(here.partner))

    async def meanwhile() -> None:
        assert (await submitted(here, other)).status_code == 200

    with before_writing(meanwhile) as ends:
        answer = await submitted(here, case)
    assert (answer.status_code, answer.json()["version"]) == (200, 2)
    # The overtaken one, the other one, and the overtaken one again, holding what it reads.
    assert ends == [True, True, False]
    assert await revisions(here, case) == [1, 2, 3]
    listed = {(here.authority, "la", None), (here.partner, "partner", None), (here.scheme, "scheme", None)}
    assert await here.grants(case.family.id) == listed
    assert len((await here.told("case-access.changed"))[-1]["grants"]) == 3


async def test_whoever_is_overtaken_by_a_change_that_leaves_the_list_as_it_is_decides_anew(
    here: Partnership, case: Case
) -> None:
    other, person = await here.submitted(case.family), new_id()
    later = await here.draft(case.family)

    async def meanwhile() -> None:
        # Nothing of the list: the scheme sees the case already.
        assert (await submitted(here, later)).status_code == 200

    with before_writing(meanwhile) as ends:
        answer = await submitted(here, case)
    assert (answer.status_code, ends) == (200, [True, True, False])
    found = (await here.project_manager.get(case.path)).json()
    assert found["earlier_referrals"] == 2
    done = await here.coordinator.post("/v1/allocations", allocation(other, person, role="coordinator"))
    assert done.status_code == 201
    assert (here.scheme, "scheme", person) in await here.grants(case.family.id)
