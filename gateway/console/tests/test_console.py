"""The console as somebody uses it who has no script: sign in, look, register, be refused, sign out."""

import re

import pytest

from gateway.console.tests.conftest import Browser
from gateway.identity.tests.platform import Partnership, Person, Platform
from shared.auth import Role

PAGES = ("/console", "/console/parts", "/console/api", "/console/webhooks", "/console/clients")


@pytest.mark.parametrize("path", PAGES)
async def test_whoever_is_not_signed_in_sees_only_the_sign_in_page(platform: Platform, path: str) -> None:
    answer = await Browser(platform).get(path)
    assert (answer.status_code, answer.url.path) == (200, "/console/sign-in")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_no_foreign_script_and_fits_in_no_frame(browser: Browser, path: str) -> None:
    answer = await browser.get(path)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", answer.text)


async def test_a_wrong_password_is_refused_and_the_address_is_not_shown_again(
    platform: Platform, administrator: Person
) -> None:
    browser = Browser(platform)
    answer = await browser.post("/console/sign-in", email=administrator.email, password="not this one")
    assert answer.status_code == 422
    assert "is not right" in answer.text
    assert administrator.email not in answer.text
    assert not browser.cookies.get("circle_console")


async def test_the_session_cookie_is_kept_from_scripts_and_other_sites(
    platform: Platform, administrator: Person
) -> None:
    form = {"email": administrator.email, "password": administrator.password}
    answer = await platform.client.post("/console/sign-in", data=form)
    platform.client.cookies.clear()
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/console" in cookie


async def test_a_cookie_that_is_not_ours_is_no_session(browser: Browser) -> None:
    sealed = browser.cookies["circle_console"]
    browser.cookies["circle_console"] = sealed[:-4] + ("0000" if sealed[-4:] != "0000" else "1111")
    assert (await browser.get("/console")).url.path == "/console/sign-in"


@pytest.mark.parametrize("path", ["/console/webhooks", "/console/clients", "/console/sign-out"])
async def test_a_form_from_elsewhere_changes_nothing(browser: Browser, path: str) -> None:
    answer = await browser.post(path, csrf="0" * 32, url="https://example.org/hook", types="circle.*", name="x")
    assert answer.status_code == 403
    assert "No endpoint is registered" in (await browser.get("/console/webhooks")).text


async def test_a_token_for_the_api_page_needs_the_page_of_this_session(browser: Browser) -> None:
    assert (await browser.post("/console/token")).status_code == 403


async def test_an_endpoint_is_registered_shown_tested_paused_and_resumed(browser: Browser) -> None:
    csrf = await browser.csrf()
    answer = await browser.post(
        "/console/webhooks", csrf=csrf, key="k1", url="http://127.0.0.1:9/hook", types="circle.*"
    )
    assert "whsec_" in answer.text
    found = re.search(r'href="(/console/webhooks/[0-9a-f-]+)"', answer.text)
    assert found is not None
    assert "whsec_" not in (await browser.get(found[1])).text
    assert "Done." in (await browser.post(f"{found[1]}/ping", csrf=csrf, key="k2")).text
    for verb, state in (("pause", "Paused"), ("resume", "Enabled")):
        shown = (await browser.get(found[1])).text
        etag = re.search(r'name="match" value="([^"]+)"', shown)
        assert etag is not None
        assert (
            state
            in (await browser.post(f"{found[1]}/{verb}", csrf=csrf, key=verb, match='"' + _number(etag[1]) + '"')).text
        )


def _number(etag: str) -> str:
    return re.sub(r"\D", "", etag.replace("&#34;", ""))


async def test_a_bad_address_is_told_at_its_field(browser: Browser) -> None:
    answer = await browser.post("/console/webhooks", csrf=await browser.csrf(), url="ftp://x", types="circle.*")
    assert answer.status_code == 422
    assert 'id="url-error"' in answer.text
    assert "ftp://x" not in answer.text


async def test_a_client_is_registered_with_a_secret_shown_once_and_revoked(
    browser: Browser, partnership: Partnership
) -> None:
    csrf = await browser.csrf("/console/clients")
    form = {"name": "Case system", "organisation": str(partnership.authority), "roles": "partner_system"}
    made = await browser.post("/console/clients", csrf=csrf, key="c1", **form)
    assert "Shown once" in made.text
    again = await browser.get("/console/clients")
    assert "Case system" in again.text
    assert "Shown once" not in again.text
    client = re.search(r"Its client_id is ([0-9a-f-]{36})", made.text)
    assert client is not None
    answer = await browser.post(f"/console/clients/{client[1]}/revoke", csrf=csrf, key="c2")
    assert "its tokens are dead" in answer.text


async def test_who_may_not_administer_sees_no_clients(platform: Platform, partnership: Partnership) -> None:
    browser = Browser(platform)
    await browser.sign_in(await platform.person(partnership, partnership.authority, Role.SOCIAL_WORKER))
    assert "your role may not see them" in (await browser.get("/console/clients")).text


async def test_signing_out_ends_every_session_of_the_person(browser: Browser) -> None:
    other = Browser(browser.platform, dict(browser.cookies))
    await browser.post("/console/sign-out", csrf=await browser.csrf())
    assert (await other.get("/console")).url.path == "/console/sign-in"


async def test_a_service_that_does_not_answer_is_shown_as_such(browser: Browser) -> None:
    shown = (await browser.get("/console/parts")).text
    assert shown.count("Does not answer") == 4
    assert "Gateway" in shown
