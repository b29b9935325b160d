"""Debian's chromium without a window, and what it and axe have to say about a page."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from gateway.identity.tests.platform import Person

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
needs_chromium = pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="needs Debian's chromium and chromium-driver")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1200,1000",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip

# Seconds; the machine may be busy with other tests.
PATIENCE: Final = 60
_IS_WIDE: Final = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"


@contextmanager
def chromium(profile: Path) -> Iterator[webdriver.Chrome]:
    """A browser that nobody has used before."""
    options = Options()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(PATIENCE)
    try:
        yield driver
    finally:
        driver.quit()


def sign_in(browser: webdriver.Chrome, person: Person) -> None:
    """On the sign-in page, up to the home page."""
    browser.find_element(By.ID, "email").send_keys(person.email)
    browser.find_element(By.ID, "password").send_keys(person.password)
    browser.find_element(By.CSS_SELECTOR, "main button").click()
    WebDriverWait(browser, PATIENCE).until(lambda one: one.find_elements(By.ID, "parts"))


def findings(browser: webdriver.Chrome) -> list[Any]:
    """What axe finds on the page as it stands, and what the page's own policy forbade it."""
    return [*_violations(browser), *_complaints(browser)]


def at_widths(browser: webdriver.Chrome, name: str) -> dict[str, list[Any]]:
    """The same, and whether it fits, on a phone and on a desk."""
    seen = {}
    for width in (375, 1200):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        is_wide = browser.execute_script(_IS_WIDE)
        seen[f"{name} at {width}"] = findings(browser) + (["wider than the screen"] if is_wide else [])
    return seen


def press(browser: webdriver.Chrome, text: str) -> None:
    """A button of the page, and wait for the page that answers."""
    _follow(browser, browser.find_element(By.XPATH, f"//main//button[normalize-space()='{text}']"))


def go(browser: webdriver.Chrome, text: str) -> None:
    """By a link, in the same way."""
    _follow(browser, browser.find_element(By.LINK_TEXT, text))


def _follow(browser: webdriver.Chrome, what: WebElement) -> None:
    before = browser.find_element(By.TAG_NAME, "html")
    what.click()
    WebDriverWait(browser, PATIENCE).until(staleness_of(before))
    WebDriverWait(browser, PATIENCE).until(lambda one: one.execute_script("return document.readyState") == "complete")


def _violations(browser: webdriver.Chrome) -> list[Any]:
    """Axe's script comes in past the page's policy."""
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
