"""Named points at which a process kills itself."""


def arm(point: str) -> None:
    """Kill this process when it comes to the point; none is named yet, so any is refused rather than passed over."""
    raise LookupError(point)
