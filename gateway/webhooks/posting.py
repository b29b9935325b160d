"""One attempt over HTTP: a client that checks each address as its socket is made, follows nothing and keeps nothing."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from gateway.webhooks.addresses import Refused, Rules
from gateway.webhooks.domain import Answer, Outcome, answered

# An answer up to this size is read, so that the connection can be used again; a longer one ends it.
READ_BYTES: Final = 16_384
CONNECT_SECONDS: Final = 5.0
Dial = Callable[[Any], socket.socket]
LookUp = Callable[..., list[Any]]


class GuardedResolver(AbstractResolver):
    """Names to addresses, in threads of its own; a name with a single address that is refused is refused altogether."""

    def __init__(self, rules: Rules, look_up: LookUp, *, secure: bool) -> None:
        self.rules = rules
        self._look_up = look_up
        self._secure = secure
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="webhook-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(self._look_up, host, port, family, socket.SOCK_STREAM)
        )
        for *_, address in found:
            self.rules.check(str(address[0]), int(address[1]), secure=self._secure)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def make_socket(info: Any) -> socket.socket:
    """A plain socket for this address."""
    family, kind, protocol, _, _ = info
    return socket.socket(family, kind, protocol)


class Poster:
    """Posts to receivers. The check on the socket's own address is the one that counts: it cannot be rebound."""

    def __init__(
        self, rules: Rules, seconds: float, dial: Dial = make_socket, look_up: LookUp = socket.getaddrinfo
    ) -> None:
        self.rules = rules
        self._dial = dial
        self._look_up = look_up
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, CONNECT_SECONDS))
        self._secure = self._client(secure=True)
        self._plain = self._client(secure=False)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send the bytes; whatever happens is an outcome, nothing is raised."""
        client = self._secure if url.startswith("https:") else self._plain
        try:
            async with client.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                if 0 <= (answer.content_length or 0) <= READ_BYTES and not answer.content.at_eof():
                    await answer.content.read(READ_BYTES)
                return answered(answer.status, answer.headers.get("Retry-After"), datetime.now(UTC))
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
            return Answer(_class_of(error))

    async def close(self) -> None:
        await self._secure.close()
        await self._plain.close()

    def _client(self, *, secure: bool) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self.rules, self._look_up, secure=secure),
            use_dns_cache=False,
            limit=0,
            keepalive_timeout=30,
            socket_factory=partial(self._checked, secure),
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("Accept-Encoding",),
            headers={"User-Agent": "SafeguardingCircle-Webhooks/1", "Content-Type": "application/cloudevents+json"},
        )

    def _checked(self, secure: bool, info: Any) -> socket.socket:
        host, port, *_ = info[4]
        self.rules.check(str(host), int(port), secure=secure)
        return self._dial(info)


def _class_of(error: BaseException) -> Outcome:
    if isinstance(error, TimeoutError):
        return Outcome.TIMEOUT
    if _is_refusal(error):
        return Outcome.ADDRESS_REFUSED
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Outcome.TLS
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientResponseError | aiohttp.ClientPayloadError):
        return Outcome.PROTOCOL
    return Outcome.CONNECT if isinstance(error, OSError) else Outcome.PROTOCOL


def _is_refusal(error: BaseException | None) -> bool:
    seen = 0
    while error is not None and seen < 5:
        if isinstance(error, Refused):
            return True
        error, seen = error.__cause__ or getattr(error, "os_error", None), seen + 1
    return False
