"""What the feed does with every event of the platform: store it once, as partners may see it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession

from gateway.feed import catalogue
from gateway.feed.bell import STORED
from gateway.feed.documents import document
from shared.db import now_of
from shared.events.referral import ConcernEvent
from shared.kafka import Envelope


async def store_event(session: AsyncSession, envelope: Envelope) -> bool:
    """Store the event, waiting for its number; False when it is one of those that do not leave the platform."""
    STORED.ring_after(session)
    if not catalogue.leaves(envelope.type):
        return False
    row = {
        "id": envelope.id,
        "partnership": envelope.partnership,
        "type": envelope.type,
        "family": envelope.family,
        "nameless": _names_no_family(envelope),
        "parts": catalogue.parts_of(envelope.type),
        "audience": sorted(envelope.audience),
        "document": document(envelope),
        "happened": _happened(envelope) or now_of(session),
        "now": now_of(session),
    }
    await session.execute(_STORE, row)
    return True


def _happened(envelope: Envelope) -> datetime | None:
    try:
        return datetime.fromisoformat(envelope.headers.get("ce_time", ""))
    except ValueError:
        return None


def _names_no_family(envelope: Envelope) -> UUID | None:
    """The concern's id where it stands in for a family: the audience alone decides unless grants are known for it."""
    about_concern = envelope.topic == ConcernEvent.TOPIC and catalogue.urgent(envelope.type)
    return envelope.family if about_concern and f'"concern":"{envelope.family}"' in envelope.data else None


_STORE = text("""
WITH stored AS (
  INSERT INTO feed (id, partnership_id, type, family_id, parts, audience, document, happened_at, stored_at)
  SELECT :id, :partnership, :type,
    CASE WHEN CAST(:nameless AS uuid) IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM case_access_revisions r WHERE r.family_id = :nameless)
      THEN NULL ELSE CAST(:family AS uuid) END,
    CAST(:parts AS text[]), CAST(:audience AS uuid[]), :document, :happened, :now
  ON CONFLICT (id) DO NOTHING
  RETURNING id, partnership_id
)
INSERT INTO feed_waiting (event_id, partnership_id) SELECT id, partnership_id FROM stored
""")
