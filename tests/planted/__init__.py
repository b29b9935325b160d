"""Builds of the platform with one fault each: the campaigns have to find every one of them."""

from tests.planted import networks, surroundings

FAULTS = {**surroundings.FAULTS, **networks.FAULTS}


def plant(name: str) -> None:
    """Break this process; a KeyError when there is no such fault."""
    FAULTS[name]()
