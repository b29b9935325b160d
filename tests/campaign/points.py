"""Named points at which a process kills itself."""


def arm(point: str) -> None:
    """Kill this process when it comes to the point."""
