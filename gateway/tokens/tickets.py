"""What travels through the browser between two pages of signing in: sealed, short-lived, bound to the browser."""

import hmac
from collections.abc import Mapping
from typing import Any

import orjson

from shared import wall_clock
from shared.crypto import Erased, KeyRing

COOKIE = "circle_sign_in"
SECONDS = 600
_AAD = b"sign-in-ticket"


def seal(ring: KeyRing, browser: str, content: Mapping[str, Any], seconds: int = SECONDS) -> str:
    """A ticket that only we can read, and only this browser can use."""
    document = {"browser": browser, "until": int(wall_clock.seconds()) + seconds, "content": content}
    return ring.seal(orjson.dumps(document), _AAD).hex()


def open_(ring: KeyRing, browser: str | None, ticket: str) -> dict[str, Any] | None:
    """The content; None when it is not ours, not this browser's, or too old."""
    try:
        document = orjson.loads(ring.open(bytes.fromhex(ticket), _AAD))
    except (ValueError, IndexError, Erased):
        return None
    if browser is None or not hmac.compare_digest(document["browser"].encode(), browser.encode()):
        return None
    if document["until"] < wall_clock.seconds():
        return None
    content: dict[str, Any] = document["content"]
    return content
