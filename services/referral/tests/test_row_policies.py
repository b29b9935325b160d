"""Row policies: with all of our own checks taken away, the database still hides what is not theirs."""

from uuid import UUID

import pytest

from services.referral.models import Base
from services.referral.tests.factories import RISK, Case, Partnership
from services.referral.tests.people import allocation, with_volunteer
from shared.db import Scope
from shared.events.matching import MatchIntroduced
from shared.ids import new_id
from shared.testing import Running

TABLES = sorted(Base.metadata.tables)


async def fill_every_table(here: Partnership) -> Case:
    """A partnership with at least one row in each table."""
    person = new_id()
    case, about = await with_volunteer(here, person)
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    await here.coordinator.post(f"{case.path}/risk-changes", {"reasons": ["dog"]})
    await here.coordinator.post(f"{case.path}/risk-assessments", RISK)
    await here.coordinator.post("/v1/allocations", allocation(case, new_id(), role="coordinator"))
    await here.coordinator.post("/v1/concerns", {"text": "x", "family": str(case.family.id)})
    await here.system.post(
        f"/v1/families/{case.family.id}/members",
        {"role": "child", "details": {"role": "child", "given_name": "Idil", "la_child_id": str(new_id())}},
    )
    return case


@pytest.mark.parametrize("table", TABLES)
async def test_row_policies_are_forced_on_every_table(here: Partnership, table: str) -> None:
    async with here.service.parts.app.engine.connect() as connection:
        flags = await connection.exec_driver_sql(
            "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = $1", (table,)
        )
        assert flags.scalar_one() is True
        count = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of our own
        assert count.scalar_one() == 0, "without a tenant nothing is seen"


async def counts(here: Partnership, scope: Scope, organisation: UUID, person: UUID | None) -> dict[str, int]:
    found = {}
    async with here.service.parts.app.open(here.work(scope, organisation, person)) as session:
        connection = await session.connection()
        for table in TABLES:
            row = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of our own
            found[table] = int(row.scalar_one())
    return found


OF_THE_WHOLE_PARTNERSHIP = {"partnership_parties"}


async def test_without_our_own_checks_the_database_still_hides_what_is_not_theirs(
    here: Partnership, service: Running
) -> None:
    await fill_every_table(here)
    everything = await counts(here, "service", new_id(), None)
    not_made_here = {"assessment_visits", "ending_facts", "ending_exceptions"}
    assert {table for table, count in everything.items() if count == 0} == not_made_here
    stranger = await counts(here, "organisation", new_id(), new_id())
    assert {table for table, count in stranger.items() if count} == OF_THE_WHOLE_PARTNERSHIP
    scheme = await counts(here, "organisation", here.scheme, new_id())
    assert scheme["concerns"] == 0
    assert scheme["referrals"] == 1
    nobody = await counts(here, "person", here.scheme, new_id())
    assert {table for table, count in nobody.items() if count} == OF_THE_WHOLE_PARTNERSHIP
    elsewhere = await counts(Partnership(service), "service", here.authority, None)
    assert not any(elsewhere.values())


async def test_without_our_own_checks_a_volunteer_still_reaches_family_and_plan_only(here: Partnership) -> None:
    person = new_id()
    _, about = await with_volunteer(here, person)
    await here.tell(MatchIntroduced(**about, volunteer_person=person))
    seen = await counts(here, "person", here.scheme, person)
    assert {table for table, count in seen.items() if count} == OF_THE_WHOLE_PARTNERSHIP | {
        *("families", "memberships", "persons", "involvement_plans", "plan_tasks", "plan_signatories")
    }
    assert seen["plan_signatories"] == 1


@pytest.mark.parametrize(
    "table", ["risk_assessments", "risk_changes", "assessment_visits", "plan_signatures", "status_history"]
)
async def test_what_was_recorded_cannot_be_changed_by_the_app(here: Partnership, table: str) -> None:
    async with here.service.parts.app.engine.connect() as connection:
        allowed = await connection.exec_driver_sql(
            "SELECT has_table_privilege(current_user, $1, 'UPDATE') OR has_table_privilege(current_user, $1, 'DELETE')",
            (table,),
        )
        assert allowed.scalar_one() is False
