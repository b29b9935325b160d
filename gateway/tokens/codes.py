"""Authorization codes: bound to client, address and challenge, good once and for a minute."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.tokens.issuer import SCOPE
from gateway.tokens.models import AuthorizationCode
from shared.db import now_of, work_of

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class CodeRequest:
    """What a client asked for when it sent somebody to sign in."""

    client_id: str
    redirect_uri: str
    challenge: str
    state: str


async def make(session: AsyncSession, asked: CodeRequest, person: UUID, organisation: UUID, seconds: int) -> str:
    """A code for the person in the session's partnership, which the code itself carries: it is needed to look it up."""
    partnership = work_of(session).partnership
    code = base64.urlsafe_b64encode(partnership.bytes + secrets.token_bytes(32)).decode()
    row = AuthorizationCode(
        id=_digest(code),
        partnership_id=partnership,
        client_id=asked.client_id,
        person_id=person,
        organisation_id=organisation,
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
        scope=SCOPE,
        expires_at=now_of(session) + timedelta(seconds=seconds),
    )
    session.add(row)
    return code


def partnership_of(code: str) -> UUID | None:
    """The partnership that a code names; None when it is not a code of ours."""
    try:
        known = base64.b64decode(code, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return UUID(bytes=known[:16]) if len(known) == 48 else None


async def find_for_update(session: AsyncSession, code: str) -> AuthorizationCode | None:
    """The code's row, locked: of two that redeem it at the same moment, one finds it used."""
    query = select(AuthorizationCode).where(AuthorizationCode.id == _digest(code)).with_for_update()
    return (await session.exec(query)).first()


def is_answered(challenge: str, verifier: str) -> bool:
    """PKCE, S256 only."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()
