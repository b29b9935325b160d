"""Asks for what is there and for what is not, as somebody who may see neither; the answers have to be the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx

from shared.auth import Role
from shared.ids import new_id
from tests.attacks.access.description import Operation
from tests.attacks.access.stage import Stage
from tests.attacks.access.tokens import Who

_OF_THE_REQUEST: Final = frozenset({"instance", "request_id"})
_VOLATILE: Final = frozenset({"date", "x-request-id", "ratelimit", "traceparent", "server-timing"})
# What belongs to one family's case: organisations without a part in it see nothing of it.
OF_A_CASE: Final = (
    *("/v1/families/", "/v1/referrals/", "/v1/children/", "/v1/match-requests/", "/v1/matches/", "/v1/allocations/"),
    *("/v1/involvement-plans/", "/v1/plan-timelines/", "/v1/stages/", "/v1/concerns/", "/v1/readings/"),
)


@dataclass
class Seen:
    """What an answer tells, without what is different for each request anyway."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, answer: httpx.Response) -> "Seen":
        body = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name not in _OF_THE_REQUEST}
        headers = {name: value for name, value in answer.headers.items() if name not in _VOLATILE}
        return cls(answer.status_code, body, headers)


class Prober:
    """Sends the pairs of requests."""

    def __init__(self, stage: Stage, client: httpx.AsyncClient) -> None:
        self._stage = stage
        self._client = client
        self._known = self.known_ids(stage)

    def targets(self) -> Iterator[tuple[Operation, dict[str, str]]]:
        """Each operation on something that is there, with the ids of it."""
        for operation in self._stage.witness.description.operations.values():
            ids = {name: self.known(operation, name) for name in operation.in_path}
            if operation.in_path and operation.roles and all(ids.values()):
                yield operation, ids

    async def pair(self, operation: Operation, ids: Mapping[str, str], who: Who) -> tuple[Seen, Seen]:
        """The answers for what is there and for a guess."""
        guess = {name: str(new_id()) for name in ids}
        return await self._ask(operation, ids, who), await self._ask(operation, guess, who)

    async def _ask(self, operation: Operation, ids: Mapping[str, str], who: Who) -> Seen:
        headers = {"Authorization": f"Bearer {self._stage.mint.token(who)}"}
        if operation.method != "GET":
            headers |= {"Idempotency-Key": str(new_id()), "If-Match": '"0"'}
        good = self._stage.witness.good(operation.name)
        body = (good.body if good else {}) if operation.body else None
        path = operation.path.format(**ids)
        return Seen.of(await self._client.request(operation.method, path, headers=headers, json=body))

    @staticmethod
    def known_ids(stage: Stage) -> dict[str, str]:
        """By the place in a path where each stands."""
        return dict(_known_ids(stage))

    @staticmethod
    def id_of(known: Mapping[str, str], operation: Operation, name: str) -> str:
        """What stands at that place of the operation's path; empty when nothing is known."""
        collection = operation.path.partition(f"/{{{name}}}")[0]
        return known.get(f"{collection}/{{{name}}}", "")

    def known(self, operation: Operation, name: str) -> str:
        return self.id_of(self._known, operation, name)


def _known_ids(stage: Stage) -> Iterator[tuple[str, str]]:
    """The id of something that is there, for each place in a path where an id stands."""
    description = stage.witness.description
    places = ((one.path, name) for one in description.operations.values() for name in one.in_path)
    members = {path.partition(f"/{{{name}}}")[0]: name for path, name in places}
    home = str(partnership_of(stage, stage.cast.home.organisations["la"]))
    for exchange in stage.witness.exchanges:
        path = description.operations[exchange.operation].path
        if not exchange.went_well or exchange.claims.get("partnership") != home:
            continue
        for name, value in exchange.parameters.items():
            yield f"{path.partition(f'/{{{name}}}')[0]}/{{{name}}}", value
        if path in members and isinstance(exchange.answer, dict) and "id" in exchange.answer:
            yield f"{path}/{{{members[path]}}}", str(exchange.answer["id"])
    yield "/v1/children/{child_id}", str(stage.story.family.children[0])


def stranger(stage: Stage, role: Role) -> Who:
    """Somebody of another partnership."""
    authority = stage.cast.away.organisations["la"]
    return _who(role, partnership_of(stage, authority), authority)


def neighbour(stage: Stage, role: Role) -> Who:
    """Somebody of the same partnership, whose organisation has no part in the case."""
    return _who(role, partnership_of(stage, stage.cast.home.organisations["la"]), new_id())


def colleague(stage: Stage, role: Role) -> Who:
    """Somebody of the authority that registered the family."""
    authority = stage.cast.home.organisations["la"]
    return _who(role, partnership_of(stage, authority), authority)


def party(stage: Stage, role: Role) -> Who:
    """Somebody of the organisation that has this role in the case: the scheme for its own roles, else the authority."""
    scheme = role in {Role.PROJECT_MANAGER, Role.COORDINATOR}
    home = stage.cast.home.organisations
    return _who(role, partnership_of(stage, home["la"]), home["scheme" if scheme else "la"])


def partnership_of(stage: Stage, organisation: UUID) -> UUID:
    """Where the organisation belongs, from the token of somebody who acted for it."""
    claims = (one.claims for one in stage.witness.exchanges)
    return next(UUID(one["partnership"]) for one in claims if one.get("organisation") == str(organisation))


def _who(role: Role, partnership: UUID, organisation: UUID) -> Who:
    if role in {Role.PARTNER_SYSTEM, Role.INTAKE, Role.ADMIN}:
        return Who(role, partnership, organisation, None, str(new_id()))
    return Who(role, partnership, organisation, new_id())
