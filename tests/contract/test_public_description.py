"""The merged OpenAPI document of the real services and the gateway: whole, unique, and true to the edge."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest

from gateway import routes
from gateway.framing.headers import PASSED_ON
from gateway.openapi import merge
from shared.auth import Role
from shared.settings import SERVICES

ISSUER = "http://circle.test"


def app_of(name: str, environment: dict[str, str]) -> Any:
    module = importlib.import_module("gateway.main" if name == "gateway" else f"services.{name}.main")
    with mock.patch.dict("os.environ", environment):
        return module.create_own_app() if name == "gateway" else module.create_app()


@pytest.fixture(scope="module")
def apps(environment_of: Callable[[str], dict[str, str]]) -> dict[str, Any]:
    return {name: app_of(name, environment_of(name)) for name in SERVICES}


@pytest.fixture(scope="module")
def document(apps: dict[str, Any]) -> dict[str, Any]:
    parts = {name: app.openapi() for name, app in apps.items()}
    return merge(parts, parts.pop("gateway"), ISSUER)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert found
    for reference in found:
        node: Any = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node is not None


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids)) > 100
    assert [path for path, _, one in operations(document) if not one.get("summary")] == []


def test_every_parameter_of_a_path_is_declared(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        declared = {one["name"] for one in operation.get("parameters", []) if one.get("in") == "path"}
        assert declared == {piece[1:-1] for piece in path.split("/") if piece.startswith("{")}, (path, method)


def test_every_declared_header_passes_the_edge(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        if routes.find(path, b"") in {None, ("gateway", path.split("/")[2])}:
            continue
        for one in operation.get("parameters", []):
            if one.get("in") == "header":
                assert one["name"].lower().encode() in PASSED_ON, (path, one["name"])


def test_every_operation_of_a_service_says_who_may_call_it(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        if path.split("/")[2:3] in [[segment] for segment in routes.OPEN]:
            assert ("x-roles" in operation, "security" in operation) == (False, False), path
            # Only whoever holds a link may write; visits' links come in a body.
            assert method == "get" or path.endswith("/{link}") or path.startswith("/v1/check-ins/"), path
        elif path.startswith("/v1/"):
            assert operation["x-roles"], (path, method)
            assert set(operation["x-roles"]) <= set(Role)
            assert operation["security"]


def test_no_path_of_a_service_is_lost_but_those_for_workers(apps: dict[str, Any], document: dict[str, Any]) -> None:
    for name, app in apps.items():
        for path, item in app.openapi()["paths"].items():
            lost = {method for method in item if method not in document["paths"].get(path, {})}
            for method in lost:
                assert item[method].get("x-roles") == ["worker"], (name, method, path)


def test_what_only_workers_may_call_does_not_pass_the_edge(apps: dict[str, Any]) -> None:
    inside = [
        path
        for app in apps.values()
        for path, item in app.openapi()["paths"].items()
        for operation in item.values()
        if operation.get("x-roles") == [Role.WORKER]
    ]
    assert inside
    assert [path for path in inside if routes.find(path, path.encode()) is not None] == []


def test_every_link_leads_to_a_call_with_a_parameter_of_that_name(document: dict[str, Any]) -> None:
    known = {one["operationId"]: one for _, _, one in operations(document)}
    led_to = set()
    for path, method, operation in operations(document):
        for answer in operation["responses"].values():
            for name, link in answer.get("links", {}).items():
                taken = {one.get("name") for one in known[link["operationId"]]["parameters"]}
                assert set(link["parameters"]) <= taken, (path, method, name)
                led_to.add(link["operationId"])
    # Whatever wants an id in its path can be come to from a call that tells one.
    assert {one["operationId"] for path, _, one in operations(document) if "{" in path} - led_to == set()
