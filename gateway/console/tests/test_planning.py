"""Pages by which training is planned, without script: programmes, rounds with their money, sessions, suggestions."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from gateway.console.tests import training_team
from gateway.console.tests.conftest import Browser
from gateway.console.tests.team import Team
from gateway.identity.tests.platform import Platform
from shared.auth import Role
from shared.ids import new_id

HERE: Final = "/console/training"
AHEAD: Final = timedelta(days=10)
PLAN: Final = {
    "title": "An evening",
    "starts": "18:00",
    "ends": "20:00",
    "kind": "venue",
    "venue": "Town hall",
    "outcode": "nw1",
    "capacity": "2",
    "parts": "2",
    "public": "yes",
    "how_to_book": "training@example.org",
    "delivery_partners": "Victory Chapel, Another group",
    "languages": "en, so",
    "topics": "Safer sleeping\nWhom to tell",
}
gateway, team, browser = training_team.gateway, training_team.team, training_team.browser


async def fill(browser: Browser, page: str, action: str, **said: str) -> Any:
    """A form of that page, sent."""
    form = {"csrf": await browser.csrf(page), "key": str(new_id())} | said
    return await browser.post(f"{HERE}/{action}", **form)


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


async def programme(browser: Browser, **said: str) -> str:
    shown = await fill(browser, f"{HERE}/programmes", "programmes", **({"title": f"Protecting {new_id()}"} | said))
    assert shown.status_code == 200, shown.text
    return found(r"programmes/([0-9a-f-]{36})/rounds", shown.text)


async def course(browser: Browser, of: str) -> str:
    page = f"{HERE}/programmes/{of}"
    said = {"course-title": "Basics", "topics": "Safer sleeping", "languages": "en, so"}
    shown = await fill(browser, page, f"programmes/{of}/courses", **said)
    return found(r"courses/([0-9a-f-]{36})/sessions", shown.text)


async def round_of(browser: Browser, of: str) -> str:
    said = {"round-title": "First round", "funders": "council, lottery", "from": "2009-11-02", "to": "2010-04-29"}
    shown = await fill(browser, f"{HERE}/programmes/{of}", f"programmes/{of}/rounds", **said)
    assert "council, lottery" in shown.text
    return found(r"rounds/([0-9a-f-]{36})/amounts", shown.text)


async def planned(browser: Browser, **said: str) -> str:
    """A session in ten days."""
    made = await course(browser, await programme(browser))
    day = f"{datetime.now(UTC) + AHEAD:%Y-%m-%d}"
    shown = await fill(browser, f"{HERE}/courses/{made}", f"courses/{made}/sessions", **(PLAN | {"day": day} | said))
    return found(r"sessions/([0-9a-f-]{36})/places", shown.text)


async def test_from_a_programme_one_comes_to_a_round_a_course_and_a_session(browser: Browser, team: Team) -> None:
    of = await programme(browser, title="Protecting children together", description="With community groups.")
    assert "With community groups." in (await browser.get(f"{HERE}/programmes")).text
    made, again = await course(browser, of), await round_of(browser, of)
    shown = (await browser.get(f"{HERE}/programmes/{of}")).text
    assert "2 November 2009 to 29 April 2010" in shown
    assert f"{HERE}/rounds/{again}" in shown
    on = f"{HERE}/courses/{made}"
    shown = (await fill(browser, on, f"courses/{made}/sessions", **PLAN, day="2010-04-29", round=again)).text
    assert "Thursday 29 April 2010, 18:00 to 20:00" in shown
    assert "Town hall, NW1" in shown
    assert "Victory Chapel, Another group" in shown
    session = found(r"sessions/([0-9a-f-]{36})/places", shown)
    (listed,) = (await (await team.api()).get(f"/v1/sessions?course={made}")).json()["items"]
    assert (listed["id"], listed["round"], listed["trainers"]) == (session, again, [str(team.trainer.id)])
    assert (listed["public"], listed["how_to_book"]) == (True, "training@example.org")
    assert (listed["topics"], listed["languages"], listed["parts"]) == (
        ["Safer sleeping", "Whom to tell"],
        ["en", "so"],
        2,
    )


async def test_what_is_wrong_with_a_plan_stands_at_its_field_and_what_was_typed_is_kept(browser: Browser) -> None:
    of = await programme(browser)
    made = await course(browser, of)
    on = f"{HERE}/courses/{made}"
    wrong = PLAN | {"day": "soon", "capacity": "many", "outcode": "London"}
    answer = await fill(browser, on, f"courses/{made}/sessions", **wrong)
    assert answer.status_code == 422
    for name in ("starts", "capacity", "venue"):
        assert f'id="{name}-error"' in answer.text
    assert 'value="many"' in answer.text
    answer = await fill(browser, f"{HERE}/programmes/{of}", f"programmes/{of}/rounds", title="", **{"from": "2010"})
    assert 'id="round-title-error"' in answer.text
    answer = await fill(browser, f"{HERE}/programmes", "programmes", title=" ")
    assert 'id="title-error"' in answer.text


async def test_a_rounds_money_is_noted_and_is_said_for_each_participation(browser: Browser, team: Team) -> None:
    of = await programme(browser)
    made, again = await course(browser, of), await round_of(browser, of)
    page = f"{HERE}/rounds/{again}"
    shown = (await fill(browser, page, f"rounds/{again}/open", match="*")).text
    assert "It is over" in shown
    amount = {"kind": "received", "category": "grant", "amount": "5709.00", "day": "2009-11-02", "funder": "council"}
    shown = (await fill(browser, page, f"rounds/{again}/amounts", **amount)).text
    assert shown.count("5709.00") >= 3
    assert "2 November 2009: received £5709.00, grant, council" in shown
    assert "Income per participation" not in shown
    api = await team.api()
    session = found(
        r"sessions/([0-9a-f-]{36})/places",
        (
            await fill(
                browser, f"{HERE}/courses/{made}", f"courses/{made}/sessions", **PLAN, day="2010-04-29", round=again
            )
        ).text,
    )
    people = [{"organisation": "Victory Chapel"}] * 2
    await api.post(f"/v1/sessions/{session}/participations", {"participants": people})
    await api.post(f"/v1/sessions/{session}/close", {}, headers={"If-Match": "*"})
    shown = (await browser.get(page)).text
    assert "Income per participation" in shown
    assert "£2854.50" in shown
    refused = await fill(browser, page, f"rounds/{again}/amounts", **(amount | {"amount": "5,709"}))
    assert refused.status_code == 422
    assert 'id="amount-error"' in refused.text
    shown = (await fill(browser, page, f"rounds/{again}/cancel", match="*", reason_code="no_funding")).text
    assert "Cancelled" in shown


async def test_a_session_is_planned_anew_and_called_off(browser: Browser) -> None:
    session = await planned(browser)
    page = f"{HERE}/sessions/{session}/plan"
    shown = (await browser.get(page)).text
    for value in ("An evening", "18:00", "Town hall", "NW1", "Victory Chapel, Another group", "training@example.org"):
        assert f'value="{value}"' in shown
    tomorrow = f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}"
    changed = PLAN | {"day": tomorrow, "kind": "online", "capacity": "5", "public": "", "how_to_book": ""}
    shown = (await fill(browser, page, f"sessions/{session}/replan", match='"1"', **changed)).text
    assert "The session is planned so." in shown
    assert "Online" in shown
    stale = await fill(browser, page, f"sessions/{session}/replan", match='"1"', **changed)
    assert stale.status_code == 412
    refused = await fill(browser, page, f"sessions/{session}/cancel", match="*", reason_code="")
    assert 'id="reason_code-error"' in refused.text
    shown = (await fill(browser, page, f"sessions/{session}/cancel", match="*", reason_code="weather")).text
    assert "The session was called off." in shown


async def test_whoever_waits_moves_up_when_a_place_is_given_back_and_the_page_says_so(browser: Browser) -> None:
    session = await planned(browser)
    page, book = f"{HERE}/sessions/{session}/places", f"sessions/{session}/bookings"
    shown = (await fill(browser, page, book, organisation="Victory Chapel", name="Ada E.", places="1")).text
    assert "They have a place." in shown
    assert "Ada E." in shown
    shown = (await fill(browser, page, book, organisation="Victory Chapel", places="2")).text
    assert "They wait, and move up when it is their turn." in shown
    assert "Moved up" not in shown
    back = found(rf"{book}/([0-9a-f-]{{36}})/cancel", shown)
    shown = (await fill(browser, page, f"{book}/{back}/cancel", match='"1"', reason_code="not_coming")).text
    assert "Moved up" in shown
    assert "Cancelled: 1" in shown
    again = await fill(browser, page, book, organisation="Victory Chapel", places="20")
    assert again.status_code == 409
    assert 'id="organisation-error"' in again.text


async def test_places_of_others_are_not_shown(browser: Browser, gateway: Platform, team: Team) -> None:
    session = await planned(browser)
    organisation = await gateway.organisation(team.partnership)
    other = Browser(gateway)
    await other.sign_in(await gateway.person(team.partnership, organisation, Role.TRAINER))
    assert (await other.get(f"{HERE}/sessions/{session}/places")).status_code == 403
    assert "Places and who waits" not in (await other.get(f"{HERE}/sessions/{session}")).text


async def test_a_suggestion_is_noted_answered_and_shown_to_whoever_made_it(
    browser: Browser, gateway: Platform, team: Team
) -> None:
    of = await programme(browser, title="Evenings together")
    partner = Browser(gateway)
    organisation = await gateway.organisation(team.partnership)
    await partner.sign_in(await gateway.person(team.partnership, organisation, Role.TRAINER))
    page = f"{HERE}/suggestions"
    said = {"about": f"programme:{of}", "voice": "partner", "content": "Once more on Saturdays."}
    shown = (await fill(partner, page, "suggestions", **said)).text
    assert "The suggestion is noted." in shown
    assert "To be answered by you" not in shown
    shown = (await browser.get(page)).text
    assert "To be answered by you" in shown
    assert "Programme: Evenings together" in shown
    made = found(r"suggestions/([0-9a-f-]{36})/answer", shown)
    empty = await fill(browser, page, f"suggestions/{made}/answer", match='"1"', decision="not_taken_up", answer=" ")
    assert f'id="answer-{made}-error"' in empty.text
    answer = {"match": '"1"', "decision": "not_taken_up", "answer": "The hall is closed then."}
    assert "The answer is given" in (await fill(browser, page, f"suggestions/{made}/answer", **answer)).text
    shown = (await partner.get(page)).text
    assert "Not taken up" in shown
    assert "Why not: The hall is closed then." in shown
    refused = await fill(browser, page, "suggestions", **(said | {"about": ""}))
    assert 'id="about-error"' in refused.text
