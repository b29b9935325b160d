"""What Today is read by: an index for each indicator, and the days from which two of them count."""

from alembic import op

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    "ALTER TABLE volunteers ADD COLUMN supervised_on date",
    "ALTER TABLE matches ADD COLUMN last_contact_on date",
    """
CREATE INDEX ix_visits_not_checked_out ON visits (partnership_id, not_checked_out_at, id)
  WHERE status = 'planned' AND not_checked_out_at IS NOT NULL AND checked_out_at IS NULL""",
    "CREATE INDEX ix_visits_planned ON visits (partnership_id, starts_at, id) WHERE status = 'planned'",
    """
CREATE INDEX ix_visits_without_record ON visits (partnership_id, contact_due_at, id)
  WHERE contact_recorded_at IS NULL AND status IN ('planned', 'happened')""",
    "CREATE INDEX ix_matches_proposed ON matches (partnership_id, proposed_at, id) WHERE status = 'proposed'",
    "CREATE INDEX ix_matches_last_contact ON matches (partnership_id, last_contact_on, id) WHERE status = 'active'",
    """
CREATE INDEX ix_volunteers_supervised ON volunteers (partnership_id, organisation_id, supervised_on, id)
  WHERE places_agreed > 0""",
    """
CREATE INDEX ix_volunteers_expiring ON volunteers (partnership_id, organisation_id, clearance_expires_on, id)
  WHERE status IN ('available', 'matched')""",
    "CREATE INDEX ix_volunteers_lapsed ON volunteers (partnership_id, clearance_expires_on) WHERE places_agreed > 0",
)
# The owner migrates, and row-level security is forced on it too: without this the backfill would see no row.
FORCED = ("volunteers", "matches", "visits", "supervisions")
BACKFILL = (
    """
UPDATE matches m SET last_contact_on = greatest(m.started_on,
  (SELECT max((v.happened_until AT TIME ZONE 'Europe/London')::date) FROM visits v WHERE v.match_id = m.id))
WHERE m.status IN ('active', 'paused', 'ending')""",
    """
UPDATE volunteers o SET supervised_on = coalesce(
  (SELECT max(s.held_on) FROM supervisions s WHERE s.volunteer_id = o.id),
  (SELECT min(m.started_on) FROM matches m WHERE m.volunteer_id = o.id))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in FORCED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in BACKFILL:
        op.execute(statement)
    for table in FORCED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
