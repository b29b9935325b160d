"""The demonstration's people: made over HTTP, found again, and set anew where their secrets were lost."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from unittest import mock

import httpx
import pytest
import uvicorn

from deploy.local import demo_identity
from deploy.local.demo_identity import CLIENTS, PEOPLE, ClientKey, DemoIdentity
from gateway.identity.bootstrap import bootstrap
from gateway.identity.tests.platform import ROOT_SECRET
from gateway.main import create_app
from gateway.settings import GatewaySettings


@dataclass(frozen=True)
class Served:
    """A gateway on a port, and its administrator."""

    url: str
    administrator: ClientKey


@pytest.fixture(scope="module")
async def served(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Served]:
    with mock.patch.dict("os.environ", environment_of("gateway") | {"CIRCLE_WORKER": "separate"}):
        made = await bootstrap(GatewaySettings(), ROOT_SECRET)
        app = create_app()
    async with _served(app) as url:
        yield Served(url, ClientKey(str(made.client_id), ROOT_SECRET))


@asynccontextmanager
async def _served(app: object) -> AsyncIterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))  # type: ignore[arg-type]  # any ASGI callable
    serving = asyncio.create_task(server.serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag only
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture(scope="module")
async def made(served: Served) -> DemoIdentity:
    return await demo_identity.ensure(served.url, served.administrator)


async def test_everybody_of_the_demonstration_can_sign_in(served: Served, made: DemoIdentity) -> None:
    assert set(made.people) == set(PEOPLE)
    async with httpx.AsyncClient(base_url=served.url) as http:
        for person in made.people.values():
            token = await person.login.token(http)
            me = await http.get("/v1/people/me", headers={"Authorization": f"Bearer {token.value}"})
            assert me.json()["person"]["id"] == person.person
            assert me.json()["roles"] == list(person.roles)
            assert me.json()["organisation"]["id"] == person.organisation


async def test_every_client_gets_a_token(served: Served, made: DemoIdentity) -> None:
    assert set(made.clients) == {"administration", *CLIENTS}
    async with httpx.AsyncClient(base_url=served.url) as http:
        for client in made.clients.values():
            assert (await client.login.token(http)).value


async def test_with_what_was_kept_nothing_is_made_again(served: Served, made: DemoIdentity) -> None:
    assert await demo_identity.ensure(served.url, served.administrator, made.document()) == made


async def test_with_nothing_kept_the_same_people_get_new_secrets(served: Served, made: DemoIdentity) -> None:
    again = await demo_identity.ensure(served.url, served.administrator)
    assert again.partnership == made.partnership
    assert again.organisations == made.organisations
    assert {key: one.person for key, one in again.people.items()} == {
        key: one.person for key, one in made.people.items()
    }
    assert again.clients["la_system"].client_id == made.clients["la_system"].client_id
    async with httpx.AsyncClient(base_url=served.url) as http:
        assert (await again.people["volunteer"].login.token(http)).value
        assert (await again.clients["intake"].login.token(http)).value


async def test_what_is_missing_in_what_was_kept_is_added(served: Served, made: DemoIdentity) -> None:
    kept = (await demo_identity.ensure(served.url, served.administrator)).document()
    del kept["people"]["analyst"]
    again = await demo_identity.ensure(served.url, served.administrator, kept)
    assert again.people["analyst"].person == made.people["analyst"].person
    assert again.people["coordinator"].password == kept["people"]["coordinator"]["password"]
