"""Pages of matching as a coordinator uses them, without script: waiting families, proposals, volunteers."""

import re
from html import unescape

import httpx
import pytest
from markupsafe import escape

from deploy.local.acts.volunteers import volunteer_body
from deploy.local.demo.scene import items
from gateway.console.tests.conftest import Browser
from shared.ids import new_id
from tests.pages.place import Place, found

pytestmark = pytest.mark.slow
HERE = "/console/matching"


async def _propose(place: Place, browser: Browser) -> httpx.Response:
    """The page of a new proposal for the family that waits longest."""
    request = next(one for one in await place.waiting() if one["visited_on"])
    path = f"{HERE}/requests/{request['id']}"
    return await browser.post(f"{path}/proposals", csrf=await browser.csrf(path), key=str(new_id()))


async def test_families_stand_in_the_order_of_their_waiting_and_without_a_name(place: Place, browser: Browser) -> None:
    shown = (await browser.get(HERE)).text
    at = [shown.index(one["id"]) for one in await place.waiting()]
    assert at == sorted(at)
    assert "lives in SS" in shown
    assert "2 visits a week" in shown
    assert "Assessment visit first" in shown
    assert "Alder" not in shown


async def test_a_request_says_what_the_family_asked_for(place: Place, browser: Browser) -> None:
    request = (await place.waiting())[0]
    shown = (await browser.get(f"{HERE}/requests/{request['id']}")).text
    for words in ("Cooking, budgeting", "Football", "English", "0 of 1 found", "Make a proposal"):
        assert words in shown


async def test_before_the_assessment_visit_a_proposal_is_refused_in_words(place: Place, browser: Browser) -> None:
    request = next(one for one in await place.waiting() if not one["visited_on"])
    path = f"{HERE}/requests/{request['id']}"
    answer = await browser.post(f"{path}/proposals", csrf=await browser.csrf(path), key=str(new_id()))
    assert answer.status_code == 409
    assert "assessment visit has to be recorded" in answer.text


async def test_a_proposal_shows_each_factor_as_a_bar_and_in_the_table(place: Place, browser: Browser) -> None:
    answer = await _propose(place, browser)
    proposal = await place.coordinator.get(answer.url.path.replace("/console/matching/requests", "/v1/match-requests"))
    fit = [one for one in proposal["candidates"] if one["place"]]
    assert answer.text.count("<svg") == sum(len(one["contributions"]) for one in fit)
    table = answer.text[answer.text.index("<table") :]
    for one in fit:
        assert f"<strong>{one['score']}</strong>" in table


async def test_whoever_is_excluded_stands_there_with_the_platforms_own_sentence(place: Place, browser: Browser) -> None:
    shown = (await _propose(place, browser)).text
    terms = {one["code"]: one for one in (await place.coordinator.get("/v1/matching-factors"))["constraints"]}
    out, near = shown[shown.index('id="excluded"') :], shown[shown.index('id="near"') : shown.index('id="excluded"')]
    assert str(escape(terms["clearance-not-current"]["sentence"])) in out
    assert str(escape(terms["clearance-not-current"]["change"])) in near
    assert "The family has not been asked: when visits would suit" in shown


async def test_families_are_counted_by_group_and_small_counts_are_withheld(browser: Browser) -> None:
    shown = (await browser.get(f"{HERE}/equality")).text
    assert "By language" in shown
    assert ">c</td>" in shown


async def test_another_than_the_top_needs_a_reason_which_is_asked_at_its_field(place: Place, browser: Browser) -> None:
    answer = await _propose(place, browser)
    second = found(
        r'<span class="govuk-visually-hidden">Place </span>2\. <a [^>]+/volunteers/([0-9a-f-]+)"', answer.text
    )
    path = f"{answer.url.path}/matches/{second}"
    asked = (await browser.get(path)).text
    assert "Why this volunteer" in asked
    form = {"csrf": await browser.csrf(path), "planned_from": "", "planned_length_weeks": "many", "review_on": ""}
    wrong = await browser.post(path, **form)
    assert wrong.status_code == 422
    for field in ("planned_from", "planned_length_weeks", "review_on"):
        assert f'id="{field}-error"' in wrong.text
    form |= {"planned_from": "2026-01-05", "planned_length_weeks": "26", "review_on": "2026-03-30"}
    refused = await browser.post(path, **form, key=str(new_id()))
    assert refused.status_code == 409
    assert 'id="override_reason-error"' in refused.text
    good = await browser.post(path, **form, key=str(new_id()), override_reason="Knows the language of the mother.")
    assert "The match is proposed" in good.text
    assert "Waits for answers" in good.text


async def test_a_form_of_a_match_that_is_sent_twice_proposes_once(place: Place, browser: Browser) -> None:
    answer = await _propose(place, browser)
    path = found(r'href="([^"]+/matches/[0-9a-f-]+)"', answer.text)
    form = {"csrf": await browser.csrf(path), "key": str(new_id()), "planned_from": "2026-01-05"}
    form |= {"planned_length_weeks": "26", "review_on": "2026-03-30"}
    before = len(await items(place.coordinator, "/v1/matches"))
    for _ in range(2):
        assert "The match is proposed" in (await browser.post(path, **form)).text
    assert len(await items(place.coordinator, "/v1/matches")) == before + 1


async def test_volunteers_stand_with_clearance_and_places(browser: Browser) -> None:
    shown = (await browser.get(f"{HERE}/volunteers")).text
    assert "Cleared until" in shown
    assert "of 5 places taken" in shown
    only = (await browser.get(f"{HERE}/volunteers?status=enquired")).text
    assert "Has not applied" in only
    assert "Cleared until" not in only


async def test_a_volunteer_says_what_the_clearance_lacks(place: Place, browser: Browser) -> None:
    applied = (await place.coordinator.get("/v1/volunteers", status="applied"))["items"][0]["id"]
    shown = (await browser.get(f"{HERE}/volunteers/{applied}")).text
    for words in ("a disclosure certificate that is current", "two good references", "Monday morning, afternoon"):
        assert words in shown
    available = (await place.coordinator.get("/v1/volunteers", status="available"))["items"][0]["id"]
    shown = (await browser.get(f"{HERE}/volunteers/{available}")).text
    assert "Still missing" not in shown
    assert "Enhanced barred" in shown


async def test_a_supervision_is_recorded_and_without_notes_refused_at_the_field(place: Place, browser: Browser) -> None:
    one = (await place.coordinator.get("/v1/volunteers", status="available"))["items"][0]["id"]
    path = f"{HERE}/volunteers/{one}"
    form = {"csrf": await browser.csrf(path), "held_on": place.scene.today.isoformat()}
    wrong = await browser.post(f"{path}/supervisions", **form, notes="")
    assert wrong.status_code == 422
    assert 'id="notes-error"' in wrong.text
    good = await browser.post(f"{path}/supervisions", **form, notes="We spoke about boundaries.", key=str(new_id()))
    assert "The supervision is recorded" in good.text
    assert "1 so far" in good.text


async def test_the_familys_answer_is_recorded_with_how_it_was_taken(place: Place, browser: Browser) -> None:
    answer = await _propose(place, browser)
    path = found(r'href="([^"]+/matches/[0-9a-f-]+)"', answer.text)
    form = {"csrf": await browser.csrf(path), "key": str(new_id()), "planned_from": "2026-01-05"}
    form |= {"planned_length_weeks": "26", "review_on": "2026-03-30"}
    shown = (await browser.post(path, **form)).text
    match = found(r'href="(/console/matching/matches/[0-9a-f-]+)"', shown)
    page = (await browser.get(match)).text
    assert "family, volunteer, project manager" in page
    who = found(r'<option value="(family:[0-9a-f-]+)"', page)
    said = {"csrf": form["csrf"], "who": who, "answer": "agreed", "method": "in_person"}
    wrong = await browser.post(f"{match}/answers", **said, key=str(new_id()))
    assert wrong.status_code == 422
    good = await browser.post(f"{match}/answers", **said, key=str(new_id()), evidence="Note of the visit")
    assert "The answer is recorded" in good.text
    assert "volunteer, project manager" in good.text
    assert "family, volunteer" not in good.text


async def test_whoever_does_not_match_sees_no_link_and_is_refused_in_the_platforms_words(place: Place) -> None:
    auditor = await place.browser("auditor")
    assert f'href="{HERE}"' not in (await auditor.get("/console")).text
    request = (await place.waiting())[0]["id"]
    for path in (HERE, f"{HERE}/requests/{request}", f"{HERE}/volunteers", f"{HERE}/today", f"{HERE}/equality"):
        assert (await auditor.get(path)).status_code == 403


async def test_a_form_from_elsewhere_makes_no_proposal(place: Place, browser: Browser) -> None:
    path = f"{HERE}/requests/{(await place.waiting())[0]['id']}"
    assert (await browser.post(f"{path}/proposals", csrf="0" * 32)).status_code == 403


async def test_the_excluded_of_a_proposal_go_on_by_pages_beside_the_same_ranking(
    place: Place, browser: Browser
) -> None:
    for number in range(900, 911):
        await place.coordinator.post("/v1/volunteers", volunteer_body(number, place.scene.today))
    answer = await _propose(place, browser)
    path = answer.url.path.replace("/console/matching/requests", "/v1/match-requests")
    out = [one["volunteer"] for one in await items(place.coordinator, f"{path}/candidates", excluded="true")]
    more = unescape(found(r'href="([^"]+#excluded)"', answer.text))
    pages = [answer.text, (await browser.get(more)).text]
    listed = [re.findall(r'circle-card__name" href="[^"]+/volunteers/([0-9a-f-]+)"', _after(one)) for one in pages]
    assert listed == [out[:10], out[10:20]]
    ranking = [one[one.index("<ol") : one.index("</ol>")] for one in pages]
    assert ranking[0] == ranking[1]


def _after(shown: str) -> str:
    return shown[shown.index('id="excluded"') :]
