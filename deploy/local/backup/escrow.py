"""The escrow: key ring, audit key and passwords of a platform, sealed under a passphrase, for a place of their own."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from deploy.local.process import StartError
from deploy.local.state import Secrets, write

_BOUND: Final = b"circle-escrow-1"
_SHORTEST: Final = 16
# A quarter of a second and 64 MiB for each guess.
_COST: Final = 2**16


def seal(secrets: Secrets, passphrase: str) -> str:
    """The document that is handed over."""
    if len(passphrase) < _SHORTEST:
        raise StartError(f"the passphrase needs {_SHORTEST} characters")
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = _key(passphrase, salt, _COST).encrypt(nonce, secrets.model_dump_json().encode(), _BOUND)
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return json.dumps({"version": 1, "cost": _COST} | {name: _text(part) for name, part in parts.items()}, indent=1)


def open_(document: str, passphrase: str) -> Secrets:
    """What was handed over; a StartError when the passphrase is another or a byte was changed."""
    try:
        found: dict[str, Any] = json.loads(document)
        salt, nonce, sealed = (base64.b64decode(found[name]) for name in ("salt", "nonce", "sealed"))
        plain = _key(passphrase, salt, min(int(found["cost"]), 2**20)).decrypt(nonce, sealed, _BOUND)
    except (InvalidTag, ValueError, KeyError) as error:
        raise StartError("the escrow does not open with this passphrase") from error
    return Secrets.model_validate_json(plain)


def hand_over(secrets: Secrets, passphrase: str, to: Path, apart_from: Path) -> Path:
    """Write it, named after the ring; a StartError when it would lie with the backups that it opens."""
    if to.resolve().is_relative_to(apart_from.resolve()) or apart_from.resolve().is_relative_to(to.resolve()):
        raise StartError(f"keep the keys apart from the records: not in {to}, beside {apart_from}")
    to.mkdir(parents=True, exist_ok=True)
    path = to / f"escrow-{ring_of(secrets)}.json"
    write(path, seal(secrets, passphrase), mode=0o600)
    return path


def ring_of(secrets: Secrets) -> str:
    """A short name of this ring, which says nothing about its keys but changes with them."""
    return hashlib.sha256(secrets.key_ring.encode()).hexdigest()[:12]


def _key(passphrase: str, salt: bytes, cost: int) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode()))


def _text(part: bytes) -> str:
    return base64.b64encode(part).decode()
