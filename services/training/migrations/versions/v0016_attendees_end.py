"""People who gave a name are erased, or put on legal hold; whoever only booked ends by themselves (docs/adr/0106)."""

from alembic import op

revision = "0016"
down_revision = "0015"

STATEMENTS = (
    # With a default, so that the version before goes on adding people.
    """
    ALTER TABLE attendees
      ADD COLUMN status text NOT NULL DEFAULT 'kept'
        CONSTRAINT ck_attendees_status CHECK (status IN ('kept', 'held', 'erased')),
      ADD CONSTRAINT ck_attendees_nothing_is_left_of_who_was_erased
        CHECK (status <> 'erased' OR (fingerprint IS NULL AND name IS NULL))""",
    "CREATE INDEX ix_bookings_attendee_id ON bookings (attendee_id) WHERE attendee_id IS NOT NULL",
    "CREATE INDEX ix_participations_attendee_id ON participations (attendee_id) WHERE attendee_id IS NOT NULL",
)
# Whoever has booked by now: a clock looks whether they came. It says later where it is too early.
CLOCKS = """
INSERT INTO clocks (id, partnership_id, kind, subject_id, due_at, look_at)
SELECT gen_random_uuid(), partnership_id, 'attendee.unused', attendee_id, at, at
FROM (SELECT partnership_id, attendee_id, max(changed_at) + interval '90 days' AS at FROM bookings
  WHERE attendee_id IS NOT NULL GROUP BY 1, 2) AS booked
ON CONFLICT DO NOTHING
"""
TABLES = ("bookings", "clocks")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    # The owner migrates, and row-level security is forced on it too.
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(CLOCKS)
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
