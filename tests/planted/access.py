"""Faults in who may see what, as factories of a broken matching service: the access matrix has to find every one."""

import os
from typing import Any, Final

from fastapi import Request, Response
from starlette.middleware.base import RequestResponseEndpoint

from services.matching.main import create_app
from shared import routing
from shared.auth import Role

_SUPERVISIONS: Final = "/v1/supervisions"
# The id whose refusal is told differently.
TOLD: Final = "PLANTED_ID"


def widened() -> Any:
    """One route lets in a role more than it declares."""
    admit = routing._admit  # noqa: SLF001 - this process is to be broken

    async def admitting(request: Request, allowed: frozenset[Role] | None) -> None:
        is_list = (request.method, request.url.path) == ("GET", _SUPERVISIONS)
        await admit(request, (allowed or frozenset()) | {Role.VOLUNTEER} if is_list else allowed)

    routing._admit = admitting  # noqa: SLF001 - as above
    return create_app()


def telling() -> Any:
    """What is there and may not be seen is refused with 403, what is not there with 404."""
    app = create_app()

    @app.middleware("http")
    async def tell(request: Request, call_next: RequestResponseEndpoint) -> Response:
        answer = await call_next(request)
        if answer.status_code == 404 and request.url.path.endswith(os.environ[TOLD]):
            answer.status_code = 403
        return answer

    return app
