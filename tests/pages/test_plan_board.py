"""The plan of all waiting families as a board: made, accepted pair by pair, planned again, its map, its report."""

import asyncio

import httpx
import pytest

from gateway.console.tests.conftest import Browser
from shared.ids import new_id
from tests.pages.place import Place, found

pytestmark = pytest.mark.slow
HERE = "/console/matching/plans"
_DATES = {"planned_from": "2026-01-05", "planned_length_weeks": "26", "review_on": "2026-03-30"}


async def _ready(browser: Browser, path: str) -> str:
    """The board, once it is there."""
    async with asyncio.timeout(60):
        return await _looked(browser, path)


async def _looked(browser: Browser, path: str) -> str:
    while True:
        shown = (await browser.get(path)).text
        if "What it reaches" in shown:
            return shown
        assert 'http-equiv="refresh"' in shown
        await asyncio.sleep(0.2)


async def _made(browser: Browser) -> tuple[str, str]:
    """Path and board of a new plan."""
    form = {"csrf": await browser.csrf(HERE), "key": str(new_id()), "objective": "most-families-first"}
    path = (await browser.post(HERE, **form)).url.path
    return path, await _ready(browser, path)


async def _send(browser: Browser, path: str, rest: str, **form: str) -> httpx.Response:
    return await browser.post(f"{path}/{rest}", csrf=await browser.csrf(path), **{"key": str(new_id())} | form)


async def test_the_board_shows_every_pair_with_its_place_and_where_they_live(place: Place, browser: Browser) -> None:
    path, shown = await _made(browser)
    plan = path.rpartition("/")[2]
    pairs = (await place.coordinator.get(f"/v1/match-plans/{plan}/pairs"))["items"]
    assert pairs
    for one in pairs:
        assert one["match_request"] in shown
        assert f"{one['score']} points" in shown
    assert "It is proved that no plan is better" in shown
    assert 'class="circle-map"' in shown
    assert "Open Government Licence" in shown
    assert "Best pair first" in shown


async def test_one_pair_is_accepted_and_is_a_match_from_then_on(place: Place, browser: Browser) -> None:
    path, shown = await _made(browser)
    accept = found(r'formaction="[^"]+/(pairs/[0-9a-f-]+/accept)"', shown)
    wrong = await _send(browser, path, accept, **_DATES | {"review_on": ""})
    assert wrong.status_code == 422
    assert 'id="review_on-error"' in wrong.text
    form = {"key": str(new_id())} | _DATES
    for _ in range(2):
        assert "Accepted. Each is a match now" in (await _send(browser, path, accept, **form)).text
    shown = (await browser.get(path)).text
    match = found(r'href="/console/matching/matches/([0-9a-f-]+)">Accepted', shown)
    assert (await place.coordinator.get(f"/v1/matches/{match}"))["status"] == "proposed"


async def test_what_has_changed_meanwhile_is_shown_and_refused(place: Place, browser: Browser) -> None:
    path, _ = await _made(browser)
    plan = path.rpartition("/")[2]
    one = (await place.coordinator.get(f"/v1/match-plans/{plan}/pairs"))["items"][0]
    volunteer = f"/v1/volunteers/{one['volunteer']}"
    await place.coordinator.move(f"{volunteer}/break", {"reason_code": "personal"})
    try:
        shown = (await browser.get(path)).text
        assert ">Changed</strong>" in shown
        assert f"pairs/{one['id']}/accept" not in shown
        refused = await _send(browser, path, "accept", **_DATES)
        assert refused.status_code == 409
        assert "no longer holds for every pair" in refused.text
    finally:
        await place.coordinator.move(f"{volunteer}/return")


async def test_a_forbidden_pair_is_not_in_the_next_plan(place: Place, browser: Browser) -> None:
    path, shown = await _made(browser)
    choose = found(r'name="(choose:[0-9a-f:-]+)"', shown)
    answer = await _send(browser, path, "again", **{choose: "forbids"})
    assert answer.url.path != path
    assert choose not in await _ready(browser, answer.url.path)


async def test_whom_to_recruit_is_told_as_sentences_bars_and_a_table(browser: Browser) -> None:
    path, _ = await _made(browser)
    shown = (await browser.get(f"{path}/recruitment")).text
    assert "Whom to recruit" in shown
    assert ("would place" in shown) or ("No kind of volunteer would place a family more" in shown)


async def test_a_plan_is_put_aside(browser: Browser) -> None:
    path, _ = await _made(browser)
    stale = await _send(browser, path, "cancel", match='"0"')
    assert stale.status_code == 412
    assert "Important" in stale.text


async def test_whoever_does_not_match_is_refused(place: Place) -> None:
    auditor = await place.browser("auditor")
    assert (await auditor.get(HERE)).status_code == 403
