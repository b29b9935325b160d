"""Attendance sheets that were sent and wait to be taken over."""

from alembic import op

from shared.migrations import protect

revision = "0006"
down_revision = "0005"

TABLES = (
    """
    CREATE TABLE imports (
      id uuid CONSTRAINT pk_imports PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      status text NOT NULL CONSTRAINT ck_imports_status CHECK (status IN ('read', 'discarded')),
      fingerprint bytea NOT NULL,
      kind text NOT NULL,
      encoding text,
      delimiter text,
      rows integer NOT NULL,
      errors integer NOT NULL,
      labels bytea,
      created_at timestamptz NOT NULL,
      created_by text NOT NULL
    )""",
    "CREATE INDEX ix_imports_partnership_id_organisation_id_created_at_id"
    " ON imports (partnership_id, organisation_id, created_at, id)",
    "CREATE INDEX ix_imports_partnership_id_fingerprint ON imports (partnership_id, fingerprint)",
    """
    CREATE TABLE import_parts (
      id uuid CONSTRAINT pk_import_parts PRIMARY KEY,
      partnership_id uuid NOT NULL,
      import_id uuid NOT NULL CONSTRAINT fk_import_parts_import_id REFERENCES imports (id),
      part integer NOT NULL,
      content bytea NOT NULL,
      CONSTRAINT uq_import_parts_import_id_part UNIQUE (import_id, part)
    )""",
    """
    CREATE TABLE import_faults (
      id uuid CONSTRAINT pk_import_faults PRIMARY KEY,
      partnership_id uuid NOT NULL,
      import_id uuid NOT NULL CONSTRAINT fk_import_faults_import_id REFERENCES imports (id),
      place integer NOT NULL,
      row_number integer NOT NULL,
      column_name text NOT NULL,
      code text NOT NULL,
      CONSTRAINT uq_import_faults_import_id_place UNIQUE (import_id, place)
    )""",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect("training", "imports")
    for table in ("import_parts", "import_faults"):
        # Whatever is discarded or taken over is not kept a second time.
        protect("training", table, app="SELECT, INSERT, DELETE")
