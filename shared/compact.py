"""A token's text: a compact JWS that can be read in one way only, or nothing."""

import base64
import json
import re
from typing import Any, Final

_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims), believed by nobody yet; ValueError where two readers might see two different tokens.

    A lenient reader skips letters that are none of base64url, ignores the spare bits of the last letter and takes the
    last of two members of one name: then one signature would stand under many texts, and under many meanings.
    """
    header, claims, _ = pieces(token)
    return _object(header), _object(claims)


def pieces(token: str) -> tuple[bytes, bytes, bytes]:
    """Header, payload and signature as bytes, whatever they say; ValueError as `read`."""
    if _FORM.fullmatch(token) is None:
        raise ValueError("not three pieces of base64url")
    header, payload, signature = (_decoded(piece) for piece in token.split("."))
    return header, payload, signature


def _decoded(piece: str) -> bytes:
    raw = base64.urlsafe_b64decode(piece + "=" * (-len(piece) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != piece.encode():
        raise ValueError("not the canonical base64url of anything")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw.decode(), object_pairs_hook=_members, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member came twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
