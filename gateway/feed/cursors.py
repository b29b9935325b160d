"""Cursors of the feed: a place, sealed for one organisation, so that nobody can read, count or make one."""

import base64
import binascii
import hmac
from functools import cache
from typing import Final
from uuid import UUID

import orjson

from shared.crypto import Erased, KeyRing
from shared.errors import Invalid, invalid

_WIDTH: Final = 8


@cache
def ring_of(audit_key: str) -> KeyRing:
    """A ring for cursors only, made of a secret that does not rotate: partners keep cursors as long as they like."""
    key = hmac.digest(base64.b64decode(audit_key), b"feed-cursors", "sha256")
    return KeyRing(orjson.dumps({"current": "1", "keys": {"1": base64.b64encode(key).decode()}}).decode())


def seal(ring: KeyRing, partnership: UUID, organisation: UUID, place: int) -> str:
    """A cursor behind this place. Two cursors of the same place look different."""
    sealed = ring.seal(place.to_bytes(_WIDTH, "big"), _for(partnership, organisation))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_(ring: KeyRing, partnership: UUID, organisation: UUID, cursor: str) -> int:
    """The place; 422 `bad-cursor` when it was changed, made up, or handed out to somebody else."""
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return int.from_bytes(ring.open(sealed, _for(partnership, organisation)), "big")
    except (Erased, binascii.Error, ValueError, IndexError) as error:
        raise _bad_cursor() from error


def _for(partnership: UUID, organisation: UUID) -> bytes:
    return f"feed-cursor|{partnership}|{organisation}".encode()


def _bad_cursor() -> Invalid:
    return invalid(
        "/query/after", "bad-cursor", "This cursor was not handed out to you by the feed.", name="bad-cursor"
    )
