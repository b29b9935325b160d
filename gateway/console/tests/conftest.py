"""A gateway whose console somebody is signed in to."""

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx
import pytest

from gateway.identity.tests.platform import Partnership, Person, Platform, started
from shared.auth import Role


@pytest.fixture(scope="session")
async def platform(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Platform]:
    async with started(environment_of("gateway") | {"CIRCLE_WORKER": "separate"}) as platform:
        yield platform


@dataclass
class Browser:
    """A browser without script: it keeps cookies, follows redirects and sends forms."""

    platform: Platform
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> httpx.Response:
        return await self._follow(await self._send("GET", path))

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self._follow(await self._send("POST", path, form))

    async def post_file(self, path: str, name: str, file: tuple[str, bytes, str], **form: str) -> httpx.Response:
        return await self._follow(await self._send("POST", path, form, {name: file}))

    async def _send(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        files: dict[str, tuple[str, bytes, str]] | None = None,
    ) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        client = self.platform.client
        answer = await client.request(
            method, path, data=form, files=files, headers={"Cookie": cookie}, follow_redirects=False
        )
        for one in answer.headers.get_list("set-cookie"):
            name, _, value = one.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        client.cookies.clear()
        return answer

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        while answer.status_code == 303:
            answer = await self._send("GET", answer.headers["location"])
        return answer

    async def sign_in(self, person: Person) -> httpx.Response:
        return await self.post("/console/sign-in", email=person.email, password=person.password)

    async def csrf(self, path: str = "/console/webhooks") -> str:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', (await self.get(path)).text)
        assert found is not None
        return found[1]


@pytest.fixture
async def partnership(platform: Platform) -> Partnership:
    return await platform.found()


@pytest.fixture
async def administrator(platform: Platform, partnership: Partnership) -> Person:
    return await platform.person(partnership, partnership.authority, Role.ADMIN)


@pytest.fixture
async def browser(platform: Platform, administrator: Person) -> Browser:
    """Signed in as the partnership's administrator."""
    browser = Browser(platform)
    assert "System status" in (await browser.sign_in(administrator)).text
    return browser
