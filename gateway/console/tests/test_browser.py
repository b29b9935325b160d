"""The console in a real browser: it works under its own policy, and axe finds nothing against WCAG 2.2 AA."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from gateway.console.tests.chromium import chromium, findings, needs_chromium, sign_in
from gateway.console.tests.processes import gateway_with
from gateway.identity.tests.platform import Person, Platform
from shared.auth import Role

pytestmark = needs_chromium


@pytest.fixture(scope="module")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    async with gateway_with(environment_of) as gateway:
        yield gateway


@pytest.fixture(scope="module")
async def administrator(gateway: Platform) -> Person:
    partnership = await gateway.found()
    return await gateway.person(partnership, partnership.authority, Role.ADMIN)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def _walk(browser: webdriver.Chrome, base: str, person: Person) -> dict[str, list[Any]]:
    seen = {}
    browser.get(f"{base}/console")
    seen["sign-in"] = findings(browser)
    sign_in(browser, person)
    seen["home"] = findings(browser)
    for name in ("webhooks", "clients"):
        browser.get(f"{base}/console/{name}")
        browser.find_elements(By.CSS_SELECTOR, "main form button")[-1].click()
        seen[f"{name}, with an error"] = findings(browser)
    browser.get(f"{base}/console/api")
    WebDriverWait(browser, 30).until(lambda one: one.find_elements(By.CSS_SELECTOR, "#api .opblock-tag"))
    seen["api"] = findings(browser)
    return seen


async def test_every_page_keeps_to_its_policy_and_is_accessible(
    gateway: Platform, administrator: Person, browser: webdriver.Chrome
) -> None:
    seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), administrator)
    assert len(seen) == 5
    assert {name: found for name, found in seen.items() if found} == {}
