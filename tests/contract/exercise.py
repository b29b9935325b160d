"""Requests made from the platform's own description: of whom, with which ids, and what has to hold of each answer."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks

from deploy.local.logins import Login, Token
from shared.auth import Role
from shared.ids import new_id
from tests.world.description import fetch
from tests.world.stage import Stage

# How many requests of one kind are made up for one operation and one caller.
EXAMPLES: Final = 5
HELD: Final = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SECONDS: Final = 30
_GOOD: Final = {"If-Match": "*", "Idempotency-Key": "of every request its own"}
# The usual ones, and what a stale ETag (412) or too large a body (413) is answered with; never by an error of ours.
_REFUSED: Final = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"]
_CONFIG: Final = {
    "checks": {"negative_data_rejection": {"expected-statuses": _REFUSED}},
    # Tokens are ours: a made-up one would only ever be refused.
    "generation": {"with-security-parameters": False},
    # Chains follow the links that the description has, none that are guessed.
    "phases": {"stateful": {"inference": {"algorithms": []}, "generation": {"mode": "positive"}}},
}


@dataclass
class Scene:
    """A platform in use: who signs in for a role, and ids of what is there by the name that events have for it."""

    stage: Stage
    logins: Mapping[Role, Login]
    ids: dict[str, list[str]] = field(default_factory=dict)
    _tokens: dict[Role, Token] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.stage.platform.gateway

    def token(self, role: Role) -> str:
        """A token that is good for a while yet."""
        if role not in self._tokens or self._tokens[role].is_stale:
            # On a loop of its own, so that the tests' loop is not touched.
            with ThreadPoolExecutor(1) as apart:
                self._tokens[role] = apart.submit(asyncio.run, self._sign_in(role)).result()
        return self._tokens[role].value

    async def _sign_in(self, role: Role) -> Token:
        async with httpx.AsyncClient(base_url=self.url, timeout=_SECONDS) as client:
            return await self.logins[role].token(client)

    def learn(self, name: str, value: Any) -> None:
        """Keep an id under the name of its field."""
        if isinstance(value, str) and _UUID.fullmatch(value):
            known = self.ids.setdefault(name, [])
            if value not in known:
                known.append(value)

    def known(self, name: str) -> str:
        """An id of what a field or a place in a path of that name is about; nothing when there is none."""
        ids = self.ids.get(name.removesuffix("_id"))
        return ids[0] if ids else ""


def description(scene: Scene) -> Any:
    """The platform's description as schemathesis reads it."""
    return read(fetch(scene.url), scene.url)


def read(document: Mapping[str, Any], url: str) -> Any:
    """Any description, of a server at that address."""
    schema = schemathesis.openapi.from_dict(dict(document), config=SchemathesisConfig.from_dict(_CONFIG))
    schema.config.update(base_url=url)
    return schema


def operations(schema: Any) -> Iterator[Any]:
    """Every operation there is."""
    for found in schema.get_all_operations():
        yield found.ok()


def roles_of(operation: Any) -> list[Role]:
    """Who may make the call; nobody is named where no token is asked for."""
    return [Role(one) for one in operation.definition.raw.get("x-roles", ())]


def wants(operation: Any, header: str) -> bool:
    """Whether the description has that header among the operation's parameters."""
    return header in {one.name for one in operation.headers}


class Exercise:
    """Makes requests of one operation in the name of one caller and keeps what was wrong with the answers."""

    def __init__(self, scene: Scene, session: requests.Session) -> None:
        self._scene = scene
        self._session = session
        self.answers: dict[str, set[int]] = {}
        self.wrong: dict[str, str] = {}
        # One of what each collection has shown or taken in.
        self._shown: dict[str, str] = {}

    def went_well(self) -> int:
        """How many operations did at least once what they are for."""
        return sum(any(status < HTTPStatus.BAD_REQUEST for status in found) for found in self.answers.values())

    def play(self, operation: Any, role: Role | None, mode: GenerationMode) -> None:
        """A few requests, good ones or bad ones as the description has it."""
        headers = {name: value for name, value in _GOOD.items() if wants(operation, name)}
        path = self._path(operation)
        strategy = operation.as_strategy(generation_mode=mode, path_parameters=path or None, headers=headers or None)

        @_FEW
        @given(case=strategy)
        def send(case: Any) -> None:
            self._send(case, role)

        # Some operations have nothing that could be wrong.
        with suppress(Unsatisfiable):
            send()

    def bare(
        self, operation: Any, role: Role | None, headers: Mapping[str, str], method: str = ""
    ) -> requests.Response:
        """A request with nothing but these headers and an empty object; by another method than its own if given."""
        names = [one.name for one in operation.path_parameters]
        path = operation.path.format(**dict.fromkeys(names, str(new_id())) | self._path(operation))
        given = {**headers, **self._bearer(role)}
        body: dict[str, str] | None = {} if operation.method != "get" else None
        return self._session.request(method or operation.method, self._scene.url + path, headers=given, json=body)

    def _bearer(self, role: Role | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._scene.token(role)}"} if role else {}

    def _path(self, operation: Any) -> dict[str, str]:
        """The ids of things that are there, where there are such things."""
        known = {}
        for one in operation.path_parameters:
            collection = operation.path.partition(f"/{{{one.name}}}")[0]
            known[one.name] = self._scene.known(one.name) or self._shown.get(collection, "")
        return {name: value for name, value in known.items() if value}

    def _look(self, path: str, response: schemathesis.Response) -> None:
        """Keep an id that a collection told, for the operations on one of its members."""
        if response.status_code < HTTPStatus.BAD_REQUEST and "json" in response.headers.get("content-type", [""])[0]:
            document = response.json()
            items = document.get("items", [document]) if isinstance(document, dict) else document
            for one in items[:1]:
                if isinstance(one, dict) and "id" in one:
                    self._shown.setdefault(path, str(one["id"]))

    def _send(self, case: Any, role: Role | None) -> None:
        if isinstance(case.body, dict | list):
            good = case.meta.generation.mode.is_positive
            case.body = with_known_ids(self._scene.known, case.body) if good else _trimmed(case.body)
        # Each change is a new one; that a key is needed has a test of its own.
        headers = self._bearer(role) | {"Idempotency-Key": str(new_id())}
        response = case.call(session=self._session, headers=headers, timeout=_SECONDS)
        self._look(case.operation.path, response)
        label = case.operation.label
        self.answers.setdefault(label, set()).add(response.status_code)
        if role and response.status_code == HTTPStatus.UNAUTHORIZED:
            self.wrong.setdefault(f"{label} 401", "a good token was refused")
        try:
            case.validate_response(response, checks=list(HELD))
        except AssertionError as failure:
            self.wrong.setdefault(f"{label} {response.status_code}", f"as {role}: {failure}")
        except BaseExceptionGroup as failures:
            told = "\n".join(str(one) for one in failures.exceptions)
            self.wrong.setdefault(f"{label} {response.status_code}", f"as {role}: {told}")


def with_known_ids(known: Callable[[str], str], node: Any, name: str = "") -> Any:
    """Made-up ids lead nowhere; those of fields whose name is known become ids of what is there."""
    if isinstance(node, dict):
        return {key: with_known_ids(known, value, key) for key, value in node.items()}
    if isinstance(node, list):
        return [with_known_ids(known, value, name) for value in node]
    if isinstance(node, str) and _UUID.fullmatch(node):
        return known(name) or str(UUID(node))
    return node


def _trimmed(node: Any) -> Any:
    """Space around a text is taken away before it is measured: a text that is too long only by that is not bad."""
    if isinstance(node, dict):
        return {key: _trimmed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_trimmed(value) for value in node]
    return node.strip() if isinstance(node, str) else node


_FEW: Final = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
