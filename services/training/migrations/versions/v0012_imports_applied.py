"""Sheets are taken over: as what, by whom, how far; a session may be known from a sheet alone."""

from alembic import op

from shared.migrations import protect

revision = "0012"
down_revision = "0011"

STATEMENTS = (
    """
    ALTER TABLE imports
      ADD COLUMN course_id uuid CONSTRAINT fk_imports_course_id REFERENCES courses (id),
      ADD COLUMN round_id uuid CONSTRAINT fk_imports_round_id REFERENCES rounds (id),
      ADD COLUMN over_capacity_reason text,
      ADD COLUMN asked_at timestamptz,
      ADD COLUMN asked_by text,
      ADD COLUMN applied_at timestamptz,
      ADD COLUMN refused text,
      ADD COLUMN refused_rows integer[] NOT NULL DEFAULT '{}',
      DROP CONSTRAINT ck_imports_status,
      ADD CONSTRAINT ck_imports_status CHECK (status IN ('read', 'applying', 'applied', 'discarded'))""",
    "CREATE UNIQUE INDEX uq_imports_taken ON imports (partnership_id, organisation_id, fingerprint)"
    " WHERE status IN ('applying', 'applied')",
    """
    CREATE TABLE import_progress (
      id uuid CONSTRAINT pk_import_progress PRIMARY KEY,
      partnership_id uuid NOT NULL,
      rows integer NOT NULL
    )""",
    # With a default, so that the version before goes on planning sessions.
    """
    ALTER TABLE sessions
      ADD COLUMN from_sheet boolean NOT NULL DEFAULT false,
      DROP CONSTRAINT ck_sessions_online_or_venue,
      ADD CONSTRAINT ck_sessions_online_or_venue CHECK (from_sheet OR online = (venue IS NULL))""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    # The worker writes it, whoever asks reads it.
    protect("training", "import_progress", app="SELECT")
