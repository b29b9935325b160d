"""Idempotency-Key: in progress → 409 at once; done → the same answer; another body → 422. Only 2xx are kept."""

from typing import Any

import orjson
from fastapi import Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from shared import uploads
from shared.audit import Auditor
from shared.crypto import KeyRing
from shared.db import Unit, first, work_of
from shared.direct import Claim, Direct
from shared.errors import BadRequest, IdempotencyKeyMissing, InProgress, KeyReused
from shared.reading import LOCK_KEY, LOOK_AT_KEY

KEPT_HEADERS = ("etag", "location", "content-type")


class Replayed(Exception):  # noqa: N818 - not an error: the request was done before
    """The stored answer of the same request."""

    def __init__(self, response: Response) -> None:
        super().__init__("replayed")
        self.response = response


async def begin(session: AsyncSession | Direct, request: Request, ring: KeyRing, auditor: Auditor) -> None:
    """Claim the key for this transaction, or raise: `Replayed`, `InProgress`, `KeyReused`, `IdempotencyKeyMissing`.

    On the driver's own connection it is asked along with the first row, and raises there. What is read ahead claims it
    with what it writes.
    """
    key = key_of(request)
    work = work_of(session)
    scope = f"{work.partnership}|{work.client_id}|{work.actor}"
    fingerprint = auditor.fingerprint(await _content(request))

    def judge(is_free: bool, known: bytes | None, answer: bytes | None) -> None:
        if not is_free:
            raise InProgress
        if known is not None and answer is not None:
            if known != fingerprint:
                raise KeyReused
            raise Replayed(_answer(ring.open(answer, _aad(scope, key))))
        work.pending.answer = {"scope": scope, "key": key, "fingerprint": fingerprint}

    if isinstance(session, Direct):
        session.claim(Claim(scope, key, judge))
    elif not await _holds(session, scope, key):
        judge(False, None, None)
    else:
        # A later statement than the lock's: its snapshot has what the key's last holder has committed.
        judge(True, *(await first(session, LOOK_AT_KEY, scope, key) or (None, None)))


async def settle(session: AsyncSession | Direct) -> None:
    """Let the key be judged at the latest now."""
    if isinstance(session, Direct):
        await session.settle()


def leave_out(request: Request, *members: str) -> None:
    """Members of the answer (secrets shown once) that a replay must not show again."""
    request.scope.setdefault("circle.secret_members", set()).update(members)


def keep(session: Unit, request: Request, response: Response, ring: KeyRing) -> None:
    """Store the answer, sealed, with the rest of the transaction."""
    row = work_of(session).pending.answer
    if row is None or not 200 <= response.status_code < 300:
        return
    body = bytes(response.body)
    secret = request.scope.get("circle.secret_members")
    if secret:
        body = orjson.dumps({name: value for name, value in orjson.loads(body).items() if name not in secret})
    kept = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    document = orjson.dumps({"status": response.status_code, "headers": kept, "body": body.decode()})
    row["answer"] = ring.seal(document, _aad(row["scope"], row["key"]))


async def _holds(session: AsyncSession, scope: str, key: str) -> bool:
    held = await first(session, LOCK_KEY, scope, key)
    return bool(held and held[0])


def _answer(document: bytes) -> Response:
    kept: dict[str, Any] = orjson.loads(document)
    headers = kept["headers"] | {"Idempotency-Replayed": "true"}
    return Response(content=kept["body"].encode(), status_code=kept["status"], headers=headers)


def key_of(request: Request) -> str:
    """The request's key; `IdempotencyKeyMissing` where it has none, `BadRequest` where it is none."""
    value = request.headers.get("idempotency-key", "").strip().strip('"')
    if not value:
        raise IdempotencyKeyMissing
    if len(value) > 255 or not value.isprintable():
        raise BadRequest("The Idempotency-Key must be at most 255 printable characters.")
    return value


async def _content(request: Request) -> bytes:
    # As it was asked; `request.url` would write the whole address anew, and read it.
    path, query = request.scope["path"], request.scope["query_string"]
    body = uploads.digest_of(request) or await request.body()
    return b"%b?%b\n%b" % (f"{request.method} {path}".encode(), query, body)


def _aad(scope: str, key: str) -> bytes:
    return f"idempotency|{scope}|{key}".encode()
