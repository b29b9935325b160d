"""The services with all of our own checks replaced by "allow": what the database's row policies still hide."""

import importlib
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, Final
from unittest import mock
from uuid import UUID

import orjson
from fastapi import Request

from gateway import routes
from gateway.main import create_own_app
from shared.auth import Role, bearer
from shared.consumer import Handlers
from shared.ids import new_id
from shared.settings import SERVICES
from shared.testing import Running, running
from tests.world.description import Operation
from tests.world.stage import Stage

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What belongs to one family's case: organisations without a part in it see nothing of it.
OF_A_CASE: Final = (
    *("/v1/families/", "/v1/referrals/", "/v1/children/", "/v1/match-requests/", "/v1/matches/", "/v1/allocations/"),
    *("/v1/involvement-plans/", "/v1/plan-timelines/", "/v1/stages/", "/v1/concerns/", "/v1/readings/"),
)
# The audit is the partnership's, whoever has a part in a case: its reviewers are told apart by their role alone.
OF_THE_PARTNERSHIP: Final = frozenset(f"{name}_search_audit" for name in SERVICES)
# What looks at the caller once more behind the route; the rest is asked of the database.
_CHECKS: Final = (
    "services.matching.service.matches.require_shown",
    "services.referral.service.concerns._require_lead",
    "services.referral.service.referrals.require_receiver",
    "services.referral.service.signatures._require_readable",
    "gateway.identity.service.people.require_may_see",
)
# Part of the scope of a worker: every case of its partnership, none of another.
EVERY_ROLE: Final = tuple(Role)
NO_WORKER: Final = tuple(role for role in Role if role is not Role.WORKER)


async def _admit_everybody(request: Request, _allowed: object) -> None:
    request.scope["circle.caller"] = await request.app.state.verifier.verify(bearer(request.headers["authorization"]))


@contextmanager
def nothing_checked() -> Iterator[None]:
    """Every role may call everything, every check of a case says yes."""
    with ExitStack() as patched:
        patched.enter_context(mock.patch("shared.routing._admit", _admit_everybody))
        for name in _CHECKS:
            # A mock is awaited where the check that it stands for is.
            patched.enter_context(mock.patch(name))
        yield


@asynccontextmanager
async def service(stage: Stage, name: str) -> AsyncIterator[Running]:
    """One service of the platform once more in this process, on the same database."""
    factory = create_own_app if name == "gateway" else importlib.import_module(f"services.{name}.main").create_app
    environment = stage.platform.environment_of(name) | {"CIRCLE_OTEL_ENDPOINT": ""}
    async with running(factory, environment, Handlers()) as found:
        yield found


def ids_of(stage: Stage, partnership: UUID) -> set[str]:
    """Every id that the platform told somebody of the partnership, and nobody of another."""
    ours, theirs = set[str](), set[str]()
    for exchange in stage.witness.exchanges:
        if exchange.went_well and exchange.answer is not None:
            known = ours if exchange.claims.get("partnership") == str(partnership) else theirs
            known.update(_UUID.findall(orjson.dumps(exchange.answer).decode()))
    return ours - theirs - {str(partnership)}


def ids_of_cases(stage: Stage) -> set[str]:
    """The ids in paths of one family's case."""
    cases = [one for one in stage.witness.exchanges if one.claims.get("partnership") == stage.home and one.went_well]
    found = {value for one in cases if one.path.startswith(OF_A_CASE) for value in one.parameters.values()}
    return found | {str(one) for one in (stage.story.family.id, *stage.story.family.children)}


async def shown(
    stage: Stage, who: tuple[UUID, UUID], roles: tuple[Role, ...], foreign: set[str]
) -> dict[str, set[str]]:
    """For each read of every service the foreign ids that its answer shows to somebody with all of these roles."""
    found: dict[str, set[str]] = {}
    with nothing_checked():
        for name in SERVICES:
            async with service(stage, name) as there:
                caller = there.as_(*roles, partnership=who[0], organisation=who[1], person=new_id())
                for operation, path in _reads(stage, name):
                    answer = await caller.get(path)
                    found[operation.name] = _told(answer.content) & foreign
    return found


def _reads(stage: Stage, name: str) -> Iterator[tuple[Operation, str]]:
    known = stage.ids
    # The audits first: whoever reads writes what was asked for, ids of others too, into its own audit.
    operations = stage.witness.description.operations.values()
    for operation in sorted(operations, key=lambda one: one.name not in OF_THE_PARTNERSHIP):
        owner = routes.SEGMENTS.get(f"{operation.path}//".split("/")[2])
        if operation.method == "GET" and operation.roles and owner == name:
            ids = known.of_path(operation)
            needed = [one for one in operation.parameters if one["in"] == "query" and one.get("required")]
            query = "&".join(f"{one['name']}={stage.story.family.id}" for one in needed if "enum" not in one["schema"])
            yield operation, operation.path.format(**ids) + (f"?{query}" if query else "")


def _told(content: bytes) -> set[str]:
    """The ids in an answer, but for the request's own path in a problem."""
    document: Any = orjson.loads(content) if content else {}
    if isinstance(document, dict):
        document.pop("instance", None)
    return set(_UUID.findall(orjson.dumps(document).decode()))
