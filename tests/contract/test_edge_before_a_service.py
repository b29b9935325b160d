"""The data path before a real service on a real database: what the service says arrives as it was said."""

import json
import socket
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import cast

import pytest
import uvicorn

from gateway.tests.data_path import Gateway, Service, gateway_for
from services.referral import handlers
from services.referral.main import create_app
from shared.auth import Role
from shared.ids import new_id
from shared.testing import running
from shared.tests.house import until


@pytest.fixture(scope="module")
async def edge(environment_of: Callable[[str], dict[str, str]]) -> AsyncIterator[Gateway]:
    async with running(create_app, environment_of("referral"), handlers.register()) as service:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(service.app, http="httptools", lifespan="off", log_config=None, server_header=False)
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        # The edge needs no more of a service than its port.
        behind = cast(Service, SimpleNamespace(port=listener.getsockname()[1]))
        async with gateway_for(behind) as gateway:
            yield gateway
        await server.shutdown(sockets=[listener])


async def test_a_services_problem_passes_unchanged(edge: Gateway) -> None:
    answer = await edge.get(f"/v1/referrals/{new_id()}")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json["type"] == "/problems/not-found"
    assert answer.json["request_id"] == answer.headers["x-request-id"]


async def test_the_key_of_a_change_reaches_the_service(edge: Gateway) -> None:
    without = await edge.post(
        "/v1/families", b"{}", "Content-Type: application/json", token=edge.token(Role.SOCIAL_WORKER)
    )
    assert (without.status, without.json["type"]) == (400, "/problems/idempotency-key-missing")
    lines = ("Content-Type: application/json", f"Idempotency-Key: {new_id()}")
    malformed = await edge.post("/v1/families", b'{"no": "family"}', *lines, token=edge.token(Role.SOCIAL_WORKER))
    assert (malformed.status, malformed.json["type"]) == (422, "/problems/validation")


async def test_a_services_own_verdict_on_roles_stands(edge: Gateway) -> None:
    answer = await edge.post("/v1/families", b"{}", f"Idempotency-Key: {new_id()}", token=edge.token(Role.VOLUNTEER))
    assert (answer.status, answer.json["type"]) == (403, "/problems/forbidden")


async def test_the_log_names_the_services_template(edge: Gateway, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await edge.get(f"/v1/referrals/{new_id()}")
    assert "x-circle-route" not in answer.headers
    said, routes = "", list[str]()

    async def is_told() -> bool:
        nonlocal said
        said += capfd.readouterr().err
        # The service writes a line of its own about the request, in another order.
        lines = [json.loads(line) for line in said.splitlines() if line.startswith('{"event":"request"')]
        routes[:] = [line["route"] for line in lines if line["request_id"] == answer.headers["x-request-id"]]
        return bool(routes)

    await until(is_told)
    assert "/v1/referrals/{referral_id}" in routes


async def test_the_one_service_describes_itself_to_the_edge(edge: Gateway) -> None:
    answer = await edge.raw(b"GET /openapi.json HTTP/1.1\r\nHost: gateway\r\n\r\n")
    paths = answer.json["paths"]
    assert "post" in paths["/v1/families"]
    assert "/v1/referrals/{referral_id}/case-facts" not in paths
