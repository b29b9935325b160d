"""The platform's description as these attacks read it: operations by name, which one a path belongs to, its fields."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any, Final

import httpx

_JSON: Final = "application/json"
_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 0.5


def fetch(gateway: str) -> Mapping[str, Any]:
    """The platform's description with every service in it: one that is slow to describe itself is waited for."""
    end = monotonic() + _SECONDS
    while True:
        document: Mapping[str, Any] = httpx.get(f"{gateway}/openapi.json", timeout=_SECONDS).json()
        if "x-missing" not in document:
            return document
        assert monotonic() < end, document["x-missing"]
        sleep(_AGAIN_SECONDS)


@dataclass(frozen=True)
class Operation:
    """One operation of the merged description."""

    name: str
    method: str
    path: str
    roles: frozenset[str]
    parameters: tuple[Mapping[str, Any], ...]
    body: Mapping[str, Any] | None

    @property
    def in_path(self) -> tuple[str, ...]:
        """Names of its path parameters, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    def wants(self, header: str) -> bool:
        return any(one["in"] == "header" and one["name"] == header for one in self.parameters)


class Description:
    """All operations, and the schemas that their bodies refer to."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.operations = {one.name: one for one in self._all()}
        self._templates = [
            (one, re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", one.path))) for one in self.operations.values()
        ]
        # `/things/overdue` before `/things/{id}`.
        self._templates.sort(key=lambda pair: len(pair[0].in_path))
        places = [(one.path, name) for one in self.operations.values() for name in one.in_path]
        # By the path of a collection the name that one of its members has in a path.
        self.members = {path.partition(f"/{{{name}}}")[0]: name for path, name in places}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request is for, with the values in its path."""
        for operation, template in self._templates:
            match = template.fullmatch(path) if operation.method == method else None
            if match:
                return operation, match.groupdict()
        return None

    def resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema or parameter behind a reference."""
        while "$ref" in node:
            found: Any = self._document
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node

    def branches(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The schema itself or, where it is a choice, each of the choices."""
        schema = self.resolve(schema)
        choices = [one for kind in ("anyOf", "oneOf", "allOf") for one in schema.get(kind, ())]
        for one in choices:
            yield from self.branches(one)
        if not choices:
            yield schema

    def fields(self, schema: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
        """The fields of an object, with every schema that each may have."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for branch in self.branches(schema):
            for name, field in branch.get("properties", {}).items():
                found.setdefault(name, []).append(field)
        return found

    def answers(self, operation: str) -> Iterator[Mapping[str, Any]]:
        """Schemas of what the operation answers when it did its work."""
        found = self.operations[operation]
        raw = self._document["paths"][found.path][found.method.lower()]
        for status, answer in raw["responses"].items():
            if status.startswith("2") and _JSON in answer.get("content", {}):
                yield answer["content"][_JSON]["schema"]

    def _all(self) -> Iterator[Operation]:
        for path, item in self._document["paths"].items():
            for method, raw in item.items():
                parameters = tuple(self.resolve(one) for one in raw.get("parameters", ()))
                content = raw.get("requestBody", {}).get("content", {})
                body = content.get(_JSON, {}).get("schema")
                roles = frozenset(raw.get("x-roles", ()))
                yield Operation(raw["operationId"], method.upper(), path, roles, parameters, body)
