"""From a host's name to a connected socket: every address is checked, the last time as its socket is made."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any, Final

from gateway.webhooks.addresses import Refused, Rules

CONNECT_SECONDS: Final = 5.0
Dial = Callable[[Any], socket.socket]
LookUp = Callable[..., list[Any]]


def make_socket(info: Any) -> socket.socket:
    """A plain socket for this address."""
    family, kind, protocol, _, _ = info
    return socket.socket(family, kind, protocol)


class Dialler:
    """Names are looked up in threads of its own, anew for each connection."""

    def __init__(self, rules: Rules, dial: Dial, look_up: LookUp) -> None:
        self._rules = rules
        self._dial = dial
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(16, thread_name_prefix="webhook-names")

    async def connect(self, host: str, port: int, *, secure: bool) -> socket.socket:
        """A socket connected to the first address that answers; `Refused` when one of them is not allowed."""
        error: OSError = OSError("no address")
        for info in await self._addresses(host, port, secure=secure):
            try:
                return await self.connected(info, secure=secure)
            except Refused:
                raise
            except OSError as failed:
                error = failed
        raise error

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _addresses(self, host: str, port: int, *, secure: bool) -> list[Any]:
        """A name with a single address that is refused is refused altogether."""
        found = _literal(host, port) or await asyncio.get_running_loop().run_in_executor(
            self._threads, partial(self._look_up, host, port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        )
        for *_, address in found:
            self._rules.check(str(address[0]), int(address[1]), secure=secure)
        return found

    async def connected(self, info: Any, *, secure: bool) -> socket.socket:
        """A socket connected to this very address, or `Refused`: the last gate, whatever a name led to."""
        host, port, *_ = info[4]
        self._rules.check(str(host), int(port), secure=secure)
        made = self._dial(info)
        try:
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().sock_connect(made, info[4])
        except BaseException:
            made.close()
            raise
        return made


def _literal(host: str, port: int) -> list[Any]:
    try:
        address = ip_address(host)
    except ValueError:
        if host.replace(".", "").isdigit():
            # An old number form: C libraries disagree on what it means, so it means nothing here.
            raise Refused("not an address") from None
        return []
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    return [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (host, port))]
