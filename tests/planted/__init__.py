"""Builds of the platform with one fault each: the campaigns have to find every one of them."""


def plant(name: str) -> None:
    """Break this process; none is planted yet, so any name is refused rather than passed over."""
    raise LookupError(name)
