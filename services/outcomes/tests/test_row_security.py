"""The database itself refuses another tenant's rows, and cases that are not shown, with our own checks away."""

from uuid import UUID

from services.outcomes.models import Base
from services.outcomes.tests.factories import Partnership, day, evaluation, star
from shared.auth import Role
from shared.db import Scope, Work
from shared.ids import new_id

OF_THE_PARTNERSHIP = {"tallies", "tally_lines", "tally_ends", "area_figures", "cost_inputs"}


async def fill(area: Partnership) -> None:
    """At least one row in every table."""
    family = await area.referred(2, received=300)
    child = family.children[0]
    needs = [{"code": "home"}]
    first = (await area.plan(child, "cin", 200, needs=needs, actions=[{"code": "visit"}])).json()
    await area.worker.post(f"/v1/plan-timelines/{child}/plans/{first['id']}/reviews", {"held_on": day(150)})
    await area.move(first, "end", ended_on=day(100))
    why = [{"code": "same-type-same-day", "reason": "meant"}]
    await area.plan(child, "cin", 100, queries_accepted=why)
    await area.worker.post(f"/v1/plan-timelines/{child}/episodes", {"referral_date": day(400)})
    await area.stage(child, 3, 200)
    await area.stage(child, 2, 90)
    await area.manager.post("/v1/readings", star(family))
    await area.manager.post("/v1/evaluations", evaluation(family))
    manager = area.as_(Role.LA_MANAGER)
    of = {"source": "yearly return"}
    await manager.post("/v1/reports/area-figures", of | {"code": "scale_areas", "year": 2010, "value": 4})
    await manager.post("/v1/reports/cost-inputs", of | {"code": "savings", "amount": "1", "families": 1})


async def seen(area: Partnership, partnership: UUID, organisation: UUID, scope: Scope = "organisation") -> set[str]:
    """The tables of which the app role sees any row."""
    work = Work("outcomes", partnership, organisation, "test", scope, person=new_id())
    async with area.outcomes.parts.app.open(work) as session:
        return {table.name for table in Base.metadata.sorted_tables if (await session.execute(table.select())).first()}


async def test_each_table_shows_its_rows_only_to_whom_it_may(area: Partnership) -> None:
    await fill(area)
    everything = {table.name for table in Base.metadata.sorted_tables}
    assert await seen(area, area.id, area.la) == everything
    assert await seen(area, area.id, new_id(), "service") == everything
    assert await seen(area, area.id, area.stranger) == OF_THE_PARTNERSHIP
    assert await seen(area, area.id, area.la, "person") == OF_THE_PARTNERSHIP
    assert await seen(area, new_id(), area.la) == set()
    assert await seen(area, new_id(), area.la, "service") == set()
