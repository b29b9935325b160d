"""One description of everything that can be called through the gateway."""

from gateway.openapi.collect import Description, Page
from gateway.openapi.merge import merge

__all__ = ["Description", "Page", "merge"]
