"""One attempt over HTTP: checks each address as its socket is made, follows nothing and keeps nothing of the answer."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from yarl import URL

from gateway.upstream import UpstreamError
from gateway.webhooks.addresses import Refused, Rules
from gateway.webhooks.dialling import Dial, Dialler, LookUp, make_socket
from gateway.webhooks.domain import Answer, Outcome, answered
from gateway.webhooks.lines import Line, Lines, Origin
from shared import wall_clock

# An answer up to this size is read, so that the connection can be used again; a longer one ends it.
READ_BYTES: Final = 16_384
_HEAD: Final = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: SafeguardingCircle-Webhooks/1\r\nAccept: */*\r\n"
    "Content-Type: application/cloudevents+json\r\n"
)


@cache
def _public_trust() -> ssl.SSLContext:
    """The system's certificate authorities; certificate and host name are both required."""
    return ssl.create_default_context()


@lru_cache(4_096)
def _aimed(url: str) -> tuple[Origin, str]:
    """Where a URL leads, and the lines of the head that are the same for every post there."""
    parsed = URL(url)
    host, port = parsed.raw_host, parsed.port
    if parsed.scheme not in {"http", "https"} or not host or not port:
        raise Refused("not an address of a receiver")
    head = _HEAD.format(path=parsed.raw_path_qs or "/", host=parsed.host_port_subcomponent)
    return Origin(parsed.scheme == "https", host, port), head


def _message(head: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    own = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
    return f"{head}Content-Length: {len(body)}\r\n{own}\r\n".encode("ascii") + body


class Poster:
    """Posts to receivers. The check on the socket's own address is the one that counts: it cannot be rebound."""

    def __init__(
        self,
        rules: Rules,
        seconds: float,
        dial: Dial = make_socket,
        look_up: LookUp = socket.getaddrinfo,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.rules = rules
        self._seconds = seconds
        self._dialler = Dialler(rules, dial, look_up)
        self._lines = Lines(self._dialler, trust or _public_trust())

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send the bytes; whatever happens is an outcome, nothing is raised."""
        try:
            origin, head = _aimed(url)
            async with asyncio.timeout(self._seconds):
                return await self._exchange(origin, _message(head, body, headers))
        except (UpstreamError, OSError, ValueError, TimeoutError) as error:
            return Answer(_class_of(error))

    async def _exchange(self, origin: Origin, message: bytes) -> Answer:
        """Once more on a new connection where a kept one had died before a byte of the answer came.

        The receiver may have had the request all the same; then it gets it twice under one id, as after any retry.
        """
        line = self._lines.kept(origin)
        if line is not None:
            try:
                return await self._ask(line, message)
            except UpstreamError as error:
                if not error.silent:
                    raise
        return await self._ask(await self._lines.fresh(origin), message)

    async def _ask(self, line: Line, message: bytes) -> Answer:
        try:
            line.ask(message, self._seconds, head_only=False)
            await line.head_came()
            answer = answered(line.status, line.retry_after(), wall_clock.now())
            await line.read(READ_BYTES)
            return answer
        finally:
            self._lines.done(line)

    async def close(self) -> None:
        self._lines.close()
        self._dialler.close()


def _class_of(error: BaseException) -> Outcome:
    if isinstance(error, TimeoutError):
        return Outcome.TIMEOUT
    if isinstance(error, Refused):
        return Outcome.ADDRESS_REFUSED
    if isinstance(error, ssl.SSLError):
        return Outcome.TLS
    return Outcome.CONNECT if isinstance(error, OSError) else Outcome.PROTOCOL
