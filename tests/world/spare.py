"""What is done to a family and a volunteer whom no later step needs: changed, restricted, erased, suspended, gone."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from deploy.local.acts import referrals, volunteers
from deploy.local.acts.households import Family
from deploy.local.client import Caller
from deploy.local.journey.story import Story
from shared.ids import new_id

_POLL_SECONDS: Final = 0.1
_MANY_CAME: Final = "2026-01-05"
_POLLS: Final = 600
_HEADER: Final = "session_date,session_title,organisation,ethnicity,gender,language"
_DESCRIPTION = {"skills": ["gardening"], "languages": ["en", "fr"], "capacity": 2, "visits_a_week": 1}


async def play(story: Story) -> None:
    await a_family(story)
    await an_allocation(story)
    await a_volunteer(story)
    await an_allegation(story)
    await an_induction(story)
    await a_session(story)
    await some_places(story)
    await a_suggestion(story)
    await a_round(story)
    await who_came(story)
    await a_sheet(story)
    await a_release(story)
    await figures(story)


async def a_family(story: Story) -> None:
    """Signposted, restricted and open again; one member is added, one dies, one is erased."""
    cast, system = story.cast, story.cast.la_system
    household = replace(story.household, reference=f"{story.household.reference}-e", children=1)
    family = await referrals.register(system, household)
    at = f"/v1/families/{family.id}"
    referral = (
        await system.post(
            "/v1/referrals", referrals.referral_body(family, cast.scheme, story.days, cast.id_of("social_worker"))
        )
    ).id
    path = f"/v1/referrals/{referral}"
    await system.move(f"{path}/submit")
    await cast.project_manager.move(f"{path}/triage")
    await system.post(f"{path}/risk-changes", {"reasons": ["new_incident"], "description": "Somebody moved in."})
    await cast.project_manager.move(f"{path}/signpost", {"reason_code": "other_service"})
    await system.post(f"{at}/changes", {"person": str(family.parent), "details": {"phone": "01702 960999"}})
    details = {"role": "other_adult", "given_name": "Olaf", "family_name": "Other"}
    added = await system.post(f"{at}/members", {"role": "other_adult", "details": details})
    await story.heard("family.changed", family=str(family.id))
    await _die(story, family)
    mine = {"family": str(family.id), "person": str(cast.id_of("la_manager")), "role": "la_manager"}
    await cast.la_manager.post("/v1/allocations", mine)
    for restricted in (True, False):
        await cast.la_manager.post(f"{at}/restriction", {"restricted": restricted, "reason_code": "worker_known"})
    await cast.home.callers["dpo"].post(f"{at}/members/{added['person']}/erase", {"reason_code": "request"})


async def _die(story: Story, family: Family) -> None:
    at = f"/v1/plan-timelines/{family.children[0]}"
    await story.cast.lead_practitioner.move(f"{at}/death", {"died_on": story.day(20).isoformat()})


async def an_allocation(story: Story) -> None:
    """Somebody is allocated to the family for a while; an advocate stays with it."""
    manager = story.cast.la_manager
    body = {"family": str(story.family.id), "person": str(story.cast.id_of("social_worker")), "role": "social_worker"}
    allocation = (await manager.post("/v1/allocations", body)).id
    await manager.move(f"/v1/allocations/{allocation}/end", {"reason_code": "moved"})
    advocate = {"family": str(story.family.id), "person": str(story.cast.id_of("advocate")), "role": "advocate"}
    await manager.post("/v1/allocations", advocate)


async def a_volunteer(story: Story) -> None:
    """Takes a break, comes back, is suspended and reinstated, and leaves."""
    cast, coordinator = story.cast, story.cast.coordinator
    number = story.household.number + 6
    body = volunteers.volunteer_body(number, story.today, organisation=str(cast.scheme))
    volunteer = (await coordinator.post("/v1/volunteers", body)).id
    at = f"/v1/volunteers/{volunteer}"
    await coordinator.move(f"{at}/profile", _DESCRIPTION)
    application = {"role": "lone_home_visitor", "frequency": "weekly_or_more", "lived_abroad": True}
    await coordinator.move(f"{at}/apply", application)
    induction = (await cast.trainer.post("/v1/inductions", {"volunteer": volunteer})).id
    await volunteers.attend(cast.trainer, induction, story.inductions)
    await cast.trainer.move(f"/v1/inductions/{induction}/decision", {"decision": "qualified"})
    lately = (story.today - timedelta(days=20)).isoformat()
    await coordinator.post(f"{at}/overseas-check", {"checked_on": lately, "satisfactory": True})
    await volunteers.clear(coordinator, volunteer, cast.id_of("coordinator"), story.today)
    await story.feeds["scheme"].until("volunteer.cleared", volunteer=volunteer)
    conflict = {"family": str(story.family.id), "kind": "known_to_family"}
    await coordinator.post(f"{at}/conflicts", conflict)
    await coordinator.move(f"{at}/break", {"reason_code": "personal"})
    await coordinator.move(f"{at}/return")
    await coordinator.move(f"{at}/suspend", {"reason_code": "concern"})
    await cast.project_manager.move(f"{at}/reinstate", {"reason_code": "cleared"})
    await coordinator.move(f"{at}/leave", {"reason_code": "moved"})


async def an_allegation(story: Story) -> None:
    """One is opened against somebody who enquired, the steps are taken, and nothing was in it."""
    cast, manager = story.cast, story.cast.project_manager
    number = story.household.number + 8
    body = volunteers.volunteer_body(number, story.today, organisation=str(cast.scheme))
    volunteer = (await cast.coordinator.post("/v1/volunteers", body)).id
    alleged = {"volunteer": volunteer, "nature": "conduct_elsewhere", "description": "Somebody said so."}
    at = f"/v1/allegations/{(await manager.post('/v1/allegations', alleged)).id}"
    await cast.la_manager.post(f"{at}/steps", {"kind": "lado_told", "note": "By telephone."})
    await manager.move(f"{at}/decide", {"outcome": "unfounded", "reasons": "It was somebody else."})
    await manager.get("/v1/allegations")


async def an_induction(story: Story) -> None:
    """Rests while the volunteer is suspended, and goes on."""
    cast, coordinator = story.cast, story.cast.coordinator
    body = volunteers.volunteer_body(story.household.number + 7, story.today, organisation=str(cast.scheme))
    volunteer = (await coordinator.post("/v1/volunteers", body)).id
    at = f"/v1/volunteers/{volunteer}"
    await coordinator.move(f"{at}/apply", {"role": "group_helper", "frequency": "occasional"})
    induction = (await cast.trainer.post("/v1/inductions", {"volunteer": volunteer})).id
    await coordinator.move(f"{at}/suspend", {"reason_code": "concern"})
    path = f"/v1/inductions/{induction}"
    for _ in range(_POLLS):
        if (await coordinator.get(path))["status"] == "on_hold":
            break
        await asyncio.sleep(_POLL_SECONDS)
    await coordinator.move(f"{path}/resume")


async def a_session(story: Story) -> None:
    """One is planned anew and held, another is called off."""
    trainer, days = story.cast.trainer, story.days
    plan = {
        "title": "One more day",
        "place": {"kind": "online"},
        "starts_at": days.at(10),
        "ends_at": days.at(10, 12),
        "capacity": 12,
        "trainers": [str(story.cast.id_of("trainer"))],
    }
    for last in ("hold", "cancel"):
        session = (await trainer.post("/v1/sessions", plan | {"course": str(story.inductions.course)})).id
        await trainer.move(f"/v1/sessions/{session}/replan", plan | {"capacity": 14})
        await trainer.move(f"/v1/sessions/{session}/{last}", {"reason_code": "weather"} if last == "cancel" else None)


async def some_places(story: Story) -> None:
    """Somebody gives a place back, and some of a group who waited have it."""
    trainer, begins = story.cast.trainer, datetime.now(UTC) + timedelta(days=30)
    plan = {
        "course": str(story.inductions.course),
        "title": "A day to come",
        "place": {"kind": "online"},
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(hours=2)).isoformat(),
        "capacity": 2,
        "trainers": [str(story.cast.id_of("trainer"))],
    }
    plan |= {"public": True, "how_to_book": "Ask the town's training desk."}
    at = f"/v1/sessions/{(await trainer.post('/v1/sessions', plan)).id}/bookings"
    await trainer.get("/v1/public/sessions")
    one = (await trainer.post(at, {"organisation": "A community group", "name": "Amina Yusuf"})).id
    await trainer.post(at, {"organisation": "A community group", "places": 2})
    await trainer.move(f"{at}/{one}/cancel", {"reason_code": "not_coming"})


async def a_suggestion(story: Story) -> None:
    """What participants suggest is taken up."""
    trainer, course = story.cast.trainer, str(story.inductions.course)
    body = {"about": "course", "about_id": course, "voice": "participants", "content": "Once more in the evening."}
    made = (await trainer.post("/v1/suggestions", body)).id
    answer = {"decision": "taken_up", "answer": "From the next round on."}
    await trainer.move(f"/v1/suggestions/{made}/answer", answer)


async def a_round(story: Story) -> None:
    """One is played to its end, another is called off."""
    trainer = story.cast.trainer
    programme = (await trainer.post("/v1/programmes", {"title": "Protecting children together"})).id
    days = {"from": story.day(20).isoformat(), "to": story.day(30).isoformat()}
    body = {"programme": programme, "title": "One more round", "funders": ["council"], **days}
    at = f"/v1/rounds/{(await trainer.post('/v1/rounds', body)).id}"
    await trainer.move(f"{at}/open")
    amount = {"kind": "received", "category": "grant", "amount": "5709.00", "day": story.day(20).isoformat()}
    await trainer.post(f"{at}/budget-lines", amount)
    await trainer.move(f"{at}/close")
    await trainer.get(f"{at}/costs")
    await trainer.get(f"/v1/training-reports?by=gender&from={story.day(20)}&until={story.day(30)}")
    other = (await trainer.post("/v1/rounds", body)).id
    await trainer.move(f"/v1/rounds/{other}/cancel", {"reason_code": "no_funding"})


async def who_came(story: Story) -> None:
    """People are recorded at a session, one by mistake; it is closed, and their words are given a code."""
    trainer, days = story.cast.trainer, story.days
    plan = {
        "title": "An evening for the community",
        "place": {"kind": "venue", "name": "Town hall", "outcode": "SS2"},
        "starts_at": days.at(11),
        "ends_at": days.at(11, 12),
        "capacity": 1,
        "trainers": [str(story.cast.id_of("trainer"))],
        "parts": 2,
        "delivery_partners": ["A community group"],
        "languages": ["en", "so"],
        "interpreters": ["ar"],
        "topics": ["Safer sleeping"],
        "learning_outcomes": ["Whom to tell"],
        "materials": ["A leaflet"],
    }
    at = f"/v1/sessions/{(await trainer.post('/v1/sessions', plan | {'course': str(story.inductions.course)})).id}"
    told = {"organisation": "A community group", "ethnicity": "Somali", "gender": "Woman", "language": "Somali"}
    people = [told | {"name": "Amina Example", "outcode": "SS2", "parts": [1]}, told, told]
    recorded = await trainer.post(f"{at}/participations", {"participants": people})
    mistake = recorded["items"][-1]["id"]
    await trainer.post(f"/v1/participations/{mistake}/withdraw", {"reason_code": "entered_twice"})
    await trainer.get(f"{at}/participations")
    await trainer.move(f"{at}/close", {"over_capacity_reason": "came_as_a_group"})
    bearer = {"Authorization": f"Bearer {await trainer.token()}"}
    certificate = f"/v1/participations/{recorded['items'][0]['id']}/certificate"
    (await trainer.gateway.http.get(certificate, headers=bearer)).raise_for_status()
    attendee, manager = f"/v1/attendees/{recorded['items'][0]['attendee']}", story.cast.project_manager
    await manager.get(attendee)
    await manager.post(f"{attendee}/hold", {"reason_code": "complaint"})
    await manager.post(f"{attendee}/end-hold")
    await manager.post(f"{attendee}/erase", {"reason_code": "person_asked"})
    label = (await trainer.get("/v1/labels", kind="ethnicity"))["items"][0]
    path = f"/v1/labels/{label['id']}/code"
    trainer.gateway.etags[path] = f'"{label["version"]}"'
    await trainer.change("PUT", path, {"code": "black_african"})


async def a_sheet(story: Story) -> None:
    """A sheet with a wrong row stays for whoever looks at it; another one is discarded; a third one is taken over."""
    trainer = story.cast.trainer
    await _send(story, "never")
    discarded, taken = await _send(story, story.day(20).isoformat()), await _send(story, _MANY_CAME, people=8)
    await trainer.move(f"/v1/imports/{discarded}/discard")
    said = {"ethnicity": ("Somali", "black_african"), "gender": ("Female", "female")}
    codes = [{"column": column, "label": label, "code": code} for column, (label, code) in said.items()]
    path, headers = f"/v1/imports/{taken}", {"Authorization": f"Bearer {await trainer.token()}"}
    answer = await trainer.gateway.http.put(f"{path}/codes", json={"codes": codes}, headers=headers)
    answer.raise_for_status()
    await trainer.move(f"{path}/apply", {"course": str(story.inductions.course)})
    label = next(one for one in (await trainer.get("/v1/labels", kind="language"))["items"])
    path, headers = f"/v1/labels/{label['id']}/code", headers | {"If-Match": "*"}
    (await trainer.gateway.http.put(path, json={"code": "so"}, headers=headers)).raise_for_status()


async def _send(story: Story, day: str, people: int = 1) -> str:
    trainer = story.cast.trainer
    headers = {
        "Authorization": f"Bearer {await trainer.token()}",
        "Idempotency-Key": str(new_id()),
        "Content-Type": "text/csv",
    }
    row = f"{day},One more day {new_id()},A community group,Somali,Female,Somali\n"
    content = f"{_HEADER}\n{row * people}".encode()
    answer = await trainer.gateway.http.post("/v1/imports", content=content, headers=headers)
    answer.raise_for_status()
    return str(answer.json()["id"])


async def a_release(story: Story) -> None:
    """One of days on which nobody came is refused; one of a day on which many came is published, and withdrawn."""
    manager = story.cast.project_manager
    await _audited(manager, "2015-01-01", "refused")
    at = await _audited(manager, _MANY_CAME, "audited")
    await manager.move(f"{at}/publish")
    await manager.get("/v1/releases")
    await manager.get("/v1/public/releases")
    await manager.get(f"/v1/public/releases/{at.rpartition('/')[2]}")
    await manager.move(f"{at}/withdraw")


async def _audited(manager: Caller, day: str, ends: str) -> str:
    body = {"title": "What came of one more round", "tables": [{"by": "gender"}], "from": day, "until": day}
    at = f"/v1/releases/{(await manager.post('/v1/releases', body)).id}"
    await manager.move(f"{at}/audit")
    for _ in range(_POLLS):
        if (await manager.get(at))["status"] == ends:
            break
        await asyncio.sleep(_POLL_SECONDS)
    return at


async def figures(story: Story) -> None:
    """What the reports of cost and impact are given from outside."""
    manager = story.cast.project_manager
    figure = {"code": "scale_areas", "year": story.today.year, "value": 7, "source": "The council's annual report"}
    await manager.post("/v1/reports/area-figures", figure)
    cost = {"code": "service", "amount": "120000.00", "families": 40, "source": "The scheme's accounts"}
    await manager.post("/v1/reports/cost-inputs", cost)
