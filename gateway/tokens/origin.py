"""From where somebody signs in: the peer, or whom a proxy that we trust names."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from fastapi import Request

from gateway.settings import GatewaySettings

Networks = Sequence[IPv4Network | IPv6Network]


def address_of(request: Request, settings: GatewaySettings) -> str:
    """The address under which attempts are counted; it is hashed before it is kept."""
    peer = request.client.host if request.client else ""
    named = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    return farthest([*named, peer], [ip_network(one) for one in settings.trusted_proxies])


def farthest(hops: Iterable[str], trusted: Networks) -> str:
    """The last hop, from the nearest one backwards, that is not a trusted proxy: nothing before it can be believed."""
    nearest = ""
    for hop in reversed([hop.strip() for hop in hops]):
        if not hop:
            continue
        nearest = hop
        if not _is_in(hop, trusted):
            break
    return nearest


def _is_in(hop: str, networks: Networks) -> bool:
    try:
        address = ip_address(hop)
    except ValueError:
        return False
    return any(address in network for network in networks)
