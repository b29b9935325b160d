"""Fetching the services' descriptions when somebody asks, keeping the last good ones, answering with an ETag."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final

import orjson
from starlette.types import Scope, Send

from gateway.openapi.merge import Document, merge
from gateway.upstream import Upstream, UpstreamError
from shared import logging

_log = logging.get("openapi")
# Nobody's description is longer; one that is would be a defect.
_MAX_BYTES: Final = 8_000_000
_TRY_AGAIN_SECONDS: Final = 2.0


class Description:
    """The merged document of `/openapi.json`."""

    def __init__(
        self, upstreams: Mapping[str, Upstream], own: Callable[[], Document], issuer: str, seconds: float
    ) -> None:
        self._upstreams = upstreams
        self._own = own
        self._issuer = issuer
        self._seconds = seconds
        self._parts: dict[str, bytes] = {}
        self._tags: dict[str, bytes] = {}
        self._good_until = 0.0
        self._fetching = asyncio.Lock()
        self.page = Page(b"{}")

    async def current(self) -> "Page":
        """The document; a service that has never answered is named in `x-missing` and asked again soon."""
        if monotonic() >= self._good_until:
            async with self._fetching:
                if monotonic() >= self._good_until:
                    await self._refresh()
        return self.page

    async def _refresh(self) -> None:
        found = await asyncio.gather(*(self._fetch(upstream) for upstream in self._upstreams.values()))
        parts = {name: part for name, part in zip(self._upstreams, found, strict=True) if part is not None}
        whole = len(parts) == len(self._upstreams)
        parts = self._parts | parts
        if parts != self._parts or not self._good_until:
            self._parts = parts
            document = merge({name: orjson.loads(part) for name, part in parts.items()}, self._own(), self._issuer)
            if missing := sorted(set(self._upstreams) - set(parts)):
                document["x-missing"] = missing
            self.page = Page(orjson.dumps(document))
        self._good_until = monotonic() + (self._seconds if whole else _TRY_AGAIN_SECONDS)

    async def _fetch(self, upstream: Upstream) -> bytes | None:
        """A service's own description, or None when it cannot be had."""
        message = b"GET /openapi.json" + upstream.host_line + b"accept: application/json\r\n"
        if tag := self._tags.get(upstream.name):
            message += b"if-none-match: " + tag + b"\r\n"
        try:
            connection = await upstream.exchange(message + b"\r\n", repeatable=True)
            try:
                body = b""
                while (part := await connection.more()) and len(body) <= _MAX_BYTES:
                    body += part
                status, tag = connection.status, dict(connection.headers).get(b"etag")
            except BaseException:
                connection.abort()
                raise
            upstream.give_back(connection)
        except UpstreamError as error:
            _log.warning("description-missing", kind=upstream.name, error=type(error).__name__)
            return None
        if status == 304:
            return self._parts.get(upstream.name)
        if status != 200 or not _is_description(body):
            return None
        if tag is not None:
            self._tags[upstream.name] = tag
        return body


class Page:
    """One answer with a strong ETag."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.etag = b'"%b"' % hashlib.sha256(body).hexdigest()[:32].encode()

    async def send(self, scope: Scope, send: Send, request_id: bytes) -> None:
        """200 with the document, or 304 when the caller has it."""
        headers = [(b"etag", self.etag), (b"cache-control", b"no-cache"), (b"x-request-id", request_id)]
        known = b", ".join(value for name, value in scope["headers"] if name == b"if-none-match")
        if self.etag in [one.strip() for one in known.split(b",")]:
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def _is_description(body: bytes) -> bool:
    try:
        document: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(document, dict) and isinstance(document.get("paths"), dict)
