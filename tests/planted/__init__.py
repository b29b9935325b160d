"""Builds of the platform with one fault each: the campaigns have to find every one of them."""

from tests.planted import bus, clocks, networks, surroundings, webhooks, writes

FAULTS = {
    name: fault
    for part in (writes, bus, clocks, webhooks, surroundings, networks)
    for name, fault in part.FAULTS.items()
}


def plant(name: str) -> None:
    """Break this process; a KeyError when there is no such fault."""
    FAULTS[name]()
