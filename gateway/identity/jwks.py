"""Public keys that clients register: only public members, only sizes and curves that are taken."""

import base64
import binascii
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from shared.errors import Invalid, invalid

_MEMBERS = {"RSA": ("kty", "n", "e"), "EC": ("kty", "crv", "x", "y")}
_DESCRIBING = frozenset({"kid", "use", "alg"})
_RSA_BITS = range(2048, 4097)


def checked(key: Mapping[str, str]) -> dict[str, str]:
    """The members that verify, or `Invalid`. A private member is refused: whoever sent it has to make a new key."""
    members = _MEMBERS.get(key.get("kty", ""))
    if members is None or not set(members) <= set(key):
        raise _bad("A key is an RSA key (kty, n, e) or one on P-256 (kty, crv, x, y).")
    if not set(key) <= set(members) | _DESCRIBING:
        raise _bad("A key has public members only; one whose private half was sent must not be used.")
    try:
        _check_rsa(key) if key["kty"] == "RSA" else _check_ec(key)
    except (binascii.Error, ValueError) as error:
        raise _bad("RSA keys have 2048 to 4096 bits and the exponent 65537; points lie on P-256.") from error
    return {name: key[name] for name in members}


def _check_rsa(key: Mapping[str, str]) -> None:
    modulus, exponent = _number(key["n"]), _number(key["e"])
    if modulus.bit_length() not in _RSA_BITS or exponent != 65537:
        raise ValueError("not a key that is taken")
    rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _check_ec(key: Mapping[str, str]) -> None:
    if key["crv"] != "P-256":
        raise ValueError("not a curve that is taken")
    ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), ec.SECP256R1()).public_key()


def _number(encoded: str) -> int:
    return int.from_bytes(base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True), "big")


def _bad(message: str) -> Invalid:
    return invalid("/public_key", "public-key", message)
