"""What a volunteer sees, and what nobody of another partnership or organisation does; past the application too."""

from uuid import UUID

import pytest

from services.matching.tests.bodies import Helper, good, refused
from services.matching.tests.factories import KnownCases, Place
from shared.auth import Role
from shared.ids import new_id
from shared.testing import Running

TABLES = [
    "volunteers", "volunteer_training", "volunteer_clearances", "volunteer_checks", "volunteer_conflicts",
    "supervisions", "referral_facts", "agreed_plans", "match_requests", "proposals", "matches", "match_agreements",
    "visits", "contacts", "child_not_seen",
]  # fmt: skip
STAFF_ONLY = {"volunteer_conflicts", "supervisions", "proposals", "child_not_seen"}


async def filled(here: Place) -> tuple[Helper, str]:
    """A partnership with something in every table."""
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    body = {"family": str(new_id()), "kind": "known_to_family"}
    good(await here.coordinator.post(f"/v1/volunteers/{helper.id}/conflicts", body))
    await here.contact(family, match)
    supervision = {"volunteer": helper.id, "held_on": "2026-01-01", "notes": "All well."}
    good(await here.coordinator.post("/v1/supervisions", supervision))
    await here.as_worker(
        "INSERT INTO child_not_seen SELECT $1, partnership_id, family_id, referral_id, $1, id, starts_at FROM visits",
        new_id(),
    )
    return helper, match


async def counted(here: Place, table: str, **settings: str) -> int:
    rows = await here.as_app(settings, f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of our own list
    return int(rows[0][0])


async def test_the_tables_show_a_volunteer_their_own_match_and_nobody_another_s(here: Place) -> None:
    helper, _ = await filled(here)
    mine = {"scope": "person", "person": str(helper.person), "organisation": str(here.scheme)}
    stranger = mine | {"person": str(new_id())}
    for table in TABLES:
        own = await counted(here, table, **mine)
        assert (own == 0) == (table in STAFF_ONLY), table
        assert await counted(here, table, **stranger) == 0, table


async def test_the_tables_show_staff_the_cases_of_their_organisation_only(here: Place) -> None:
    await filled(here)
    staff = {"scope": "organisation", "person": str(new_id()), "organisation": str(here.scheme)}
    elsewhere = staff | {"organisation": str(new_id())}
    cases = TABLES[TABLES.index("referral_facts") :]
    for table in TABLES:
        assert await counted(here, table, **staff) > 0, table
    for table in cases:
        assert await counted(here, table, **elsewhere) == 0, table


async def test_the_tables_show_nothing_to_another_partnership_or_without_one(here: Place) -> None:
    await filled(here)
    for table in TABLES:
        for partnership in (str(new_id()), ""):
            settings = {"scope": "service", "organisation": str(here.scheme), "partnership": partnership}
            assert await counted(here, table, **settings) == 0, table


@pytest.mark.parametrize("status", ["paused", "ended"])
async def test_a_match_at_rest_is_gone_from_the_tables_for_its_volunteer(here: Place, status: str) -> None:
    helper, match = await filled(here)
    mine = {"scope": "person", "person": str(helper.person), "organisation": str(here.scheme)}
    await here.as_worker("UPDATE matches SET status = $1 WHERE id = $2", status, UUID(match))
    for table in ("matches", "visits", "contacts", "match_requests", "match_agreements", "agreed_plans"):
        assert await counted(here, table, **mine) == 0, table


async def test_a_suspended_volunteer_sees_nothing_at_once(here: Place) -> None:
    helper, match = await filled(here)
    await here.as_worker("UPDATE volunteers SET status = 'suspended' WHERE id = $1", UUID(helper.id))
    volunteer = here.as_volunteer(helper)
    refused(await volunteer.get(f"/v1/matches/{match}"), 404, "not-found")
    assert (await volunteer.get("/v1/matches")).json()["items"] == []


async def test_before_the_introduction_a_volunteer_sees_area_ages_and_tasks_and_nobody_s_ids(here: Place) -> None:
    family, helper = await here.family(outcode="SS9"), await here.volunteer()
    match = await here.agreed(family, helper)
    answer = await here.as_volunteer(helper).get(f"/v1/matches/{match}")
    shown = good(answer)
    assert (shown["area"], shown["ages"]) == ("SS", [9, 4])
    assert "SS9" not in answer.text
    hidden = [family.id, family.referral, *family.children]
    assert not any(str(one) in answer.text for one in hidden)
    listed = await here.as_volunteer(helper).get("/v1/matches")
    assert listed.json()["items"][0]["id"] == match
    assert not any(str(one) in listed.text for one in hidden)
    for path in ("visits", "contacts"):
        refused(await here.as_volunteer(helper).get(f"/v1/matches/{match}/{path}"), 404, "not-found")


async def test_from_the_introduction_a_volunteer_knows_the_family(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.introduced(family, helper)
    shown = good(await here.as_volunteer(helper).get(f"/v1/matches/{match}"))
    assert (shown["family"], shown["referral"]) == (str(family.id), str(family.referral))
    assert shown["volunteer_name"] is None


@pytest.mark.parametrize("step", ["pause", "end"])
async def test_when_a_match_rests_or_ends_its_volunteer_sees_nothing_of_it(here: Place, step: str) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    contact = await here.contact(family, match)
    volunteer = here.as_volunteer(helper)
    good(await volunteer.get(f"/v1/matches/{match}/contacts/{contact['id']}"))
    good(await here.move(match, step, {"reason_code": "family_asked"}))
    for path in ("", "/visits", "/contacts", f"/contacts/{contact['id']}", f"/visits/{contact['visit']}"):
        refused(await volunteer.get(f"/v1/matches/{match}{path}"), 404, "not-found")
    assert (await volunteer.get("/v1/matches")).json()["items"] == []
    if step == "pause":
        good(await here.move(match, "resume"))
        good(await volunteer.get(f"/v1/matches/{match}"))


async def test_a_volunteer_who_refused_sees_the_answer_and_then_nothing(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.proposed(family, helper)
    body = {"party": "volunteer", "answer": "refused", "reason_code": "too_far"}
    answer = await here.as_volunteer(helper).post(f"/v1/matches/{match}/agreements", body)
    assert good(answer)["status"] == "cancelled"
    assert good(answer)["area"] is None
    refused(await here.as_volunteer(helper).get(f"/v1/matches/{match}"), 404, "not-found")


async def test_a_volunteer_s_answer_is_replayed_under_its_key(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    path = f"/v1/matches/{await here.proposed(family, helper)}/agreements"
    body, key = {"party": "volunteer", "answer": "agreed"}, {"Idempotency-Key": "once"}
    first = await here.as_volunteer(helper).post(path, body, headers=key)
    again = await here.as_volunteer(helper).post(path, body, headers=key)
    assert good(again) == good(first)
    assert again.headers["idempotency-replayed"] == "true"


async def test_a_volunteer_sees_only_their_own_record(here: Place) -> None:
    helper, other = await here.volunteer(), await here.volunteer()
    volunteer = here.as_volunteer(helper)
    shown = good(await volunteer.get(f"/v1/volunteers/{helper.id}"))
    assert shown["birth_date"] == "1980-02-29"
    refused(await volunteer.get(f"/v1/volunteers/{other.id}"), 404, "not-found")
    assert [one["id"] for one in (await volunteer.get("/v1/volunteers")).json()["items"]] == [helper.id]


async def test_another_partnership_finds_nothing(here: Place, service: Running) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    contact = await here.contact(family, match)
    elsewhere = Place(service, KnownCases())
    stranger = elsewhere.caller(Role.COORDINATOR, Role.PROJECT_MANAGER, organisation=here.scheme)
    for path in (
        f"volunteers/{helper.id}", f"volunteers/{helper.id}/checks", f"match-requests/{family.request}",
        f"matches/{match}", f"matches/{match}/history", f"matches/{match}/agreements", f"matches/{match}/visits",
        f"matches/{match}/contacts", f"matches/{match}/contacts/{contact['id']}", f"matches/{match}/contacts/verify",
    ):  # fmt: skip
        refused(await stranger.get(f"/v1/{path}"), 404, "not-found")
    for path in ("volunteers", "match-requests", "matches", "supervisions", "matches/contacts-overdue"):
        assert (await stranger.get(f"/v1/{path}")).json()["items"] == []
    refused(await stranger.post(f"/v1/match-requests/{family.request}/proposals"), 404, "not-found")
    refused(await stranger.post(f"/v1/matches/{match}/end", {"reason_code": "other"}, match=1), 404, "not-found")


async def test_the_authority_reads_the_match_and_its_records(here: Place) -> None:
    family, helper = await here.family(), await here.volunteer()
    match = await here.active(family, helper)
    contact = await here.contact(family, match)
    system = here.caller(Role.PARTNER_SYSTEM, organisation=here.authority)
    assert good(await system.get(f"/v1/matches/{match}"))["volunteer_name"] == "Amina Okoro"
    good(await system.get(f"/v1/matches/{match}/contacts/{contact['id']}"))
    good(await system.get(f"/v1/matches/{match}/visits/{contact['visit']}"))
