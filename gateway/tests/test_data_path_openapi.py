"""One description out of several, whole and true, also while a service is away."""

import asyncio
from typing import Any

import orjson
import pytest

from gateway.openapi import merge
from gateway.tests.data_path import Gateway, Served, Service, gateway_for

ISSUER = "http://circle.test"
PROBLEM = {"type": "object", "properties": {"status": {"type": "integer"}}}


def operation(name: str, **more: Any) -> dict[str, Any]:
    answer = {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Out"}}}}
    return {"operationId": name, "tags": ["t"], "security": [{"bearer": []}], "responses": {"200": answer}, **more}


def described(paths: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    out = {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Inner"}}}
    found = {"Out": out, "Inner": {"type": "string"}, "ProblemDocument": PROBLEM, **schemas}
    return {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": paths,
        "components": {"schemas": found},
    }


REFERRAL = described(
    {"/v1/families": {"get": operation("list"), "post": operation("create", **{"x-roles": ["social_worker"]})}}
)
MATCHING = described({"/v1/volunteers": {"get": operation("list")}}, Inner={"type": "integer"})
OWN = described({"/v1/people": {"get": operation("list")}, "/oauth/token": {"post": operation("token", security=[])}})


def test_names_that_several_services_use_stay_apart() -> None:
    document = merge({"referral": REFERRAL, "matching": MATCHING}, OWN, ISSUER)
    schemas = document["components"]["schemas"]
    assert (schemas["ReferralInner"]["type"], schemas["MatchingInner"]["type"]) == ("string", "integer")
    assert schemas["MatchingOut"]["properties"]["inner"]["$ref"] == "#/components/schemas/MatchingInner"
    answer = document["paths"]["/v1/volunteers"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/MatchingOut"
    assert [name for name in schemas if "Problem" in name] == ["ProblemDocument"]
    ids = [one["operationId"] for item in document["paths"].values() for one in item.values()]
    assert sorted(ids) == ["gateway_list", "gateway_token", "matching_list", "referral_create", "referral_list"]


def test_a_discriminator_follows_its_schemas() -> None:
    mapping = {"a": "#/components/schemas/Inner"}
    kind = {
        "oneOf": [{"$ref": "#/components/schemas/Inner"}],
        "discriminator": {"propertyName": "k", "mapping": mapping},
    }
    document = merge({"referral": described({}, Kind=kind)}, OWN, ISSUER)
    found = document["components"]["schemas"]["ReferralKind"]["discriminator"]["mapping"]
    assert found == {"a": "#/components/schemas/ReferralInner"}


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/referrals/{id}/case-facts", {}),
        ("/v1/referrals/{id}/inside", {"x-roles": ["worker"]}),
        ("/v1/referrals/{id}/nobody", {"x-roles": []}),
        ("/v1/volunteers/of-another-service", {}),
        ("/v1/people/of-the-gateway", {}),
        ("/v1/unknown", {}),
        ("/metrics", {}),
        ("/internal", {}),
    ],
)
def test_what_cannot_be_called_from_outside_is_not_described(path: str, more: dict[str, Any]) -> None:
    document = merge({"referral": described({path: {"get": operation("inside", **more)}})}, OWN, ISSUER)
    assert path not in document["paths"]


def test_every_change_asks_for_its_key_and_every_call_says_what_the_edge_may_answer() -> None:
    document = merge({"referral": REFERRAL, "matching": MATCHING}, OWN, ISSUER)
    post = document["paths"]["/v1/families"]["post"]
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in post["parameters"]
    assert "parameters" not in document["paths"]["/v1/families"]["get"]
    assert "parameters" not in document["paths"]["/oauth/token"]["post"]
    assert {"200", "429", "431", "502", "503", "504"} <= set(post["responses"])
    assert "RateLimit" in post["responses"]["200"]["headers"]
    assert post["description"] == "Roles: `social_worker`."
    assert post["security"] == [{"bearer": []}, {"oauth2": []}]
    assert document["paths"]["/oauth/token"]["post"]["security"] == []
    flows = document["components"]["securitySchemes"]["oauth2"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == f"{ISSUER}/oauth/token"


def test_the_parts_are_left_as_they_were() -> None:
    before = orjson.dumps([REFERRAL, OWN])
    merge({"referral": REFERRAL}, OWN, ISSUER)
    assert orjson.dumps([REFERRAL, OWN]) == before


def describe(service: Service, **more: Any) -> None:
    """The one service of the test stands for all four."""

    async def handler(served: Served) -> None:
        await served.answer(200, orjson.dumps(described({"/v1/families": {"get": operation("list")}} | more)))

    service.handler = handler


async def public(edge: Gateway, path: str = "/openapi.json", *headers: str) -> Any:
    lines = "".join(f"{line}\r\n" for line in headers)
    return await edge.raw(f"GET {path} HTTP/1.1\r\nHost: gateway\r\n{lines}\r\n".encode())


async def test_the_description_is_fetched_once_and_told_to_everybody(service: Service) -> None:
    describe(service)
    async with gateway_for(service) as edge:
        answers = await asyncio.gather(*(public(edge) for _ in range(5)))
        assert {one.status for one in answers} == {200}
        assert len(service.requests) == 4
        document = answers[0].json
        assert "/v1/families" in document["paths"]
        assert "x-missing" not in document
        again = await public(edge, "/openapi.json", f'If-None-Match: "x", {answers[0].headers["etag"]}')
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", answers[0].headers["etag"])
        assert (await public(edge, "/openapi.json", 'If-None-Match: "other"')).status == 200


async def test_a_change_is_seen_and_the_last_good_one_is_kept(service: Service) -> None:
    describe(service)
    async with gateway_for(service, openapi_seconds=0) as edge:
        first = await public(edge)
        describe(service, **{"/v1/referrals": {"get": operation("referrals")}})
        second = await public(edge)
        assert "/v1/referrals" in second.json["paths"]
        assert second.headers["etag"] != first.headers["etag"]

        async def broken(served: Served) -> None:
            await served.answer(500, b"{}")

        service.handler = broken
        assert (await public(edge)).headers["etag"] == second.headers["etag"]


async def test_a_service_is_asked_for_what_is_new_and_says_when_nothing_is(service: Service) -> None:
    asked = list[str]()

    async def handler(served: Served) -> None:
        asked.append(served.header("if-none-match") or "")
        if asked[-1]:
            await served.raw(f"HTTP/1.1 304 Whatever\r\netag: {asked[-1]}\r\n\r\n".encode())
        else:
            document = described({"/v1/families": {"get": operation("list")}})
            await served.answer(200, orjson.dumps(document), 'etag: "one"')

    service.handler = handler
    async with gateway_for(service, openapi_seconds=0) as edge:
        first, second = await public(edge), await public(edge)
        assert asked == [""] * 4 + ['"one"'] * 4
        assert first.headers["etag"] == second.headers["etag"]
        assert "x-missing" not in second.json


async def test_a_service_that_is_away_is_named(service: Service) -> None:
    async def nonsense(served: Served) -> None:
        await served.answer(200, b"[]")

    service.handler = nonsense
    async with gateway_for(service) as edge:
        answer = await public(edge)
        assert (answer.status, answer.json["x-missing"]) == (200, ["matching", "outcomes", "referral", "training"])


async def test_the_events_are_described_too(edge: Gateway) -> None:
    answer = await public(edge, "/asyncapi.json")
    assert (answer.status, answer.json["asyncapi"]) == (200, "3.0.0")
    assert (await public(edge, "/asyncapi.json", f"If-None-Match: {answer.headers['etag']}")).status == 304


def thing(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string", "format": "uuid"} for name in fields}}


def asks(*names: str, place: str = "path") -> dict[str, Any]:
    found = [{"name": name, "in": place, "required": True, "schema": {"type": "string"}} for name in names]
    return {"parameters": found}


def test_an_answer_says_which_calls_its_ids_are_good_for() -> None:
    paths = {
        "/v1/families": {"get": operation("list_families"), "post": operation("register")},
        "/v1/families/{family_id}": {"get": operation("get_family", **asks("family_id"))},
        "/v1/families/{family_id}/changes": {
            "post": operation(
                "change", parameters=[*asks("family_id")["parameters"], *asks("If-Match", place="header")["parameters"]]
            )
        },
        "/v1/referrals": {"get": operation("list_referrals", **asks("family", place="query"))},
    }
    document = merge({"referral": described(paths, Out=thing(id=1, family=1))}, OWN, ISSUER)

    def led_to(path: str, method: str) -> dict[str, Any]:
        answer = document["paths"][path][method]["responses"]["200"]
        return {name: link["parameters"] for name, link in answer.get("links", {}).items()}

    own, asked = {"family_id": "$response.body#/id"}, {"family_id": "$request.path.family_id"}
    mentioned = {"referral_get_family": {"family_id": "$response.body#/family"}}
    assert led_to("/v1/families", "post") == {"referral_get_family": own, "referral_change": own}
    assert led_to("/v1/families", "get") == {"referral_get_family": own}
    assert led_to("/v1/families/{family_id}", "get") == {
        **mentioned,
        "referral_change": asked | {"If-Match": "$response.header.ETag"},
        "referral_list_referrals": {"family": "$request.path.family_id"},
    }
    assert led_to("/v1/referrals", "get") == mentioned
