"""Places of sessions: booked, or waited for."""

from alembic import op

from shared.migrations import protect

revision = "0010"
down_revision = "0009"

TABLES = (
    """
    CREATE TABLE bookings (
      id uuid CONSTRAINT pk_bookings PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      session_id uuid NOT NULL CONSTRAINT fk_bookings_session_id REFERENCES sessions (id),
      turn integer NOT NULL,
      status text NOT NULL CONSTRAINT ck_bookings_status CHECK (status IN ('waiting', 'booked', 'cancelled')),
      places integer NOT NULL,
      organisation uuid NOT NULL,
      attendee_id uuid,
      asked_at timestamptz NOT NULL,
      asked_by text NOT NULL,
      changed_at timestamptz NOT NULL,
      CONSTRAINT ck_bookings_places CHECK (places > 0 AND (attendee_id IS NULL OR places = 1)),
      CONSTRAINT uq_bookings_session_id_turn UNIQUE (session_id, turn)
    )""",
    "CREATE UNIQUE INDEX uq_bookings_attendee ON bookings (session_id, attendee_id)"
    " WHERE attendee_id IS NOT NULL AND status <> 'cancelled'",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect("training", "bookings")
    # Who has a place is seen by the organisation whose session it is, and by nobody else of the partnership.
    own = "partnership_id = circle_partnership() AND organisation_id = circle_organisation()"
    op.execute(f"ALTER POLICY tenant ON bookings USING ({own}) WITH CHECK ({own})")
