"""People who gave a name end: erased when somebody says so, or when they only booked, long ago; never on legal hold."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from services.training.migrations.versions.v0016_attendees_end import CLOCKS
from services.training.service import forgetting
from services.training.tests.attendance import attending, closed, listed, recorded, somebody, withdrawn
from services.training.tests.bookings import ask, asked, give_back, path_of, planned, statuses, told
from services.training.tests.factories import Team
from services.training.tests.sending import stored
from services.training.tests.test_attendance import audited
from services.training.tests.test_bookings import of_history
from shared import timekeeper
from shared.auth import Role
from shared.consumer import partnership_work
from shared.crypto import Subject
from shared.ids import new_id

AMINA, ZAHRA = somebody("Amina Yusuf"), somebody("Zahra Ali")
KEPT = timedelta(days=90)
MOMENT = timedelta(minutes=5)


async def tell(team: Team, attendee: str, verb: str, body: dict[str, str] | None = None) -> httpx.Response:
    return await team.caller(Role.DPO).post(f"/v1/attendees/{attendee}/{verb}", body)


async def erase(team: Team, attendee: str) -> int:
    return (await tell(team, attendee, "erase", {"reason_code": "person_asked"})).status_code


async def pass_days(team: Team, days: timedelta) -> None:
    while await timekeeper.raise_one(team.training.parts, team.training.handlers, datetime.now(UTC) + days):
        pass


async def kept(team: Team) -> dict[str, tuple[str, bool, bool]]:
    """Of each attendee the status, and whether name and fingerprint are there."""
    query = "SELECT id, status, name IS NOT NULL, fingerprint IS NOT NULL FROM attendees WHERE partnership_id = :p"
    return {str(one): (status, name, print_) for one, status, name, print_ in await stored(team, query)}


async def shown(team: Team, booking: dict[str, Any]) -> dict[str, Any]:
    return dict((await team.trainer.get(path_of(booking))).json())


async def test_who_is_erased_is_counted_as_before_and_known_by_nothing_any_more(team: Team) -> None:
    session = (await team.session())["id"]
    amina, _ = await recorded(team, session, AMINA, ZAHRA)
    await closed(team, session)
    days = f"from={datetime.now(UTC) - timedelta(9):%Y-%m-%d}&until={datetime.now(UTC):%Y-%m-%d}"
    report = f"/v1/training-reports?by=gender&people=true&{days}"
    before = (await team.trainer.get(report)).json()
    counted = await attending(team, session)
    at, dpo = f"/v1/attendees/{amina['attendee']}", team.caller(Role.DPO)
    looked = (await dpo.get(at)).json()
    assert (looked["status"], looked["name"]) == ("kept", "Amina Yusuf")
    assert await erase(team, amina["attendee"]) == 204
    looked = (await dpo.get(at)).json()
    assert (looked["status"], looked["name"]) == ("erased", None)
    assert (await kept(team))[amina["attendee"]] == ("erased", False, False)
    assert (team.partnership, Subject.person(UUID(amina["attendee"]))) in await team.training.parts.vault.destroyed()
    assert await attending(team, session) == counted
    after = (await team.trainer.get(report)).json()
    assert after == before
    assert after["people"] == {"distinct": 2, "named": 2, "anonymous": 0}
    assert [(one["name"], one["anonymous"]) for one in await listed(team, session)] == [
        (None, False),
        ("Zahra Ali", False),
    ]
    refused = await team.trainer.get(f"/v1/participations/{amina['id']}/certificate")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/name-erased")
    (again,) = await recorded(team, session, AMINA)
    assert again["attendee"] not in {None, amina["attendee"]}


async def test_whoever_is_erased_gives_their_place_back_to_who_waits(team: Team) -> None:
    session = await planned(team, capacity=1)
    amina = await asked(team, session, name="Amina Yusuf")
    waiting = await asked(team, session)
    assert await erase(team, amina["attendee"]) == 204
    assert await statuses(team, session) == ["cancelled", "booked"]
    assert [one["booking"] for one in await told(team, "circle.place.offered.v1")] == [waiting["id"]]
    assert (await shown(team, amina))["name"] is None


async def test_on_legal_hold_nobody_and_no_time_erases_a_name(team: Team) -> None:
    booking = await asked(team, await planned(team), name="Amina Yusuf")
    await give_back(team, booking)
    who = booking["attendee"]
    assert (await tell(team, who, "hold", {"reason_code": "investigation"})).status_code == 204
    refused = await tell(team, who, "erase", {"reason_code": "person_asked"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/on-legal-hold")
    await pass_days(team, KEPT + MOMENT)
    assert (await shown(team, booking))["name"] == "Amina Yusuf"
    assert (await tell(team, who, "end-hold")).status_code == 204
    await pass_days(team, KEPT + MOMENT)
    assert (await shown(team, booking))["name"] == "Amina Yusuf"
    await pass_days(team, 2 * KEPT + 2 * MOMENT)
    assert (await shown(team, booking))["name"] is None


async def test_who_looks_at_a_name_holds_it_and_erases_it_is_in_the_audit_and_what_became_of_it_in_its_history(
    team: Team,
) -> None:
    who = (await asked(team, await planned(team), name="Amina Yusuf"))["attendee"]
    noted = [await audited(team, who)]
    assert (await team.caller(Role.DPO).get(f"/v1/attendees/{who}")).status_code == 200
    noted.append(await audited(team, who))
    for verb, body in (("hold", {"reason_code": "complaint"}), ("end-hold", None)):
        assert (await tell(team, who, verb, body)).status_code == 204
        noted.append(await audited(team, who))
    assert await erase(team, who) == 204
    noted.append(await audited(team, who))
    assert noted == [noted[0] + more for more in range(5)]
    assert await of_history(team, who) == [
        ("kept", "held", "complaint"),
        ("held", "kept", None),
        ("kept", "erased", "person_asked"),
    ]


async def test_whoever_booked_and_never_came_is_erased_ninety_days_after_they_were_last_needed(team: Team) -> None:
    first, session = await planned(team), await planned(team, starts=timedelta(days=30))
    gone = await asked(team, first, name="Amina Yusuf")
    await give_back(team, gone)
    expected = await asked(team, session, name="Zahra Ali")
    await pass_days(team, KEPT - MOMENT)
    assert (await shown(team, gone))["name"] == "Amina Yusuf"
    await pass_days(team, KEPT + MOMENT)
    assert (await shown(team, gone))["name"] is None
    # Of whom it is not known whether they came, since their session lay ahead.
    assert (await shown(team, expected))["name"] == "Zahra Ali"
    await pass_days(team, KEPT + timedelta(days=30, hours=1))
    assert (await shown(team, expected))["name"] == "Zahra Ali"
    await pass_days(team, KEPT + timedelta(days=30, hours=3))
    assert (await shown(team, expected))["name"] is None


async def test_whoever_came_stays_and_whoever_was_entered_by_mistake_does_not(team: Team) -> None:
    booking = await asked(team, await planned(team), name="Amina Yusuf")
    await give_back(team, booking)
    session = (await team.session())["id"]
    amina, mistake = await recorded(team, session, AMINA, ZAHRA)
    assert amina["attendee"] == booking["attendee"]
    await withdrawn(team, mistake["id"])
    await pass_days(team, KEPT + MOMENT)
    found = await kept(team)
    assert found[amina["attendee"]] == ("kept", True, True)
    assert found[mistake["attendee"]] == ("erased", False, False)


async def test_only_who_answers_for_the_data_of_the_organisation_erases(team: Team) -> None:
    who = (await asked(team, await planned(team), name="Amina Yusuf"))["attendee"]
    body = {"reason_code": "person_asked"}
    assert (await team.trainer.post(f"/v1/attendees/{who}/erase", body)).status_code == 403
    assert await erase(team.colleague_elsewhere(), who) == 404
    assert await erase(Team(team.training), who) == 404
    assert await erase(team, str(new_id())) == 404
    assert (await team.caller(Role.PROJECT_MANAGER).post(f"/v1/attendees/{who}/erase", body)).status_code == 204
    refused = await tell(team, who, "erase", body)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-erased")
    assert (await tell(team, who, "hold", {"reason_code": "complaint"})).json()["type"] == "/problems/illegal-move"


async def test_who_moves_up_after_a_restore_is_told_to_the_organisation_whose_session_it_is(team: Team) -> None:
    session = await planned(team, capacity=1)
    booking = await asked(team, session, name="Amina Yusuf")
    await asked(team, session)
    parts = team.training.parts
    async with parts.worker.transaction(partnership_work(parts, team.partnership, "restore")) as opened:
        assert await forgetting.erase_again(opened, UUID(booking["attendee"]))
    kind = "headers->>'ce_type' = 'circle.place.offered.v1'"
    query = f"SELECT headers->>'ce_organisation' FROM outbox WHERE partnership_id = :p AND {kind}"  # noqa: S608 - ours
    assert [tuple(one) for one in await stored(team, query)] == [(str(team.organisation),)]


@pytest.mark.parametrize("known", [True, False])
async def test_a_restored_copy_forgets_again_whom_the_erasure_log_names(team: Team, known: bool) -> None:
    booking = await asked(team, await planned(team), name="Amina Yusuf")
    who = UUID(booking["attendee"]) if known else new_id()
    parts = team.training.parts
    for found in (known, False):
        async with parts.worker.transaction(partnership_work(parts, team.partnership, "restore")) as session:
            assert await forgetting.erase_again(session, who) is found
    assert (await shown(team, booking))["status"] == ("cancelled" if known else "booked")
    assert (await kept(team))[booking["attendee"]][2] is not known
    assert (await ask(team, booking["session"], name="Amina Yusuf")).status_code == (201 if known else 409)


async def test_whoever_had_booked_before_there_were_clocks_ends_too(team: Team, stack: Any) -> None:
    booking = await asked(team, await planned(team), name="Amina Yusuf")
    await give_back(team, booking)
    connection = await asyncpg.connect(stack.admin_dsn.rpartition("/")[0] + f"/{stack.database('training')}")
    await connection.execute("DELETE FROM clocks WHERE subject_id = $1", UUID(booking["attendee"]))
    for _ in range(2):
        await connection.execute(CLOCKS)
    await connection.close()
    await pass_days(team, KEPT - MOMENT)
    assert (await shown(team, booking))["name"] == "Amina Yusuf"
    await pass_days(team, KEPT + MOMENT)
    assert (await shown(team, booking))["name"] is None
