"""The witness in each database: a copy of every outbox row, made in the transaction that wrote it and never deleted."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg

from deploy.local.state import APPLICATIONS

_WITNESS: Final = """
CREATE TABLE IF NOT EXISTS campaign_journal (seq bigint PRIMARY KEY, partnership_id uuid NOT NULL, topic text NOT NULL,
  key text NOT NULL, event_id uuid NOT NULL, type text NOT NULL, data text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE OR REPLACE FUNCTION campaign_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  INSERT INTO campaign_journal VALUES (NEW.seq, NEW.partnership_id, NEW.topic, NEW.key,
    CAST(NEW.headers->>'ce_id' AS uuid), NEW.headers->>'ce_type', NEW.data) ON CONFLICT DO NOTHING;
  PERFORM pg_advisory_xact_lock_shared(hashtextextended(NEW.partnership_id::text, 77));
  RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER campaign_note AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION campaign_note();
"""


_HOLD: Final = "SELECT pg_advisory_lock(hashtextextended($1, 77))"


@asynccontextmanager
async def held(admin_dsn: str, database: str, partnership: UUID) -> AsyncIterator[None]:
    """Whoever writes an event of this partnership waits until the end of this, between its place and its commit."""
    connection = await asyncpg.connect(admin_dsn, database=database)
    try:
        await connection.execute(_HOLD, str(partnership))
        yield
    finally:
        await connection.close()


async def install(admin_dsn: str, databases: Mapping[str, str] | None = None) -> None:
    """In every service's database; `databases` maps services to names that differ."""
    for service in APPLICATIONS:
        connection = await asyncpg.connect(admin_dsn, database=(databases or {}).get(service, service))
        try:
            await connection.execute(_WITNESS)
        finally:
            await connection.close()
