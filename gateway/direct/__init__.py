"""The short way: what needs nobody's patience is passed on and answered within the event loop's own callbacks."""

from gateway.direct.passage import Passage
from gateway.direct.protocol import DirectProtocol
from gateway.direct.shortcut import Shortcut

__all__ = ["DirectProtocol", "Passage", "Shortcut"]
