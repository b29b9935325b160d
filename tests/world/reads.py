"""Every reading operation asked once, by the first of those who may ask and who is shown what is there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx

from deploy.local.client import Caller
from deploy.local.journey.story import Story
from shared.auth import Role
from tests.world.description import Operation
from tests.world.ids import Ids
from tests.world.witness import Witness

_GET: Final = "GET"


async def play(witness: Witness, ids: Ids, story: Story, callers: Mapping[Role, Caller]) -> None:
    """`callers` by role."""
    for operation in witness.description.operations.values():
        if operation.method == _GET and operation.roles and witness.good(operation.name) is None:
            for caller in _may(operation, callers):
                answer = await _ask(ids, operation, caller, story)
                if answer.status_code == httpx.codes.OK:
                    break


def _may(operation: Operation, callers: Mapping[Role, Caller]) -> Iterator[Caller]:
    return (caller for role, caller in callers.items() if role in operation.roles)


async def _ask(ids: Ids, operation: Operation, caller: Caller, story: Story) -> httpx.Response:
    needed = [one["name"] for one in operation.parameters if one["in"] == "query" and one.get("required")]
    query: dict[str, Any] = {name: str(story.family.id) for name in needed}
    bearer = {"Authorization": f"Bearer {await caller.token()}"}
    path = operation.path.format(**ids.of_path(operation))
    return await caller.gateway.http.get(path, params=query, headers=bearer)
