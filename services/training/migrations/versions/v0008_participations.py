"""Who came to community training, in which words they were described; what a session says beyond time and place."""

from alembic import op

from shared.migrations import protect

revision = "0008"
down_revision = "0007"

SESSIONS = (
    # With defaults, so that the version before goes on planning sessions.
    """
    ALTER TABLE sessions
      ADD COLUMN round_id uuid CONSTRAINT fk_sessions_round_id REFERENCES rounds (id),
      ADD COLUMN parts smallint NOT NULL DEFAULT 1 CONSTRAINT ck_sessions_parts CHECK (parts BETWEEN 1 AND 10),
      ADD COLUMN delivery_partners text[] NOT NULL DEFAULT '{}',
      ADD COLUMN languages text[] NOT NULL DEFAULT '{}',
      ADD COLUMN interpreters text[] NOT NULL DEFAULT '{}',
      ADD COLUMN topics text[] NOT NULL DEFAULT '{}',
      ADD COLUMN learning_outcomes text[] NOT NULL DEFAULT '{}',
      ADD COLUMN materials text[] NOT NULL DEFAULT '{}',
      ADD COLUMN over_capacity_reason text,
      ADD COLUMN closed_at timestamptz,
      DROP CONSTRAINT ck_sessions_status,
      ADD CONSTRAINT ck_sessions_status CHECK (status IN ('planned', 'held', 'closed', 'cancelled'))""",
    "CREATE INDEX ix_sessions_round_id ON sessions (round_id)",
)
TABLES = (
    """
    CREATE TABLE labels (
      id uuid CONSTRAINT pk_labels PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      kind text NOT NULL
        CONSTRAINT ck_labels_kind CHECK (kind IN ('organisation', 'ethnicity', 'gender', 'language', 'area')),
      fingerprint bytea NOT NULL,
      content bytea NOT NULL,
      code text,
      coded_at timestamptz,
      coded_by text
    )""",
    "CREATE UNIQUE INDEX uq_labels_words ON labels (partnership_id, organisation_id, kind, fingerprint)",
    """
    CREATE TABLE attendees (
      id uuid CONSTRAINT pk_attendees PRIMARY KEY,
      partnership_id uuid NOT NULL,
      organisation_id uuid NOT NULL,
      fingerprint bytea,
      name bytea,
      created_at timestamptz NOT NULL
    )""",
    "CREATE UNIQUE INDEX uq_attendees_name ON attendees (partnership_id, organisation_id, fingerprint)"
    " WHERE fingerprint IS NOT NULL",
    """
    CREATE TABLE participations (
      id uuid CONSTRAINT pk_participations PRIMARY KEY,
      partnership_id uuid NOT NULL,
      organisation_id uuid NOT NULL,
      session_id uuid NOT NULL CONSTRAINT fk_participations_session_id REFERENCES sessions (id),
      day date NOT NULL,
      parts smallint[] NOT NULL,
      organisation uuid NOT NULL,
      ethnicity uuid,
      gender uuid,
      language uuid,
      area uuid,
      attendee_id uuid,
      import_id uuid,
      source text NOT NULL CONSTRAINT ck_participations_source CHECK (source IN ('sheet', 'trainer', 'self')),
      counted boolean NOT NULL,
      recorded_at timestamptz NOT NULL,
      recorded_by text NOT NULL,
      withdrawn_at timestamptz,
      withdrawn_by text,
      CONSTRAINT ck_participations_withdrawn_does_not_count CHECK (NOT (counted AND withdrawn_at IS NOT NULL))
    )""",
    "CREATE INDEX ix_participations_session_id_id ON participations (session_id, id)",
    "CREATE INDEX ix_participations_attendees ON participations (partnership_id, organisation_id, day, attendee_id)"
    " WHERE counted AND attendee_id IS NOT NULL",
    "CREATE UNIQUE INDEX uq_participations_attendee ON participations (session_id, attendee_id)"
    " WHERE attendee_id IS NOT NULL AND withdrawn_at IS NULL",
)


def upgrade() -> None:
    for statement in SESSIONS + TABLES:
        op.execute(statement)
    for table in ("labels", "attendees", "participations"):
        protect("training", table)
    # Who came is seen by the organisation whose session it was, and by nobody else of the partnership.
    for table in ("attendees", "participations"):
        own = "partnership_id = circle_partnership() AND organisation_id = circle_organisation()"
        op.execute(f"ALTER POLICY tenant ON {table} USING ({own}) WITH CHECK ({own})")
