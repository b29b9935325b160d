"""Which path belongs to whom, and which is nobody's."""

import pytest

from gateway import routes
from gateway.tests.data_path import Gateway


def find(path: str) -> tuple[str, str] | None:
    return routes.find(path, path.encode())


def test_no_segment_has_two_owners() -> None:
    segments = [segment for owned in routes.OWNERS.values() for segment in owned]
    assert len(segments) == len(set(segments))


@pytest.mark.parametrize(("segment", "owner"), routes.SEGMENTS.items())
def test_each_segment_leads_to_its_owner(segment: str, owner: str) -> None:
    for path in (f"/v1/{segment}", f"/v1/{segment}/", f"/v1/{segment}/1/parts"):
        assert find(path) == (owner, segment)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/v1", "/v1/", "/v1/unknown", "/v2/referrals", "/V1/referrals", "/v1/Referrals", "v1/referrals",
     "//v1/referrals", "/v1//referrals", "/x/v1/referrals", "/v1/referrals/1/case-facts",
     "/v1/referrals/1/case-facts/", "/v1/families/1/case-facts/2"],
)  # fmt: skip
def test_what_is_not_public_leads_nowhere(path: str) -> None:
    assert find(path) is None


AMBIGUOUS = (
    "/v1/referrals/../families/1",
    "/v1/referrals/%2e%2e/families/1",
    "/v1/referrals/./1",
    "/v1/referrals/1%2fcase-facts",
    "/v1/referrals/1%2Fcase-facts",
    "/v1/referrals/1/case%2dfacts",
    "/v1/referrals/1/%63ase-facts",
    "/v1/referrals//1",
    "/v1/referrals/1%00",
    "/v1/referrals/1%0d%0aX: y",
    "/v1/referrals/1%5c..%5cfamilies",
)


@pytest.mark.parametrize("path", [*AMBIGUOUS, "/v1/referrals/1/case-facts", "/internal", "/v1/unknown"])
async def test_what_is_not_public_is_not_found_and_reaches_nobody(edge: Gateway, path: str) -> None:
    answer = await edge.get(path.replace(" ", ""))
    assert (answer.status, answer.json["type"]) == (404, "/problems/not-found")
    assert edge.service.requests == []


@pytest.mark.parametrize(
    "path", ["/v1/families?external=a%2Fb", "/v1/families/by-id/a%20b", "/v1/families/v1.2", "/v1/families/caf%C3%A9"]
)
async def test_a_clear_path_is_passed_on_letter_by_letter(edge: Gateway, path: str) -> None:
    assert (await edge.get(path)).json["line"] == f"GET {path} HTTP/1.1"


async def test_the_host_in_an_absolute_target_is_not_believed(edge: Gateway) -> None:
    answer = await edge.get("http://evil.test/v1/referrals/1")
    assert answer.json["line"] == "GET /v1/referrals/1 HTTP/1.1"
    assert dict(answer.json["headers"])["host"] == f"127.0.0.1:{edge.service.port}"
