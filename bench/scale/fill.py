"""Rows in bulk, made inside the server: copies of one true row but for the columns that are told."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from bench.ground import Admin

# Ids that sort by their number, older than any that is made now.
_IDS: Final = """
CREATE FUNCTION bench_id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT ('0190' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$
"""
_COLUMNS: Final = """
SELECT attname FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped
  AND attidentity = '' ORDER BY attnum
"""
# A vacuum takes a row for visible to all only once its commit is written, which the throw-away server puts off.
_SETTINGS: Final = (
    "session_replication_role = replica",
    "synchronous_commit = on",
    "work_mem = '256MB'",
    "maintenance_work_mem = '512MB'",
)
_INDEXES: Final = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made
FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
WHERE i.indrelid = $1::text::regclass AND c.oid IS NULL
"""


async def prepare(admin: Admin) -> None:
    """For a session that fills: nothing fires, sorts stay in memory."""
    await admin.execute(_IDS)
    for setting in _SETTINGS:
        await admin.execute(f"SET {setting}")


async def copies(
    admin: Admin, table: str, like: str, span: tuple[int, int], other: Mapping[str, str], where: str = "true"
) -> None:
    """One row for each `n` of the span that fits `where`, like the row that the condition finds, with these columns
    told as expressions of `n`."""
    names = [row["attname"] for row in await admin.fetch(_COLUMNS, table)]
    told = ", ".join(f"{other.get(name, f't.{name}')}" for name in names)
    source = f"(SELECT * FROM {table} WHERE {like} LIMIT 1) t, generate_series({span[0]}, {span[1]}) AS n"  # noqa: S608 - ours
    await admin.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {told} FROM {source} WHERE {where}")  # noqa: S608 - ours


class Bare:
    """Tables without their plain indexes, which are made anew in one go once the rows are there."""

    def __init__(self, admin: Admin, *tables: str) -> None:
        self._admin, self._tables, self._made = admin, tables, list[str]()

    async def __aenter__(self) -> None:
        for table in self._tables:
            for index in await self._admin.fetch(_INDEXES, table):
                self._made.append(index["made"])
                await self._admin.execute(f"DROP INDEX {index['name']}")

    async def __aexit__(self, *_: object) -> None:
        for made in self._made:
            await self._admin.execute(made)
        await self._admin.execute("VACUUM (ANALYZE)")


def quoted(one: UUID) -> str:
    """An id as a constant of SQL."""
    return f"'{one}'::uuid"
