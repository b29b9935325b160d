"""An identity provider of somebody else: a key, a key set over HTTP, and tokens as such providers make them."""

import asyncio
import json
import time
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jose import jwk, jwt

AUDIENCE = "safeguarding-circle"


class Pair:
    """A key pair as PEM and as public JWK."""

    def __init__(self, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, algorithm: str) -> None:
        self.algorithm = algorithm
        self.pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        public = jwk.construct(self.pem, algorithm).public_key().to_dict()
        self.public = {name: value.decode() if isinstance(value, bytes) else value for name, value in public.items()}

    @property
    def jwk(self) -> dict[str, str]:
        """What a client registers."""
        return {name: value for name, value in self.public.items() if name != "alg"}

    def sign(self, claims: dict[str, Any], **headers: str) -> str:
        return jwt.encode(claims, self.pem, self.algorithm, headers=headers or None)


def rsa_pair(bits: int = 2048) -> Pair:
    return Pair(rsa.generate_private_key(public_exponent=65537, key_size=bits), "RS256")


def ec_pair() -> Pair:
    return Pair(ec.generate_private_key(ec.SECP256R1()), "ES256")


class Idp:
    """One provider; it counts how often its keys are asked for."""

    def __init__(self) -> None:
        self.pair = rsa_pair()
        self.port = 0
        self.fetched = 0
        self._server: asyncio.Server | None = None

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}/realms/one"

    @property
    def settings(self) -> dict[str, str]:
        return {"issuer": self.issuer, "jwks_url": f"http://127.0.0.1:{self.port}/keys", "audience": AUDIENCE}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.fetched += 1
        body = json.dumps({"keys": [{**self.pair.public, "kid": "idp-1"}]}).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close"
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def claims(self, subject: str, **other: Any) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self.issuer, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 600} | other

    def token(self, subject: str, **other: Any) -> str:
        claims = {name: value for name, value in self.claims(subject, **other).items() if value is not None}
        return self.pair.sign(claims, kid="idp-1")
