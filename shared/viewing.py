"""One row read and its view noted by one statement, a transaction by itself: tenant, row, audit, in that order.

The row is looked for only once the settings are made, since the subquery depends on them (LATERAL; OFFSET 0 keeps it
whole). Whatever a planner might make of it, a row that is looked for without a tenant is not there: row policies see to
that, and the settings end with the statement's transaction, however it ends.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from shared.driver import Tenant, settings
from shared.fragments import TENANT_ENTERED

TENANT: Final = f"\n  SELECT {TENANT_ENTERED.format('$1', '$2', '$3', '$4')} AS entered"
_STATEMENT: Final = """
WITH tenant AS MATERIALIZED ({tenant}
), seen AS MATERIALIZED (
  SELECT r.*
  FROM tenant CROSS JOIN LATERAL (SELECT {columns} FROM {table} WHERE id = $5 AND tenant.entered OFFSET 0) AS r
), audit AS (
  INSERT INTO audit_log (id, partnership_id, recorded_at, entry, mac)
  SELECT $6::uuid, $7::uuid, $8::timestamptz, $9::text, $10::bytea FROM seen
), unsealed AS (
  INSERT INTO audit_unsealed (audit_id, partnership_id) SELECT $6::uuid, $7::uuid FROM seen
)
SELECT * FROM seen"""


def statement(table: str, columns: Iterable[str]) -> str:
    """The statement that reads the row of that id, and notes its view where it is there; names are our models' own."""
    return _STATEMENT.format(tenant=TENANT, table=table, columns=", ".join(columns))


def values(tenant: Tenant, row_id: UUID, now: datetime, audit: dict[str, Any]) -> list[Any]:
    """Its parameters."""
    entered = settings(tenant.partnership, tenant.organisation, tenant.person, tenant.scope)
    return [*entered, row_id, audit["id"], tenant.partnership, now, audit["entry"], audit["mac"]]
