"""The console in a real browser: it works under its own policy, and axe finds nothing against WCAG 2.2 AA."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from gateway.identity.bootstrap import bootstrap
from gateway.identity.tests.platform import Person, Platform
from gateway.settings import GatewaySettings
from shared.auth import Role

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="needs Debian's chromium and chromium-driver")
SECRET = "an administrator's secret of this test alone"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1200,1000",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
async def gateway(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    """The gateway as a process of its own, on a real socket."""
    environment = environment_of("gateway") | {"CIRCLE_WORKER": "separate"}
    base = f"http://127.0.0.1:{environment['CIRCLE_PORT']}"
    environment |= {"CIRCLE_ISSUER": base, "CIRCLE_AUDIENCE": base}
    with mock.patch.dict(os.environ, environment):
        made = await bootstrap(GatewaySettings(), SECRET, renew=True)
    command = [sys.executable, "-m", "gateway.main"]
    server = await asyncio.create_subprocess_exec(*command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    async with httpx.AsyncClient(base_url=base, timeout=20) as client:
        await _ready(client)
        yield Platform(mock.sentinel.elsewhere, client, (str(made.client_id), SECRET))
    server.terminate()
    await server.wait()


async def _ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                if (await client.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
async def administrator(gateway: Platform) -> Person:
    partnership = await gateway.found()
    return await gateway.person(partnership, partnership.authority, Role.ADMIN)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


def _violations(browser: webdriver.Chrome) -> list[Any]:
    """What axe finds on the page as it stands; its script comes in past the page's policy."""
    script = next(Path(str(files("axe_core_python"))).rglob("axe*.js")).read_text()
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    browser.execute_script(script)
    run = f"const done = arguments[0]; axe.run({{runOnly: {json.dumps(RULES)}}}).then(done)"
    found: dict[str, Any] = browser.execute_async_script(run)
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]]


def _complaints(browser: webdriver.Chrome) -> list[str]:
    """What the browser said of scripts, styles or addresses that the page's policy forbids."""
    said = [str(line["message"]) for line in browser.get_log("browser")]  # type: ignore[no-untyped-call]  # selenium leaves it untyped
    return [line for line in said if "Content Security Policy" in line or "Uncaught" in line]


def _walk(browser: webdriver.Chrome, base: str, person: Person) -> dict[str, list[Any]]:
    seen = {}

    def look(name: str) -> None:
        seen[name] = [*_violations(browser), *_complaints(browser)]

    browser.get(f"{base}/console")
    look("sign-in")
    browser.find_element(By.ID, "email").send_keys(person.email)
    browser.find_element(By.ID, "password").send_keys(person.password)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    WebDriverWait(browser, 20).until(lambda one: one.find_elements(By.ID, "parts"))
    look("home")
    for name in ("webhooks", "clients"):
        browser.get(f"{base}/console/{name}")
        browser.find_elements(By.CSS_SELECTOR, "main form button")[-1].click()
        look(f"{name}, with an error")
    browser.get(f"{base}/console/api")
    WebDriverWait(browser, 30).until(lambda one: one.find_elements(By.CSS_SELECTOR, "#api .opblock-tag"))
    look("api")
    return seen


async def test_every_page_keeps_to_its_policy_and_is_accessible(
    gateway: Platform, administrator: Person, browser: webdriver.Chrome
) -> None:
    seen = await asyncio.to_thread(_walk, browser, str(gateway.client.base_url), administrator)
    assert len(seen) == 5
    assert {name: found for name, found in seen.items() if found} == {}
