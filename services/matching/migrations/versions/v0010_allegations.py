"""Allegations against volunteers: for the organisations whose leads may know, never for whom they are about."""

from alembic import op

from shared.migrations import protect

revision = "0010"
down_revision = "0009"

SERVICE = "matching"

TABLES = (
    """
CREATE TABLE allegations (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  volunteer_id uuid NOT NULL,
  concern_id uuid,
  status text NOT NULL,
  nature text,
  happened_on date,
  description bytea,
  readers uuid[] NOT NULL,
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL,
  lado_due_at timestamptz NOT NULL,
  lado_told_on date,
  outcome text,
  decided_on date,
  decided_by text,
  no_barring_code text,
  reasons bytea,
  keep_until date,
  erased_at timestamptz,
  CONSTRAINT pk_allegations PRIMARY KEY (id),
  CONSTRAINT fk_allegations_volunteer_id FOREIGN KEY(volunteer_id) REFERENCES volunteers (id),
  CONSTRAINT uq_allegations_concern_id UNIQUE (partnership_id, concern_id),
  CONSTRAINT ck_allegations_status CHECK (status IN ('open', 'decided')),
  CONSTRAINT ck_allegations_outcome CHECK (outcome IN ('substantiated', 'unsubstantiated', 'unfounded', 'false',
    'malicious')),
  CONSTRAINT ck_allegations_decided CHECK ((status = 'decided') = (outcome IS NOT NULL))
)""",
    "CREATE INDEX ix_allegations_partnership_id_id ON allegations (partnership_id, id)",
    "CREATE INDEX ix_allegations_volunteer_id ON allegations (volunteer_id)",
    """
CREATE TABLE allegation_steps (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  allegation_id uuid NOT NULL,
  kind text NOT NULL,
  done_on date NOT NULL,
  note bytea,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_allegation_steps PRIMARY KEY (id),
  CONSTRAINT fk_allegation_steps_allegation_id FOREIGN KEY(allegation_id) REFERENCES allegations (id)
)""",
    "CREATE INDEX ix_allegation_steps_allegation_id_id ON allegation_steps (allegation_id, id)",
)

READ = {
    "allegations": (
        "circle_scope() = 'organisation' AND circle_organisation() = ANY (readers) AND NOT EXISTS"
        " (SELECT 1 FROM volunteers v WHERE v.id = allegations.volunteer_id AND v.person_id = circle_person())"
    ),
    "allegation_steps": "EXISTS (SELECT 1 FROM allegations a WHERE a.id = allegation_steps.allegation_id)",
}
RIGHTS = {"allegations": "SELECT, INSERT, UPDATE", "allegation_steps": "SELECT, INSERT"}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, read in READ.items():
        protect(SERVICE, table, app=RIGHTS[table])
        op.execute(f"CREATE POLICY only_readers ON {table} AS RESTRICTIVE TO {SERVICE}_app USING ({read})")
    op.execute("ALTER TABLE volunteers ADD COLUMN open_allegations integer NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE volunteers ADD CONSTRAINT ck_volunteers_open_allegations CHECK (open_allegations >= 0)")
