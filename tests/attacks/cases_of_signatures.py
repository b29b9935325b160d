"""Forgeries of the signature: other algorithms, other keys, no key, and a true signature that is not quite itself."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding

from tests.attacks.forge import Forge, letters, piece, rs256

Case = Callable[[Forge], str]
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(), "1": hashes.SHA1(),  # noqa: S303 - an attack
}  # fmt: skip


_SPKI: Final = serialization.PublicFormat.SubjectPublicKeyInfo
_PKCS1: Final = serialization.PublicFormat.PKCS1


def _pem(forge: Forge, form: serialization.PublicFormat = _SPKI) -> bytes:
    return forge.key.public_key().public_bytes(serialization.Encoding.PEM, form)


def _der(forge: Forge) -> bytes:
    return forge.key.public_key().public_bytes(serialization.Encoding.DER, _SPKI)


def _mac(forge: Forge, secret: bytes, algorithm: str = "HS256", header: dict[str, Any] | None = None) -> str:
    text = f"{piece(forge.header | {'alg': algorithm} | (header or {}))}.{piece(forge.claims)}"
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    return f"{text}.{letters(hmac.new(secret, text.encode(), digest).digest())}"


def _with(algorithm: str, named: str | None = None) -> Case:
    """Signed by the true RSA key in another way; `named` is what the header says."""

    def make(forge: Forge) -> str:
        text = f"{piece(forge.header | {'alg': named or algorithm})}.{piece(forge.claims)}"
        digest = _HASHES[algorithm[2:]]
        scheme = padding.PSS(padding.MGF1(digest), digest.digest_size) if algorithm[0] == "P" else padding.PKCS1v15()
        return f"{text}.{letters(forge.key.sign(text.encode(), scheme, digest))}"

    return make


def _curve(forge: Forge) -> str:
    text = f"{piece(forge.header | {'alg': 'ES256'})}.{piece(forge.claims)}"
    return f"{text}.{letters(ec.generate_private_key(ec.SECP256R1()).sign(text.encode(), ec.ECDSA(hashes.SHA256())))}"


def _edwards(forge: Forge) -> str:
    text = f"{piece(forge.header | {'alg': 'EdDSA'})}.{piece(forge.claims)}"
    return f"{text}.{letters(ed25519.Ed25519PrivateKey.generate().sign(text.encode()))}"


def _no_algorithm(name: Any, signed: bool = False) -> Case:
    def make(forge: Forge) -> str:
        header = forge.header | {"alg": name}
        return forge.signed(header, forge.claims) if signed else forge.bare(header)

    return make


def _signature(change: Callable[[str], str]) -> Case:
    """A good token whose signature was changed as text."""

    def make(forge: Forge) -> str:
        text, _, signature = forge.good().rpartition(".")
        return f"{text}.{change(signature)}"

    return make


def _raw(change: Callable[[bytes], bytes]) -> Case:
    """The same as bytes."""
    return _signature(lambda text: letters(change(base64.urlsafe_b64decode(text + "=="))))


def _bit(place: int) -> Case:
    return _raw(lambda raw: raw[:place] + bytes([raw[place] ^ (1 << (place % 8))]) + raw[place + 1 :])


def _last_letter(by: int) -> Case:
    """The spare bits of the last letter are set: the same bytes to a careless reader."""
    return _signature(lambda text: text[:-1] + _ALPHABET[_ALPHABET.index(text[-1]) ^ by])


def _claims_letter(place: float) -> Case:
    def make(forge: Forge) -> str:
        head, claims, signature = forge.good().split(".")
        at = int(len(claims) * place)
        return f"{head}.{claims[:at]}{'A' if claims[at] != 'A' else 'B'}{claims[at + 1 :]}.{signature}"

    return make


def _swapped(forge: Forge) -> str:
    """The head and claims of one good token with the signature of another."""
    return forge.good().rpartition(".")[0] + "." + forge.good(other=True).rpartition(".")[2]


def _richer(forge: Forge) -> str:
    head, _, signature = forge.good().split(".")
    return f"{head}.{piece(forge.claims | {'roles': ['admin', 'dpo']})}.{signature}"


def _twice_signed(forge: Forge) -> str:
    token = forge.good()
    return f"{token}.{rs256(forge.key, token)}"


ALGORITHMS: Final[dict[str, Case]] = {
    **{f"alg {name!r} and no signature": _no_algorithm(name) for name in
       ("none", "None", "NONE", "nOnE", "none ", "\x00none", "", "null", "RS256")},
    **{f"alg {name!r}, truly signed": _no_algorithm(name, signed=True) for name in
       ("none", "rs256", "Rs256", "RS256 ", " RS256", "RS256\x00", "RSA256", "RS-256", "SHA256withRSA", "ＲＳ256")},
    **{f"alg that is {value!r}": _no_algorithm(value, signed=True) for value in
       (None, True, 256, ["RS256"], {"name": "RS256"}, 0.5)},
    **{f"true key by {name}": _with(name) for name in ("RS384", "RS512", "RS1", "PS256", "PS384", "PS512")},
    "PS256 named RS256": _with("PS256", "RS256"),
    "RS384 named RS256": _with("RS384", "RS256"),
    "RS256 named PS256": _with("RS256", "PS256"),
    "a curve": _curve,
    "an Edwards curve": _edwards,
    "ES256 of nothing but zeros": lambda forge: forge.bare(forge.header | {"alg": "ES256"}, bytes(64)),
    "RS256 of nothing but zeros": lambda forge: forge.bare(forge.header, bytes(256)),
    "RS256 of ones": lambda forge: forge.bare(forge.header, bytes(255) + b"\x01"),
    "RS256 of an empty hash": lambda forge: forge.bare(forge.header, hashlib.sha256(b"").digest()),
    "the public key as a secret": lambda forge: _mac(forge, _pem(forge)),
    "the public key without its last line end": lambda forge: _mac(forge, _pem(forge).strip()),
    "the public key in PKCS 1": lambda forge: _mac(forge, _pem(forge, _PKCS1)),
    "the public key in DER": lambda forge: _mac(forge, _der(forge)),
    "the public key's modulus": lambda forge: _mac(forge, hex(forge.key.public_key().public_numbers().n).encode()),
    "the public key, HS512": lambda forge: _mac(forge, _pem(forge), "HS512"),
    "the public key, HS384": lambda forge: _mac(forge, _pem(forge), "HS384"),
    "an empty secret": lambda forge: _mac(forge, b""),
    "the key's id as a secret": lambda forge: _mac(forge, forge.kid.encode()),
    "a file of zeros as a secret": lambda forge: _mac(forge, b"", header={"kid": "../../../dev/null"}),
    "another key under our key's name": lambda forge: forge.stranger(),
    "another key under its own name": lambda forge: forge.stranger(kid="own"),
}  # fmt: skip

PIECES: Final[dict[str, Case]] = {
    "no signature": _signature(lambda _: ""),
    "half a signature": _signature(lambda text: text[: len(text) // 2]),
    "a signature short of its last letter": _signature(lambda text: text[:-1]),
    "a signature short of its first letter": _signature(lambda text: text[1:]),
    "a signature and one letter": _signature(lambda text: text + "A"),
    "a signature twice": _signature(lambda text: text + text),
    "a signature with a zero before it": _raw(lambda raw: b"\x00" + raw),
    "a signature with a zero behind it": _raw(lambda raw: raw + b"\x00"),
    "a signature backwards": _raw(lambda raw: raw[::-1]),
    "a signature short of a byte": _raw(lambda raw: raw[:-1]),
    **{f"bit {place % 8} of byte {place} of the signature": _bit(place) for place in
       (0, 1, 17, 64, 127, 128, 200, 255)},
    **{f"spare bits {by} of the last letter": _last_letter(by) for by in (1, 2, 4, 8, 15)},
    **{f"a letter of the claims at {place}": _claims_letter(place) for place in (0.0, 0.2, 0.4, 0.6, 0.8, 0.99)},
    "the signature of another good token": _swapped,
    "more roles than were signed": _richer,
    "a second signature behind the first": _twice_signed,
    "padding": _signature(lambda text: text + "="),
    "much padding": _signature(lambda text: text + "====="),
    "padding within": _signature(lambda text: f"{text[:40]}={text[40:]}"),
    "the other alphabet": _signature(lambda text: text.replace("-", "+").replace("_", "/") + "+"),
    "a star that a careless reader skips": _signature(lambda text: f"{text[:9]}*{text[9:]}"),
    "an exclamation mark behind": _signature(lambda text: text + "!"),
    "a percent sign": _signature(lambda text: text + "%20"),
    "a tab within": _signature(lambda text: f"{text[:9]}\t{text[9:]}"),
    "a blank within": _signature(lambda text: f"{text[:9]} {text[9:]}"),
    "a hard blank behind": _signature(lambda text: text + "\xa0"),
    "a comma and more": _signature(lambda text: text + ", x"),
    "a semicolon and more": _signature(lambda text: text + ";x=y"),
    "a letter that is none": _signature(lambda text: text + "é"),
    "quotes": lambda forge: f'"{forge.good()}"',
    "a dot before": lambda forge: "." + forge.good(),
    "a dot behind": lambda forge: forge.good() + ".",
    "a tilde behind": lambda forge: forge.good() + "~",
    "pieces in another order": lambda forge: ".".join(forge.good().split(".")[index] for index in (1, 0, 2)),
    "two pieces": lambda forge: forge.good().rpartition(".")[0],
    "one piece": lambda forge: forge.good().replace(".", ""),
    "dots alone": lambda _: "..",
    "more dots": lambda _: "....",
    "an empty header": lambda forge: "." + forge.good().partition(".")[2],
    "empty claims": lambda forge: "..".join(forge.good().split(".")[::2]),
}  # fmt: skip
