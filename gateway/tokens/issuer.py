"""The issuer as a running process holds it: keys, names, revocations, and the one place where a token is made."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import PostgresError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel.ext.asyncio.session import AsyncSession
from uuid_utils.compat import uuid7

from gateway.identity import names
from gateway.identity.domain import PLATFORM
from gateway.identity.names import Names
from gateway.settings import GatewaySettings
from gateway.tokens.keys import SigningKeys
from gateway.tokens.revocations import POLL_SECONDS, Revocations
from shared import logging
from shared.auth import KeySet
from shared.db import Work
from shared.errors import Unavailable
from shared.ids import new_id
from shared.parts import Parts
from shared.telemetry import child

SCOPE = "api"
AWAY = (SQLAlchemyError, PostgresError, OSError, TimeoutError)
_KEY_POLL_SECONDS = 10.0
_RETRY_SECONDS = 0.3
_CLOCK = text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
_log = logging.get("issuer")


@dataclass(frozen=True, slots=True)
class Granted:
    """Whom a token is for, and as whom they act."""

    subject: str
    client_id: str
    partnership: UUID
    organisation: UUID
    roles: tuple[str, ...]
    person: UUID | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as its bearer gets it."""

    token: str
    token_id: str
    seconds: int


class Issuer:
    """Made once per process."""

    def __init__(self, parts: Parts, settings: GatewaySettings, revocations: Revocations) -> None:
        self.parts = parts
        self.settings = settings
        self.keys = SigningKeys(settings, parts.ring)
        self.revocations = revocations
        self._names: Names | None = None

    @property
    def names(self) -> Names:
        if self._names is None:
            raise Unavailable
        return self._names

    @asynccontextmanager
    async def transaction(
        self, action: str, actor: str = "issuer", partnership: UUID = PLATFORM
    ) -> AsyncIterator[AsyncSession]:
        """A transaction of the issuer's own: committed at the end, rolled back when the body raises."""
        work = Work(
            service="gateway",
            partnership=partnership,
            organisation=None,
            actor=actor,
            scope="system",
            action=action,
            request_id=str(new_id()),
            traceparent=child(None),
        )
        async with self.parts.app.transaction(work) as session:
            yield session

    async def issue(self, session: AsyncSession, granted: Granted) -> Issued:
        """A token for whoever was found to deserve one, in the transaction that locked them.

        Its time is the database's, as that of revocations is, so that none can slip past one. It does not outlive
        what it was granted for.
        """
        now = int((await session.execute(_CLOCK)).scalar_one())
        token_id, seconds = str(uuid7(nanoseconds=now * 1000)), self.settings.token_seconds
        if granted.until is not None:
            seconds = max(1, min(seconds, int(granted.until.timestamp()) - now // 1_000_000))
        claims = {
            "iss": self.settings.issuer,
            "aud": self.settings.audience,
            "sub": granted.subject,
            "client_id": granted.client_id,
            "iat": now // 1_000_000,
            "exp": now // 1_000_000 + seconds,
            "jti": token_id,
            "scope": SCOPE,
            "partnership": str(granted.partnership),
            "organisation": str(granted.organisation),
            "roles": sorted(granted.roles),
        }
        if granted.person is not None:
            claims["person"] = str(granted.person)
        return Issued(self.keys.sign(claims), token_id, seconds)

    async def load(self) -> None:
        """Names, keys and revocations, made where there are none."""
        async with self.transaction("load") as session:
            self._names = self._names or await names.load(session, self.parts.ring)
            await self.keys.load(session)
        await self.revocations.refresh(self.parts)

    async def keep_keys(self, verifying: KeySet) -> None:
        """Look at the keys every few seconds, and every moment while there are none; verify with what is published."""
        while True:
            await asyncio.sleep(_KEY_POLL_SECONDS if self._names else _RETRY_SECONDS)
            try:
                await self.load()
                await verifying.refresh()
            except AWAY as error:
                _log.warning("keys-wait", error=type(error).__name__)

    async def keep_revocations(self) -> None:
        """Look at the revocations several times a second."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.revocations.refresh(self.parts)
            except AWAY as error:
                _log.warning("revocations-wait", error=type(error).__name__)


async def stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel and wait."""
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
