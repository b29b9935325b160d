"""What the data path says when it cannot pass a request on, as problem documents over bare ASGI."""

from typing import Final

import orjson
from starlette.types import Send

from gateway.upstream import BusyError, TimedOutError, UnreachableError, UpstreamError
from shared import problems
from shared.errors import Problem, Unavailable

Headers = list[tuple[bytes, bytes]]
_MEDIA_TYPE: Final = problems.MEDIA_TYPE.encode()
_UNKNOWN: Final = "Whether it was done is not known; send it again with the same Idempotency-Key."


class MethodNotAllowed(Problem):
    """405: no path of the platform knows this method."""

    status, name, title = 405, "method-not-allowed", "This method is not used here"


class BadGateway(Problem):
    """502: the service went away, or said something that is not an answer."""

    status, name, title = 502, "bad-gateway", "The service gave no whole answer"


class GatewayTimeout(Problem):
    """504: the service did not answer in time."""

    status, name, title = 504, "gateway-timeout", "The service did not answer in time"


def problem_of(error: UpstreamError) -> Problem:
    """How a failure towards a service is told."""
    if isinstance(error, BusyError | UnreachableError):
        return Unavailable()
    if isinstance(error, TimedOutError):
        return GatewayTimeout(_UNKNOWN, headers={"Retry-After": "2"})
    return BadGateway(_UNKNOWN, headers={"Retry-After": "2"})


def document(problem: Problem, path: str, request_id: bytes) -> tuple[Headers, bytes]:
    """Headers and body of the answer."""
    body = orjson.dumps(problem.document(path, request_id.decode("latin-1")))
    headers = [
        (b"content-type", _MEDIA_TYPE),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id),
    ]
    headers += [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    return headers, body


async def answer(send: Send, problem: Problem, path: str, request_id: bytes, extra: Headers) -> None:
    """Send the problem; `extra` are further headers."""
    headers, body = document(problem, path, request_id)
    await send({"type": "http.response.start", "status": problem.status, "headers": headers + extra})
    await send({"type": "http.response.body", "body": body})
