"""What a running process holds: databases, keys, the audit's hand, the poke that wakes its relay."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from shared import away
from shared.audit import Auditor
from shared.crypto import KeyRing, Vault
from shared.db import Database, engine_for
from shared.erasures import ErasureLog
from shared.settings import Settings


@dataclass(slots=True)
class Parts:
    """Made once per process, inside its event loop."""

    settings: Settings
    app: Database
    worker: Database
    vault: Vault
    ring: KeyRing
    auditor: Auditor
    poke: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, settings: Settings) -> "Parts":
        auditor = Auditor(settings.audit_key)
        ring = KeyRing(settings.key_ring.get_secret_value())
        log = ErasureLog(Path(settings.erasure_log), auditor) if settings.erasure_log else None
        vault = Vault(engine_for(settings.vault_url, settings, pool_size=3), ring, settings.service, log)
        return cls(
            settings=settings,
            app=Database(settings, "app", auditor),
            worker=Database(settings, "worker", auditor),
            vault=vault,
            ring=ring,
            auditor=auditor,
        )

    async def database_answers(self) -> bool:
        """Whether the database answers within a second and has been migrated."""
        try:
            async with asyncio.timeout(1), self.app.engine.connect() as connection:
                await connection.execute(text("SELECT 1 FROM case_access LIMIT 1"))
        except away.DATABASE:
            return False
        return True

    async def close(self) -> None:
        await self.app.dispose()
        await self.worker.dispose()
        await self.vault.dispose()
