"""A token's text: a compact JWS that can be read in one way only, or nothing."""

import binascii
import json
import re
from typing import Any, Final

import orjson

_FORM: Final = re.compile(r"([A-Za-z0-9_-]++)\.([A-Za-z0-9_-]++)\.([A-Za-z0-9_-]++)")
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """(header, claims), believed by nobody yet; ValueError where two readers might see two different tokens.

    A lenient reader skips letters that are none of base64url, ignores the spare bits of the last letter and takes the
    last of two members of one name: then one signature would stand under many texts, and under many meanings.
    """
    header, claims, _ = pieces(token)
    return members(header), members(claims)


def pieces(token: str) -> tuple[bytes, bytes, bytes]:
    """Header, payload and signature as bytes, whatever they say; ValueError as `read`."""
    header, payload, signature = parted(token)
    return decoded(header), decoded(payload), decoded(signature)


def parted(token: str) -> tuple[str, str, str]:
    """The three pieces as they stand there."""
    form = _FORM.fullmatch(token)
    if form is None:
        raise ValueError("not three pieces of base64url")
    return form[1], form[2], form[3]


def decoded(piece: str) -> bytes:
    """The bytes of a piece, which are written in one way only."""
    standard = piece.encode().translate(_STANDARD)
    raw = binascii.a2b_base64(standard + b"=" * (-len(standard) % 4))
    if binascii.b2a_base64(raw, newline=False).rstrip(b"=") != standard:
        raise ValueError("not the canonical base64url of anything")
    return raw


def members(raw: bytes) -> dict[str, Any]:
    """The JSON object that the bytes are."""
    found = _as_we_write_it(raw) or _STRICT.decode(raw.decode())
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _as_we_write_it(raw: bytes) -> Any:
    """The quick look: what reads as these very bytes when it is written again names nothing twice."""
    try:
        found = orjson.loads(raw)
        return found if orjson.dumps(found) == raw else None
    except (ValueError, TypeError):  # not JSON as that library reads or writes it
        return None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member came twice")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


_STRICT: Final = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_number)
