"""Sends every field that only the platform may set, in every body there is: each has to be refused by its name."""

import asyncio
import importlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx

from shared.auth import Role
from shared.ids import new_id
from shared.migrations import package_of
from shared.settings import SERVICES
from tests.attacks.access.people import Near, somebody
from tests.world.description import Description, Operation
from tests.world.stage import Stage

# Beside what tables and answers have: what tokens and the audit are made of.
_OTHERS: Final = (
    "scope",
    "secret",
    "client_secret",
    "audience",
    "hash",
    "mac",
    "link",
    "xid",
    "actor",
    "sub",
    "person",
)
_AT_ONCE: Final = 30
# Operations tried at the same time.
_FEW: Final = 8
# What a certificate says may not be kept: any unknown field of that body is refused as a whole.
_CONTENT: Final = "/problems/certificate-content-refused"


def server_owned(description: Description) -> frozenset[str]:
    """Columns of all tables, and fields of all answers."""
    names = set(_OTHERS)
    for service in SERVICES:
        metadata = importlib.import_module(f"{package_of(service)}.models").Base.metadata
        names |= {column.name for table in metadata.tables.values() for column in table.columns}
    for operation in description.operations.values():
        for schema in description.answers(operation.name) if operation.roles else ():
            names |= set(description.fields(schema))
    return frozenset(names)


def loose(description: Description) -> Iterator[str]:
    """Objects in bodies, however deep, that would take a field that they do not know."""
    for operation in description.operations.values():
        if operation.body:
            yield from _loose(description, operation.name, operation.body, ())


def _loose(description: Description, place: str, schema: Mapping[str, Any], above: tuple[int, ...]) -> Iterator[str]:
    for branch in description.branches(schema):
        if id(branch) in above:
            continue
        if "properties" in branch and branch.get("additionalProperties") is not False:
            yield place
        inner = [(name, field) for name, field in branch.get("properties", {}).items()]
        inner += [("[]", branch["items"])] if isinstance(branch.get("items"), dict) else []
        for name, field in inner:
            yield from _loose(description, f"{place}/{name}", field, (*above, id(branch)))


async def taken(stage: Stage, client: httpx.AsyncClient) -> dict[str, set[str]]:
    """For each operation with a body the server-owned names that were not refused as unknown."""
    names, description, few = (
        server_owned(stage.witness.description),
        stage.witness.description,
        asyncio.Semaphore(_FEW),
    )
    asked = [one for one in description.operations.values() if one.body and one.roles]

    async def of_one(operation: Operation) -> set[str]:
        wanted = set(names) - set(description.fields(operation.body or {}))
        async with few:
            return {
                name
                for handful in _handfuls(sorted(wanted))
                for name in handful - await _refused(stage, client, operation, handful)
            }

    found = await asyncio.gather(*(of_one(operation) for operation in asked))
    return {operation.name: taken for operation, taken in zip(asked, found, strict=True)}


def _handfuls(names: list[str]) -> Iterator[set[str]]:
    """A problem names fifty places at most; some may be taken by fields that are missing."""
    for start in range(0, len(names), _AT_ONCE):
        yield set(names[start : start + _AT_ONCE])


async def _refused(stage: Stage, client: httpx.AsyncClient, operation: Operation, names: set[str]) -> set[str]:
    good = stage.witness.good(operation.name)
    sent: dict[str, Any] = dict(good.body) if good and isinstance(good.body, dict) else {}
    role = Role(min(operation.roles))
    token = stage.mint.token(somebody(stage, role, Near.COLLEAGUE))
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id()), "If-Match": "*"}
    path = operation.path.format(**stage.ids.of_path(operation))
    answer = await client.request(operation.method, path, headers=headers, json=sent | dict.fromkeys(names, "x"))
    if answer.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        return set()
    if answer.json()["type"] == _CONTENT:
        return names
    errors = answer.json().get("errors", ())
    return {one["pointer"].rpartition("/")[2] for one in errors if one["code"] == "extra_forbidden"}
