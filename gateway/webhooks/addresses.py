"""Where webhooks may go: which addresses are refused, decided on the very address that a socket is about to use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from yarl import URL

from gateway.webhooks.settings import of as policy_of
from shared.settings import Settings

Address = IPv4Address | IPv6Address
LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
MAX_URL: Final = 2_000
_NUMBER: Final = re.compile(r"[0-9]*|0x[0-9a-f]*")

# Written out, so that no version of a library decides it: private, shared, loopback, link-local (cloud metadata),
# protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved; and a cloud's host agent.
_CLOSED_4: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
# IPv6 is the other way round: only global unicast is open, less what hides an IPv4 address or is for documents.
_OPEN_6: Final = IPv6Network("2000::/3")
_CLOSED_6: Final = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


class Refused(OSError):  # noqa: N818 - a decision; an OSError so that a client takes it as a connect that failed
    """The address or the URL is not one that we connect to."""


def public(address: Address) -> bool:
    """Whether it is an address of the public internet. An IPv4 address inside an IPv6 one is never taken apart."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _CLOSED_4)
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


@dataclass(frozen=True, slots=True)
class Rules:
    """What this installation allows."""

    ports: frozenset[int]
    trusted: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        own = policy_of(settings)
        loopback = LOOPBACK if settings.profile in {"embedded", "test"} else ()
        return cls(frozenset(own.webhook_ports), (*own.webhook_trusted_networks, *loopback))

    def trusts(self, address: Address) -> bool:
        """Whether an address that is not public is allowed here all the same."""
        return any(address in ip_network(network) for network in self.trusted)

    def check(self, host: str, port: int, *, secure: bool) -> None:
        """Raise `Refused` unless a socket may connect to this address; `secure` is whether TLS will be spoken."""
        address = _address(host)
        if self.trusts(address):
            return
        if not (secure and public(address) and port in self.ports):
            raise Refused("this address is not allowed")

    def check_url(self, text: str) -> str:
        """The URL as it will be used, or `Refused` for what can be told without asking a name server."""
        if len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
            raise Refused("not a URL that we accept")
        try:
            url = URL(text)
            host, port = url.host, url.port
        except ValueError as error:
            raise Refused("not a URL") from error
        authority = text.partition("://")[2].partition("/")[0]
        if url.scheme not in {"https", "http"} or not host or "@" in authority or "#" in text:
            raise Refused("a plain https address without credentials is needed")
        if "[" in authority and ":" not in host:
            raise Refused("only an IPv6 address stands in brackets")
        self._check_host(host, port or 0, secure=url.scheme == "https")
        return str(url)

    def _check_host(self, host: str, port: int, *, secure: bool) -> None:
        host = host.lower().removesuffix(".")
        literal = _maybe_address(host)
        local = host == "localhost" or host.endswith(".localhost")
        if literal is not None:
            self.check(host, port, secure=secure)
        elif local:
            self.check("127.0.0.1", port, secure=secure)
        elif _NUMBER.fullmatch(host.rpartition(".")[2]):
            # No top-level domain is a number: it is an address in one of its old forms.
            raise Refused("not a public host name")
        elif "." not in host:
            # A bare name is one of the network that we are in.
            if not self._trusts_names:
                raise Refused("not a public host name")
        elif not self._trusts_names and not (secure and port in self.ports):
            raise Refused("public receivers are reached by https on an allowed port")

    @property
    def _trusts_names(self) -> bool:
        """Whether a name may lead to a trusted network: then only the socket's address can decide."""
        return any(not ip_network(network).is_loopback for network in self.trusted)


def _maybe_address(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _address(host: str) -> Address:
    if "%" in host:
        raise Refused("scoped addresses are not allowed")
    try:
        return ip_address(host)
    except ValueError as error:
        raise Refused("not an address") from error
