"""One view of where a request begins and ends, and of which headers are the caller's to set."""

from gateway.framing.headers import CHUNKED, NOTHING, Head, given_id, read

__all__ = ["CHUNKED", "NOTHING", "Head", "given_id", "read"]
