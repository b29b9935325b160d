"""Every list of referrals holds exactly what row policies show to whoever asks, in order, page by page."""

import random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.referral.tests.factories import Case, Family, Partnership
from services.referral.tests.people import allocation
from shared.auth import Role
from shared.db import Scope, Work
from shared.ids import new_id

STATUSES = (None, "draft", "submitted", "under_triage", "declined")


async def refer(here: Partnership, by: UUID, to: UUID, family: Family, kind: str, course: str) -> None:
    """A referral by that organisation to that one, taken to where its course ends."""
    system = here.as_(Role.PARTNER_SYSTEM, organisation=by)
    made = await system.post("/v1/referrals", here.referral_body(family, scheme=str(to), kind=kind))
    assert made.status_code == 201, made.text
    path = f"/v1/referrals/{made.json()['id']}"
    decider = here.as_(Role.VCS_MEMBER if kind == "advocacy" else Role.PROJECT_MANAGER, organisation=to)
    steps: dict[str, list[tuple[Any, str, Any]]] = {
        "draft": [],
        "submitted": [(system, "submit", {})],
        "under_triage": [(system, "submit", {}), (decider, "triage", {})],
        "declined": [(system, "submit", {}), (decider, "decline", {"reason_code": "no_capacity"})],
    }
    for version, (caller, verb, body) in enumerate(steps[course], start=1):
        answer = await caller.post(f"{path}/{verb}", body, match=version)
        assert answer.status_code == 200, answer.text


async def peopled(here: Partnership, chance: random.Random) -> tuple[list[UUID], UUID]:
    """(organisations, a worker of some families) of a partnership where everybody refers to everybody."""
    second, worker = new_id(), new_id()
    receivers = [here.scheme, second, here.partner]
    for number in range(6):
        family = await here.family()
        for _ in range(3):
            kind = chance.choice(["volunteer_support", "advocacy"])
            course = chance.choice([status for status in STATUSES if status])
            await refer(here, here.authority, chance.choice(receivers), family, kind, course)
        await refer(here, here.authority, second, family, "volunteer_support", "submitted")
        # A scheme that has the family refers it on: the authority sees a referral that it neither made nor got.
        await refer(here, second, here.partner, family, "advocacy", chance.choice(["draft", "submitted", "declined"]))
        if number % 2:
            case = Case(new_id(), family, 1, new_id())
            for organisation in (here.authority, here.partner):
                manager = here.as_(Role.LA_MANAGER, Role.VCS_MEMBER, organisation=organisation, person=new_id())
                await manager.post("/v1/allocations", allocation(case, worker))
    return [here.authority, *receivers, new_id()], worker


async def seen(here: Partnership, organisation: UUID, person: UUID, scope: Scope, where: str) -> list[str]:
    """What row policies alone show."""
    work = Work("referral", here.id, organisation, "test", scope, person)
    async with here.service.parts.app.open(work) as session:
        rows = await session.execute(text(f"SELECT id FROM referrals r WHERE {where} ORDER BY id DESC"))  # noqa: S608 - ours
        return [str(row.id) for row in rows]


async def listed(here: Partnership, role: Role, organisation: UUID, person: UUID, query: dict[str, Any]) -> list[str]:
    """The whole list, three at a time."""
    caller, found = here.as_(role, organisation=organisation, person=person), list[str]()
    asked: dict[str, Any] = {"limit": 3, **query}
    while True:
        answer = await caller.get("/v1/referrals", params=asked)
        assert answer.status_code == 200, answer.text
        found += [one["id"] for one in answer.json()["items"]]
        asked["cursor"] = answer.json()["next"]
        if asked["cursor"] is None:
            return found


async def test_every_list_is_what_row_policies_show_in_order_and_page_by_page(here: Partnership) -> None:
    organisations, worker = await peopled(here, random.Random(14))
    shown = 0
    for organisation in organisations:
        for role, scope in ((Role.SOCIAL_WORKER, "organisation"), (Role.ADVOCATE, "person")):
            for status in STATUSES:
                where = "true" if status is None else f"status = '{status}'"
                wanted = await seen(here, organisation, worker, scope, where)  # type: ignore[arg-type]  # of the tuple above
                query = {} if status is None else {"status": status}
                assert await listed(here, role, organisation, worker, query) == wanted, (organisation, role, status)
                shown += len(wanted)
            mine = f"r.family_id IN (SELECT family_id FROM allocations WHERE person_id = '{worker}')"  # noqa: S608 - ours
            wanted = await seen(here, organisation, worker, scope, mine)  # type: ignore[arg-type]  # as above
            assert await listed(here, role, organisation, worker, {"mine": "true"}) == wanted, (organisation, role)
            shown += len(wanted)
    assert shown > 100


async def test_a_referral_knows_the_authority_that_registered_its_family(here: Partnership) -> None:
    family = await here.family()
    await refer(here, here.authority, here.scheme, family, "volunteer_support", "submitted")
    await refer(here, here.scheme, here.partner, family, "advocacy", "submitted")
    work = Work("referral", here.id, here.authority, "test", "organisation")
    async with here.service.parts.app.open(work) as session:
        rows = (await session.execute(text("SELECT organisation_id, authority_id FROM referrals"))).all()
    assert {row.organisation_id for row in rows} == {here.authority, here.scheme}
    assert {row.authority_id for row in rows} == {here.authority}
