"""What a transaction will leave behind beside its rows: collected on the way, written as one statement at the end."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text


@dataclass(slots=True)
class Pending:
    """History, events, audit subjects and the stored answer of one transaction."""

    history: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)
    family: UUID | None = None
    answer: dict[str, Any] | None = None
    changed: bool = False

    def __bool__(self) -> bool:
        return bool(self.history or self.events or self.seen or self.answer or self.changed)

    def event_keys(self) -> list[str]:
        """What its events are ordered by."""
        return [str(row["key"]) for row in self.events]

    def parameters(self, partnership: UUID, now: datetime, audit: dict[str, Any]) -> dict[str, Any]:
        """Parameters of `FLUSH`."""
        answer = [self.answer | {"family_id": self.family}] if self.answer else []
        return {
            "partnership": str(partnership),
            "now": now,
            "history": _json(self.history),
            "events": _json([row | {"position": i} for i, row in enumerate(self.events)]),
            "audit_id": audit["id"],
            "audit_entry": audit["entry"],
            "audit_mac": audit["mac"],
            "answers": _json(answer),
        }


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows, default=str).decode()


# Events: a lock per key is taken, in order, before the identity column is drawn, so that the order of `seq` is the
# order of commits for that key. The audience is who may open the case at this moment.
FLUSH = text("""
WITH history AS (
  INSERT INTO status_history (id, partnership_id, subject_kind, subject_id, family_id, from_status, to_status,
    reason_code, actor, actor_organisation, happened_at, recorded_at)
  SELECT r.id, CAST(:partnership AS uuid), r.subject_kind, r.subject_id, r.family_id, r.from_status, r.to_status,
    r.reason_code, r.actor, r.actor_organisation, r.happened_at, :now
  FROM jsonb_to_recordset(CAST(:history AS jsonb)) AS r(id uuid, subject_kind text, subject_id uuid, family_id uuid,
    from_status text, to_status text, reason_code text, actor text, actor_organisation uuid, happened_at timestamptz)
), audit AS (
  INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac)
  VALUES (CAST(:audit_id AS uuid), CAST(:partnership AS uuid), :now, :audit_entry, :audit_mac)
), unsealed AS (
  INSERT INTO audit_unsealed (audit_id, partnership_id)
  VALUES (CAST(:audit_id AS uuid), CAST(:partnership AS uuid))
), answers AS (
  INSERT INTO idempotency_keys (scope, key, partnership_id, family_id, fingerprint, answer)
  SELECT r.scope, r.key, CAST(:partnership AS uuid), r.family_id, decode(r.fingerprint, 'hex'), decode(r.answer, 'hex')
  FROM jsonb_to_recordset(CAST(:answers AS jsonb)) AS r(scope text, key text, family_id uuid, fingerprint text,
    answer text)
), rows AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(CAST(:events AS jsonb)) AS r(position int, topic text, key text, headers jsonb,
    data text, family_id uuid, parts text[], audience text[])
), locks AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended(k.key, 1)) FROM (SELECT DISTINCT key FROM rows ORDER BY key) k
)
INSERT INTO outbox (partnership_id, topic, key, headers, data)
SELECT CAST(:partnership AS uuid), r.topic, r.key,
  r.headers || jsonb_build_object('ce_audience', CASE WHEN r.audience IS NULL THEN coalesce((
    SELECT string_agg(DISTINCT a.organisation_id::text, ',') FROM case_access a
    WHERE a.family_id = r.family_id AND a.part = ANY(r.parts)), '') ELSE array_to_string(r.audience, ',') END),
  r.data
FROM rows r, (SELECT count(*) FROM locks) l
ORDER BY r.position
""")
# The same locks as above, for what is going to be written by several of it in one transaction.
LOCK = text("""
SELECT count(pg_advisory_xact_lock(hashtextextended(k.key, 1)))
FROM (SELECT DISTINCT key FROM unnest(CAST(:keys AS text[])) AS every(key) ORDER BY key) k
""")
