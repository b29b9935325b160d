"""Makes tokens with the platform's own key, so that only what a case changes is wrong with them."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from shared.ids import new_id

# Says of a claim or a header member that it is left out.
LEFT_OUT: Final = object()
OTHER_KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def letters(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def rs256(key: rsa.RSAPrivateKey, text: str) -> str:
    """The signature as it stands in a token."""
    return letters(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))


def joined(document: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """The document with some members otherwise, or left out."""
    return {name: value for name, value in {**document, **changed}.items() if value is not LEFT_OUT}


class Forge:
    """Holds the true key and knows what a good token of one caller says."""

    def __init__(self, key: rsa.RSAPrivateKey, kid: str, claims: Mapping[str, Any], lure: str) -> None:
        self.key = key
        self.kid = kid
        self._claims = dict(claims)
        self._known = ("", 0)
        # An address at which somebody takes note of every connection.
        self.lure = lure

    def take(self, key: rsa.RSAPrivateKey, kid: str) -> None:
        """Another key, and nothing that was signed with the former one."""
        self.key, self.kid, self._known = key, kid, ("", 0)

    @property
    def header(self) -> dict[str, Any]:
        return {"alg": "RS256", "kid": self.kid, "typ": "at+jwt"}

    @property
    def now(self) -> int:
        return int(time.time())

    @property
    def claims(self) -> dict[str, Any]:
        return {**self._claims, "iat": self.now, "exp": self.now + 300, "jti": str(new_id())}

    def good(self, **claims: Any) -> str:
        """A token with which nothing is wrong but the claims that are given."""
        return self.signed(self.header, joined(self.claims, claims))

    def known(self) -> str:
        """A good token that is the same for a minute, so that whoever keeps verified tokens has it."""
        if self._known[1] < self.now:
            self._known = (self.good(), self.now + 60)
        return self._known[0]

    def headed(self, **header: Any) -> str:
        """Good claims under a changed header, signed with the true key."""
        return self.signed(joined(self.header, header), self.claims)

    def signed(self, header: Any, claims: Any, key: rsa.RSAPrivateKey | None = None) -> str:
        """Whatever is given, as JSON or as it is, signed with RS256."""
        text = f"{piece(header)}.{piece(claims)}"
        return f"{text}.{rs256(key or self.key, text)}"

    def bare(self, header: Any, signature: bytes = b"") -> str:
        """Good claims under this header, with this signature."""
        return f"{piece(header)}.{piece(self.claims)}.{letters(signature)}"

    def stranger(self, **header: Any) -> str:
        """Good claims signed with a key that is not ours."""
        return self.signed(joined(self.header, header), self.claims, OTHER_KEY)


def piece(value: Any) -> str:
    """One piece of a token: bytes as they are, anything else as JSON."""
    return letters(value if isinstance(value, bytes) else json.dumps(value).encode())
