"""Routes that answer without a token: for everybody, or for whoever holds a link."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.dependencies.models import Dependant

from shared import links
from shared.db import Work
from shared.errors import NotFound
from shared.links import Link

_NOWHERE = UUID(int=0)


class Open:
    """Declares, as a dependency, that a route answers everybody, without a token; such a route only reads.

    Its transaction is in no partnership: it sees what a policy shows to the scope `public`, and nothing else.
    """

    async def __call__(self) -> None:
        return


class ByLink(Open):
    """Declares that a route answers whoever holds an unguessable link, which its body carries, without a token.

    It may change what the link is for, however often it is asked with the same effect: there is no Idempotency-Key. Its
    verb finds what the link is for in no partnership, and only then enters it.
    """


_LinkInPath = Annotated[str, Path(description="What nobody can guess; told once to whoever made it.")]


class Holding(Open):
    """Declares, as a dependency, that a route answers whoever holds the `link` of its path, without a token.

    Such a route may write. Its transaction is in the organisation that the link names; whether there is such a link the
    service finds out, and says of any other one that there is none.
    """

    async def __call__(self, request: Request, link: _LinkInPath) -> Link:  # type: ignore[override]  # another kind
        del link
        found: Link = request.scope["circle.link"]
        return found


Everybody = Annotated[None, Depends(Open())]
LinkHolder = Annotated[None, Depends(ByLink())]
Holder = Annotated[Link, Depends(Holding())]


def is_open(dependant: Dependant, kind: type[Open] = Open) -> bool:
    """Whether a route declares that it is for everybody, or in that kind of way."""
    return isinstance(dependant.call, kind) or any(is_open(one, kind) for one in dependant.dependencies)


def work_of(request: Request, service: str) -> Work:
    """Of somebody without a token: in no partnership, or where the link of the path leads."""
    link: Link | None = request.scope["circle.link"]
    return Work(
        service=service,
        partnership=link.partnership if link else _NOWHERE,
        organisation=link.organisation if link else None,
        actor="visitor",
        scope="public",
        action=f"{request.method} {request.scope['circle.route']}",
        request_id=request.scope["circle.request_id"],
        traceparent=request.scope["circle.traceparent"],
    )


def link_of(request: Request) -> Link:
    """The link of the path; what has not the shape of one is answered like one that never was."""
    link = links.read(str(request.path_params["link"]))
    if link is None:
        raise NotFound
    return link
