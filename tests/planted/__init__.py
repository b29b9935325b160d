"""Builds of the platform with one fault each: the campaigns have to find every one of them."""

from tests.planted import surroundings


def plant(name: str) -> None:
    """Break this process; a KeyError when there is no such fault."""
    surroundings.FAULTS[name]()
