"""Who may see a case: the last word of the referral service holds, in whatever order its words arrive."""

import asyncio
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import case_access
from shared.events.referral import CaseAccessChanged, Grant
from shared.ids import new_id
from shared.tests.house import House

LA, SCHEME, PERSON = new_id(), new_id(), new_id()
LISTS = [
    (),
    (Grant(organisation=LA, part="la"),),
    (Grant(organisation=LA, part="la"), Grant(organisation=SCHEME, part="scheme")),
    (Grant(organisation=SCHEME, part="scheme"), Grant(organisation=SCHEME, part="scheme", person=PERSON)),
    (Grant(organisation=LA, part="la"), Grant(organisation=LA, part="la")),
]


async def told(house: House, family: UUID, revision: int) -> None:
    event = CaseAccessChanged(family=family, revision=revision, grants=LISTS[revision % len(LISTS)])
    async with house.spine.parts.worker.transaction(house.work("system")) as session:
        await case_access.on_case_access_changed(session, event)


async def known(house: House, family: UUID) -> set[Grant]:
    query = "SELECT organisation_id, part, person_id FROM case_access WHERE family_id = :family"
    rows = await house.rows(query, family=family)
    assert len(rows) == len(set(rows))
    return {Grant(organisation=row[0], part=row[1], person=row[2]) for row in rows}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(revisions=st.lists(st.integers(1, 9), min_size=1, max_size=6))
async def test_the_highest_revision_holds_whatever_comes_late_or_twice(house: House, revisions: list[int]) -> None:
    family = new_id()
    for revision in revisions:
        await told(house, family, revision)
    assert await known(house, family) == set(LISTS[max(revisions) % len(LISTS)])


async def test_two_words_at_once_leave_the_later_one(house: House) -> None:
    for _ in range(5):
        family = new_id()
        await asyncio.gather(*(told(house, family, revision) for revision in (7, 3, 6, 2)))
        assert await known(house, family) == set(LISTS[7 % len(LISTS)])


async def test_one_familys_list_leaves_another_familys_alone(house: House) -> None:
    one, other = new_id(), new_id()
    await told(house, one, 2)
    await told(house, other, 1)
    await told(house, other, 5)
    assert (await known(house, one), await known(house, other)) == (set(LISTS[2]), set())
