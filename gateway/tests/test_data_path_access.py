"""What is written down of a request: one line, and numbers by template; nothing that somebody typed."""

import io
import json

import pytest
from prometheus_client import REGISTRY

from gateway.access import AccessLog
from gateway.tests.data_path import Gateway, Served, Service, gateway_for
from shared.auth import Role
from shared.logging import ALLOWED


async def lines_of(edge: Gateway, capfd: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    edge.path.access.flush()
    return [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith('{"event":"request"')]


async def test_each_request_is_one_line_of_allowed_fields(edge: Gateway, capfd: pytest.CaptureFixture[str]) -> None:
    answer = await edge.get("/v1/families/Jane-Doe?born=2011", token=edge.token(Role.COORDINATOR, client_id="la"))
    (line,) = await lines_of(edge, capfd)
    assert set(line) <= ALLOWED
    expected = {
        "event": "request",
        "service": "gateway",
        "method": "GET",
        "route": "/v1/families",
        "status": 200,
        "client_id": "la",
        "request_id": answer.headers["x-request-id"],
        "trace_id": dict(answer.json["headers"])["traceparent"].split("-")[1],
    }
    assert expected.items() <= line.items()
    assert "Jane" not in json.dumps(line)


async def test_the_route_is_the_services_own_template(edge: Gateway, capfd: pytest.CaptureFixture[str]) -> None:
    async def answer(served: Served) -> None:
        await served.answer(200, b"{}", "X-Circle-Route: /v1/referrals/{referral_id}/accept")

    edge.service.handler = answer
    labels = {"service": "gateway", "method": "POST", "route": "/v1/referrals/{referral_id}/accept", "status": "200"}
    before = REGISTRY.get_sample_value("circle_http_requests_total", labels) or 0
    await edge.post("/v1/referrals/1/accept")
    (line,) = await lines_of(edge, capfd)
    assert line["route"] == "/v1/referrals/{referral_id}/accept"
    assert REGISTRY.get_sample_value("circle_http_requests_total", labels) == before + 1
    seconds = {"service": "gateway", "route": "/v1/referrals/{referral_id}/accept"}
    assert (REGISTRY.get_sample_value("circle_http_seconds_count", seconds) or 0) >= 1


async def test_refusals_are_written_down_too(service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    async with gateway_for(service, limit_requests=1) as edge:
        await edge.get("/v1/referrals/1", token="a.b.c")
        await edge.get("/v1/referrals/1")
        await edge.get("/v1/referrals/1")
        lines = await lines_of(edge, capfd)
    assert [(line["status"], line["client_id"]) for line in lines] == [(401, ""), (200, "test"), (429, "test")]


async def test_lines_are_written_in_batches_and_none_is_kept_back() -> None:
    out = io.StringIO()
    log = AccessLog(out)
    for number in range(300):
        log.note((1.0, b"id", "00-" + "a" * 32, "GET", "/v1/stages", 200, 0.1, str(number)))
    first = out.getvalue().count("\n")
    log.flush()
    clients = [json.loads(line)["client_id"] for line in out.getvalue().splitlines()]
    assert 0 < first < 300
    assert clients == [str(number) for number in range(300)]
    assert json.loads(out.getvalue().splitlines()[0])["timestamp"] == "1970-01-01T00:00:01.000000Z"


async def test_the_state_of_each_service_is_a_number(service: Service) -> None:
    async with gateway_for(service, breaker_failures=1) as edge:
        labels = {"upstream": "referral"}
        await edge.get("/v1/referrals/1")
        assert REGISTRY.get_sample_value("circle_upstream_connections", labels) == 1
        assert REGISTRY.get_sample_value("circle_upstream_breaker_open", labels) == 0
        await service.stop()
        assert (await edge.get("/v1/referrals/1")).status in {502, 503}
        assert REGISTRY.get_sample_value("circle_upstream_breaker_open", labels) == 1
