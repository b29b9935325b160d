"""The one statement that writes what a transaction leaves behind, made of the pieces that it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy import text

from shared.fragments import KEY_HELD, TENANT_ENTERED
from shared.pending import Pending

# Every statement begins with these: $1 partnership, $2 now, and the audit row's $3 id, $4 entry, $5 mac.
AUDIT: Final = """
audit AS (
  INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac)
  VALUES ($3::uuid, $1::uuid, $2::timestamptz, $4::text, $5::bytea)
), unsealed AS (
  INSERT INTO audit_unsealed (audit_id, partnership_id) VALUES ($3::uuid, $1::uuid)
)"""
_FIRST: Final = 6

_HISTORY: Final = """
history AS (
  INSERT INTO status_history (id, partnership_id, subject_kind, subject_id, family_id, from_status, to_status,
    reason_code, actor, actor_organisation, happened_at, recorded_at)
  SELECT r.id, $1::uuid, r.subject_kind, r.subject_id, r.family_id, r.from_status, r.to_status,
    r.reason_code, r.actor, r.actor_organisation, r.happened_at, $2::timestamptz
  FROM jsonb_to_recordset({0}::text::jsonb) AS r(id uuid, subject_kind text, subject_id uuid, family_id uuid,
    from_status text, to_status text, reason_code text, actor text, actor_organisation uuid, happened_at timestamptz)
)"""
_CLOCKS: Final = """
clocks_started AS (
  INSERT INTO clocks (id, partnership_id, kind, subject_id, family_id, due_at, look_at, calendar_version)
  SELECT r.id, $1::uuid, r.kind, r.subject, r.family, r.due, r.due, r.version
  FROM jsonb_to_recordset({0}::text::jsonb) AS r(id uuid, kind text, subject uuid, family uuid, due timestamptz,
    version text)
  ON CONFLICT (kind, subject_id) DO UPDATE SET due_at = excluded.due_at, look_at = excluded.due_at,
    calendar_version = excluded.calendar_version, stopped_at = NULL,
    raised_at = CASE WHEN clocks.due_at = excluded.due_at THEN clocks.raised_at END
)"""
# The insertion counts what was cleared, so that it comes after it; both only where no later revision is known.
_ACCESS: Final = """
listed AS (
  INSERT INTO case_access_revisions (family_id, partnership_id, revision) VALUES ({0}::uuid, $1::uuid, {1}::bigint)
  ON CONFLICT (family_id) DO UPDATE SET revision = excluded.revision
  WHERE case_access_revisions.revision < excluded.revision RETURNING 1
), cleared AS (
  DELETE FROM case_access WHERE family_id = {0}::uuid AND EXISTS (SELECT 1 FROM listed) RETURNING 1
), granted AS (
  INSERT INTO case_access (partnership_id, family_id, organisation_id, part, person_id)
  SELECT $1::uuid, {0}::uuid, g.organisation, g.part, g.person
  FROM jsonb_to_recordset({2}::text::jsonb) AS g(organisation uuid, part text, person uuid),
    (SELECT count(*) FROM cleared) AS after
  WHERE EXISTS (SELECT 1 FROM listed)
)"""
# The same on what was read ahead, if nobody has looked at the case since in order to change it: so what is new of the
# list and what is gone are known.
_AHEAD: Final = """
listed AS (
  UPDATE case_access_revisions SET revision = {1}::bigint WHERE family_id = {0}::uuid AND xmin::text = {2}::text
  RETURNING 1
)"""
_GRANTED: Final = """
granted AS (
  INSERT INTO case_access (partnership_id, family_id, organisation_id, part, person_id)
  SELECT $1::uuid, {0}::uuid, g.organisation, g.part, g.person
  FROM jsonb_to_recordset({1}::text::jsonb) AS g(organisation uuid, part text, person uuid)
)"""
_TAKEN: Final = """
taken AS (
  DELETE FROM case_access a USING jsonb_to_recordset({1}::text::jsonb) AS g(organisation uuid, part text, person uuid)
  WHERE a.family_id = {0}::uuid AND a.organisation_id = g.organisation AND a.part = g.part
    AND a.person_id IS NOT DISTINCT FROM g.person
)"""
_ANSWER: Final = """
answers AS (
  INSERT INTO idempotency_keys (scope, key, partnership_id, family_id, fingerprint, answer)
  VALUES ({0}::text, {1}::text, $1::uuid, {2}::uuid, {3}::bytea, {4}::bytea)
)"""
# Events: a lock per key is taken, in order, before the identity column is drawn, so that the order of `seq` is the
# order of commits for that key. The audience is who may open the case at this moment.
_EVENTS: Final = """
rows AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset({0}::text::jsonb) AS r(position int, topic text, key text, headers jsonb,
    data text, family_id uuid, parts text[], audience text[])
), locks AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended(k.key, 1)) FROM (SELECT DISTINCT key FROM rows ORDER BY key) k
), told AS (
  INSERT INTO outbox (partnership_id, topic, key, headers, data)
  SELECT $1::uuid, r.topic, r.key,
    r.headers || jsonb_build_object('ce_audience', CASE WHEN r.audience IS NULL THEN coalesce((
      SELECT string_agg(DISTINCT a.organisation_id::text, ',') FROM case_access a
      WHERE a.family_id = r.family_id AND a.part = ANY(r.parts)), '') ELSE array_to_string(r.audience, ',') END),
    r.data
  FROM rows r, (SELECT count(*) FROM locks) l
  ORDER BY r.position
)"""
# The same where one key has them all and each one's audience is known, which stands in its headers already.
_HEARD: Final = """
told AS (
  INSERT INTO outbox (partnership_id, topic, key, headers, data)
  SELECT $1::uuid, r.topic, {1}::text, r.headers, r.data
  FROM (SELECT pg_advisory_xact_lock(hashtextextended({1}::text, 1))) AS locked,
    jsonb_to_recordset({0}::text::jsonb) AS r(position int, topic text, headers jsonb, data text)
  ORDER BY r.position
)"""
# The same locks as above, for what is going to be written by several of it in one transaction.
LOCK: Final = text("""
SELECT count(pg_advisory_xact_lock(hashtextextended(k.key, 1)))
FROM (SELECT DISTINCT key FROM unnest(CAST(:keys AS text[])) AS every(key) ORDER BY key) k
""")
_PIECES: Final = {
    "history": (_HISTORY, 1),
    "clocks": (_CLOCKS, 1),
    "access": (_ACCESS, 3),
    "ahead": (_AHEAD, 3),
    "granted": (_GRANTED, 2),
    "taken": (_TAKEN, 2),
    "answer": (_ANSWER, 5),
    "events": (_EVENTS, 1),
    "heard": (_HEARD, 2),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that was loaded, at that version, and the columns that are now others, each with what it is cast to.

    Without such columns it must only still be as it was.
    """

    table: str
    id: UUID
    version: int
    columns: tuple[tuple[str, str], ...]
    values: tuple[Any, ...]


def statement(
    pending: Pending,
    partnership: UUID,
    now: datetime,
    audit: dict[str, Any],
    changes: Sequence[Change] = (),
    entering: Sequence[str] = (),
) -> tuple[str, list[Any]]:
    """(SQL, its parameters). It divides by zero where what was read is not the present state any more.

    With a tenant's settings to enter by, it is a transaction by itself, and takes the key's lock, too.
    """
    values: list[Any] = [partnership, now, audit["id"], audit["entry"], audit["mac"]]
    pieces = []
    for name, found in _values(pending):
        pieces.append(name)
        values += found
    for change in changes:
        values += [change.id, change.version, *change.values]
    shape = tuple((change.table, change.columns) for change in changes)
    return _sql(tuple(pieces), shape, bool(entering)), [*values, *entering]


def _values(pending: Pending) -> list[tuple[str, list[Any]]]:
    """The pieces that are needed, each with its parameters."""
    found: list[tuple[str, list[Any]]] = []
    if pending.history:
        found.append(("history", [_json(pending.history)]))
    if pending.clocks:
        found.append(("clocks", [_json(pending.clocks)]))
    if pending.access:
        found += _access(pending.access)
    if pending.answer and "answer" in pending.answer:
        answer = pending.answer
        kept = [answer["scope"], answer["key"], pending.family, answer["fingerprint"], answer["answer"]]
        found.append(("answer", kept))
    if pending.events:
        found.append(_events(pending.events))
    return found


def _access(access: dict[str, Any]) -> list[tuple[str, list[Any]]]:
    """The pieces that put a case's list in place; where it was read ahead, only the case may have to be held."""
    family = access["family"]
    if "mark" not in access:
        return [("access", [family, access["revision"], _json(access["grants"])])]
    lists = [("granted", access["grants"]), ("taken", access["gone"])]
    held: tuple[str, list[Any]] = ("ahead", [family, access["revision"], access["mark"]])
    return [held, *((name, [family, _json(rows)]) for name, rows in lists if rows)]


def _events(events: Sequence[dict[str, Any]]) -> tuple[str, list[Any]]:
    """The piece that writes the events, in their order."""
    key = events[0]["key"]
    if any(row["audience"] is None or row["key"] != key for row in events):
        return "events", [_json([row | {"position": i} for i, row in enumerate(events)])]
    rows = [
        {
            "position": i,
            "topic": row["topic"],
            "headers": row["headers"] | {"ce_audience": ",".join(row["audience"])},
            "data": row["data"],
        }
        for i, row in enumerate(events)
    ]
    return "heard", [_json(rows), key]


@lru_cache(maxsize=256)
def _sql(pieces: tuple[str, ...], changes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...], by_itself: bool) -> str:
    """The statement of this shape; its names come from our own code, values only as parameters."""
    number, parts = _FIRST, [AUDIT]
    keys, rows, cases = list[str](), list[str](), list[str]()
    for name in pieces:
        piece, count = _PIECES[name]
        places = [f"${number + i}" for i in range(count)]
        parts.append(piece.format(*places))
        number += count
        if name == "answer" and by_itself:
            keys.append(KEY_HELD.format(*places))
        if name == "ahead":
            cases.append("EXISTS (SELECT FROM listed)")
    for index, (table, columns) in enumerate(changes):
        parts.append(_changed(index, table, columns, number))
        rows.append(f"EXISTS (SELECT FROM changed{index})")
        number += 2 + len(columns)
    tenant = [f"({TENANT_ENTERED.format(*(f'${number + i}' for i in range(4)))})"] if by_itself else []
    return f"WITH {','.join(parts)}\nSELECT {_dividing([*tenant, *keys, *rows, *cases])}"


def _changed(index: int, table: str, columns: tuple[tuple[str, str], ...], number: int) -> str:
    found = f"WHERE id = ${number} AND version = ${number + 1}"
    if not columns:
        return f"\nchanged{index} AS MATERIALIZED (SELECT 1 FROM {table} {found} FOR UPDATE)"  # noqa: S608 - names of ours
    setting = ", ".join(f"{column} = ${number + 2 + i}{cast}" for i, (column, cast) in enumerate(columns))
    return f"\nchanged{index} AS (UPDATE {table} SET {setting}, version = version + 1 {found} RETURNING 1)"  # noqa: S608 - the same


def _dividing(must: Sequence[str]) -> str:
    """1, or a division by zero where one of these does not hold; each is asked only where those before it hold.

    The parts of a statement that write are run when they are asked for, and the rest of them after all this. So the
    tenant comes first; were it otherwise, row policies would refuse every row that follows.
    """
    refusals = " ".join(f"WHEN NOT {one} THEN 0" for one in must)
    return f"1 / CASE {refusals} ELSE 1 END" if must else "1"


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows, default=str).decode()
