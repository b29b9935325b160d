"""Errors by kind (RFC 9457): the domain raises them, one renderer shows them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

PROBLEM_BASE = "/problems/"


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem
    """An answer that is not the wanted one. Carries codes and ids, never a value that the caller sent."""

    status = 500
    name = "internal"
    title = "Something went wrong"

    def __init__(
        self, detail: str = "", *, headers: Mapping[str, str] | None = None, keep: bool = True, **extra: Any
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra
        self.keep = keep

    def document(self, instance: str, request_id: str) -> dict[str, Any]:
        """The problem document's members, in the order in which people read them."""
        return {
            "type": PROBLEM_BASE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "instance": instance,
            "request_id": request_id,
            **self.extra,
        }


class BadRequest(Problem):
    """400: the request cannot be understood as HTTP with our conventions."""

    status, name, title = 400, "bad-request", "The request is not well formed"


class IdempotencyKeyMissing(BadRequest):
    """400: a POST without its `Idempotency-Key`."""

    name, title = "idempotency-key-missing", "This request needs an Idempotency-Key header"


class Unauthorized(Problem):
    """401: no token, or one that is not good."""

    status, name, title = 401, "unauthorized", "A valid access token is needed"

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'}, **extra)


class Forbidden(Problem):
    """403: the caller's role may not do this."""

    status, name, title = 403, "forbidden", "Your role may not do this"


class NotFound(Problem):
    """404: not there, or not yours to see; the two look the same."""

    status, name, title = 404, "not-found", "There is nothing here that you may see"


class Conflict(Problem):
    """409: the state of things forbids it. Subclass, or pass `name` and `title`."""

    status, name, title = 409, "conflict", "The present state does not allow this"

    def __init__(self, detail: str = "", *, name: str = "", title: str = "", **extra: Any) -> None:
        self.name = name or self.name
        self.title = title or self.title
        super().__init__(detail, **extra)


class IllegalMove(Conflict):
    """409 `illegal-move`: the lifecycle has no such step; names both states."""

    name, title = "illegal-move", "This step is not possible from the present state"

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(f"From {current} there is no step to {wanted}.", **{"from": current, "to": wanted})


class Gate(Conflict):
    """409 `gate-…`: something has to be done first; `missing` names it."""

    def __init__(self, name: str, detail: str, missing: Sequence[str] = ()) -> None:
        super().__init__(detail, name=name, title="Something has to be done first", missing=list(missing))


class WaitingFor(Conflict):
    """409 `name`: a fact of another service is on its way; try again in a second. Never kept for replays."""

    def __init__(self, name: str, detail: str, event_types: Iterable[str], **extra: Any) -> None:
        super().__init__(
            detail,
            name=name,
            title="A fact from another service has not arrived yet",
            headers={"Retry-After": "1"},
            waiting_for=list(event_types),
            **extra,
        )


class InProgress(Conflict):
    """409: the same Idempotency-Key is being worked on at this moment."""

    name, title = "request-in-progress", "The same request is being worked on"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class PreconditionFailed(Problem):
    """412: somebody else changed it since the caller looked."""

    status, name, title = 412, "stale", "It has changed since you read it"


class PreconditionRequired(Problem):
    """428: a change needs `If-Match` with the ETag that was read."""

    status, name, title = 428, "if-match-required", "This request needs an If-Match header"


class TooLarge(Problem):
    """413: the body is over the limit."""

    status, name, title = 413, "too-large", "The body is too large"


class UnsupportedMedia(Problem):
    """415: the body is not in a form that this path takes."""

    status, name, title = 415, "unsupported-media-type", "The body must be application/json"


class Invalid(Problem):
    """422: the body or a parameter is malformed. `errors` is a list of {pointer, code, message}."""

    status, name, title = 422, "validation", "Something in the request is not valid"

    def __init__(
        self, errors: Sequence[Mapping[str, str]] = (), *, name: str = "", detail: str = "", **extra: Any
    ) -> None:
        self.name = name or self.name
        super().__init__(detail, errors=[dict(error) for error in errors], **extra)


class KeyReused(Problem):
    """422: the same Idempotency-Key came with another request."""

    status, name, title = 422, "idempotency-key-reused", "This Idempotency-Key belongs to another request"


class TooMany(Problem):
    """429: over the limit."""

    status, name, title = 429, "too-many-requests", "Too many requests"


class Unavailable(Problem):
    """503: something that we need is away; nothing was changed."""

    status, name, title = 503, "unavailable", "The service cannot answer right now; nothing was changed"

    def __init__(self, detail: str = "", retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


def invalid(pointer: str, code: str, message: str, name: str = "") -> Invalid:
    """One error at one place of the body, as JSON pointer."""
    return Invalid([{"pointer": pointer, "code": code, "message": message}], name=name)
