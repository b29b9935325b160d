"""What one call's answer is good for: OpenAPI links from an answer to the calls that take an id out of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Document = dict[str, Any]

_JSON: Final = "application/json"
_IN_PATH: Final = re.compile(r"{(\w+)}")
# A thing by its id, not one of its parts.
_THING: Final = re.compile(r"/v1/[a-z-]+/{(\w+)}")
_OK: Final = "2"
# Of a family as well as of those who sign in.
_SEVERAL: Final = frozenset({"person"})
Link = tuple[str, dict[str, str]]


def add(paths: Document, schemas: Mapping[str, Document]) -> None:
    """Put into every answer that is told as JSON the calls that may follow it."""
    map_ = Map(paths, schemas)
    for path, item in paths.items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                found = dict(map_.links(path, method, answer)) if status.startswith(_OK) else {}
                if found:
                    answer["links"] = {
                        name: {"operationId": name, "parameters": parameters} for name, parameters in found.items()
                    }


class Map:
    """All calls by where they lie."""

    def __init__(self, paths: Document, schemas: Mapping[str, Document]) -> None:
        self._paths = paths
        self._schemas = schemas
        # The path of a collection, and the name that one of its members has in a path.
        places = [(path, name) for path in paths for name in _IN_PATH.findall(path)]
        self._members = {path.partition(f"/{{{name}}}")[0]: name for path, name in places}
        # By what a field with its id is called: `referral` for `/v1/referrals/{referral_id}`.
        self._things: dict[str, list[str]] = {}
        for path in paths:
            if match := _THING.fullmatch(path):
                self._things.setdefault(_stem(match[1]), []).append(path)

    def links(self, path: str, method: str, answer: Document) -> Iterator[Link]:
        """Later ones count: an id of its own says more than one that the answer mentions."""
        schema = answer.get("content", {}).get(_JSON, {}).get("schema", {})
        yield from self._mentioned(schema)
        yield from self._held(schema)
        if method == "get" and _THING.fullmatch(path):
            yield from self._below(path)
        home = self._home(path)
        if home in self._members and (place := self._id_in(schema, _stem(self._members[home]))):
            yield from self._member(home, method, place)

    def _home(self, path: str) -> str:
        """Where the members of this collection are found: with it, or in the collection of all of their kind."""
        return path if path in self._members else f"/v1/{path.rpartition('/')[2]}"

    def _mentioned(self, schema: Document) -> Iterator[Link]:
        """Other things whose ids are in the answer's fields."""
        for field, shape in self._fields(schema).items():
            place = field if _is_id(shape) else f"{field}/id" if "id" in self._fields(shape) else ""
            for path in self._things.get(field, ()) if place and field not in _SEVERAL else ():
                if "get" in self._paths[path]:
                    yield self._paths[path]["get"]["operationId"], {_last(path): f"$response.body#/{place}"}

    def _held(self, schema: Document) -> Iterator[Link]:
        """What a link is good for that the answer tells: whoever holds it needs nothing else."""
        if "link" in self._fields(schema):
            for path, item in self._paths.items():
                for operation in item.values() if path.endswith("/{link}") else ():
                    yield operation["operationId"], {"link": "$response.body#/link"}

    def _below(self, path: str) -> Iterator[Link]:
        """What can be done with a thing that has been read, as it was read."""
        known = {_last(path): f"$request.path.{_last(path)}"}
        for method, operation, below in self._at(path):
            if (below, method) != (path, "get"):
                version = {"If-Match": "$response.header.ETag"} if _wants_version(operation) else {}
                yield operation["operationId"], known | version
        yield from self._listed_for(path)

    def _listed_for(self, path: str) -> Iterator[Link]:
        """Lists that have to be told whose they are."""
        stem = _stem(_last(path))
        for item in self._paths.values():
            for one in item.get("get", {}).get("parameters", ()):
                if (one.get("in"), one.get("name"), one.get("required")) == ("query", stem, True):
                    yield item["get"]["operationId"], {stem: f"$request.path.{_last(path)}"}

    def _member(self, path: str, method: str, place: str) -> Iterator[Link]:
        """A collection's own: all that can be done with what was made, a look at the first that is shown."""
        member = f"{path}/{{{self._members[path]}}}"
        above = {name: f"$request.path.{name}" for name in _IN_PATH.findall(path)}
        known = above | {_last(member): f"$response.body#/{place}"}
        can_be_read = "get" in self._paths.get(member, {})
        for name, operation, below in self._at(member):
            if method == "post" or (below, name) == (member, "get") or not can_be_read:
                yield operation["operationId"], known

    def _at(self, path: str) -> Iterator[tuple[str, Document, str]]:
        """The calls on a thing, and on its parts as a whole."""
        for below, item in self._paths.items():
            if below == path or (below.startswith(f"{path}/") and "{" not in below.removeprefix(path)):
                for method, operation in item.items():
                    yield method, operation, below

    def _id_in(self, schema: Document, stem: str) -> str:
        """Where the id is in an answer that is a thing, a page of them, or a thing with its secret."""
        schema = self._resolved(schema)
        if schema.get("type") == "array":
            return f"0/{place}" if (place := self._id_in(schema["items"], stem)) else ""
        fields = self._fields(schema)
        if "items" in fields:
            return f"items/{place}" if (place := self._id_in(fields["items"], stem)) else ""
        named = next((name for name in ("id", stem) if _is_id(fields.get(name, {}))), "")
        inner = [f"{name}/id" for name, field in fields.items() if "id" in self._fields(field)]
        return named or (inner[0] if len(inner) == 1 else "")

    def _fields(self, schema: Document) -> Document:
        found: Document = self._resolved(schema).get("properties", {})
        return found

    def _resolved(self, schema: Document) -> Document:
        """The schema behind a reference, the first of several."""
        if "anyOf" in schema:
            return self._resolved(schema["anyOf"][0])
        return self._schemas.get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema


def _is_id(schema: Document) -> bool:
    """A UUID, perhaps a missing one."""
    return any(one.get("format") == "uuid" for one in schema.get("anyOf", (schema,)))


def _wants_version(operation: Document) -> bool:
    return any(one.get("name") == "If-Match" for one in operation.get("parameters", ()))


def _last(path: str) -> str:
    return path.rpartition("{")[2].partition("}")[0]


def _stem(name: str) -> str:
    return name.removesuffix("_id")
