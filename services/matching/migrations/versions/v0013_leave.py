"""Leave and cover: who coordinates for an organisation, who is away and who covers, who answers for a volunteer."""

from alembic import op

from shared.migrations import protect

revision = "0013"
down_revision = "0012"

SERVICE = "matching"

STATEMENTS = (
    "ALTER TABLE volunteers ADD COLUMN coordinator_id uuid",
    """
CREATE TABLE colleagues (
  membership_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  person_id uuid NOT NULL,
  starts_on date NOT NULL,
  gone_on date,
  CONSTRAINT pk_colleagues PRIMARY KEY (membership_id)
)""",
    "CREATE INDEX ix_colleagues_organisation_id ON colleagues (partnership_id, organisation_id)",
    """
CREATE TABLE leaves (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  organisation_id uuid NOT NULL,
  person_id uuid NOT NULL,
  cover_id uuid NOT NULL,
  begins_on date NOT NULL,
  ends_on date NOT NULL,
  back_on date,
  entered_by text NOT NULL,
  entered_at timestamptz NOT NULL,
  CONSTRAINT pk_leaves PRIMARY KEY (id),
  CONSTRAINT ck_leaves_days CHECK (begins_on <= ends_on),
  CONSTRAINT ck_leaves_cover CHECK (person_id <> cover_id)
)""",
    "CREATE INDEX ix_leaves_ends_on ON leaves (partnership_id, organisation_id, ends_on)",
    "CREATE INDEX ix_leaves_begins_on ON leaves (partnership_id, organisation_id, begins_on, id)",
)
RIGHTS = {"colleagues": "SELECT", "leaves": "SELECT, INSERT, UPDATE"}
# Nobody of another organisation is told who is away, nor anybody who sees single cases only.
OWN = "circle_scope() = 'organisation' AND organisation_id = circle_organisation()"


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table, rights in RIGHTS.items():
        protect(SERVICE, table, app=rights)
        op.execute(f"CREATE POLICY only_own ON {table} AS RESTRICTIVE TO {SERVICE}_app USING ({OWN})")
