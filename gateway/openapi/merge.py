"""Four services' descriptions and the gateway's own become one: names made unique, references followed, edge added."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway import routes
from gateway.openapi import links
from gateway.openapi.edge import components, edge_responses, key_parameter

Document = dict[str, Any]

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SCHEMAS: Final = "#/components/schemas/"
# The one schema that is the same everywhere.
PROBLEM: Final = "ProblemDocument"


def merge(services: Mapping[str, Document], own: Document, issuer: str) -> Document:
    """One OpenAPI 3.1 document of the given services' and the gateway's own; `services` may be incomplete."""
    documents = {**services, routes.GATEWAY: own}
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for name, document in documents.items():
        schemas |= _schemas(name, document)
        for path, item in document.get("paths", {}).items():
            if _public(name, path) and (operations := dict(_operations(name, path, item))):
                paths[path] = operations
    links.add(paths, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Safeguarding Circle",
            "version": "1",
            "description": "Every call a partner can make. Errors are RFC 9457 problem documents; changes need an "
            "Idempotency-Key, moves an If-Match. `x-roles` names the roles that may make a call.",
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in _tags(paths)],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), **components(issuer)},
    }


def _public(name: str, path: str) -> bool:
    """A service describes what the edge passes to it and nothing else; the gateway also what lies outside /v1."""
    found = routes.find(path, b"")
    if found is not None:
        return found[0] == name
    return name == routes.GATEWAY and not path.startswith("/v1/")


def _operations(name: str, path: str, item: Document) -> Iterator[tuple[str, Document]]:
    for method in _METHODS:
        operation = item.get(method)
        if operation is None or operation.get("x-roles") in ([], ["worker"]):
            continue
        yield method, _operation(name, path, method, _rewritten(operation, name))


def _operation(name: str, path: str, method: str, operation: Document) -> Document:
    operation["operationId"] = f"{name}_{operation['operationId']}"
    operation["responses"] = edge_responses(operation.get("responses", {}), forwarded=name != routes.GATEWAY)
    if operation.get("security"):
        operation["security"] = [{"bearer": []}, {"oauth2": []}]
    if method == "post" and path.startswith("/v1/") and not operation.get("x-idempotent"):
        operation["parameters"] = [*operation.get("parameters", []), key_parameter()]
    if roles := operation.get("x-roles"):
        said = operation.get("description", "")
        operation["description"] = f"{said}\n\nRoles: {', '.join(f'`{role}`' for role in roles)}.".strip()
    return operation


def _schemas(name: str, document: Document) -> Document:
    found = document.get("components", {}).get("schemas", {})
    return {_renamed(schema, name): _rewritten(body, name) for schema, body in found.items()}


def _rewritten(node: Any, name: str) -> Any:
    """A copy in which every reference to a schema leads to its new name."""
    if isinstance(node, dict):
        return {key: _rewritten(value, name) for key, value in node.items()}
    if isinstance(node, list):
        return [_rewritten(value, name) for value in node]
    if isinstance(node, str) and node.startswith(_SCHEMAS):
        return _SCHEMAS + _renamed(node.removeprefix(_SCHEMAS), name)
    return node


def _renamed(schema: str, name: str) -> str:
    return schema if schema == PROBLEM else f"{name.capitalize()}{schema}"


def _tags(paths: Document) -> list[str]:
    """Each tag once, in the order in which the paths bring them."""
    return list(dict.fromkeys(tag for item in paths.values() for one in item.values() for tag in one.get("tags", ())))
