"""A policy per partnership, what proposals were made of, a family's "not this person", sums for the equality view."""

from alembic import op

from shared.migrations import protect

revision = "0008"
down_revision = "0007"

SERVICE = "matching"

COLUMNS = (
    "ALTER TABLE volunteers ADD COLUMN faith bytea",
    "ALTER TABLE volunteers ADD COLUMN visits_taken integer NOT NULL DEFAULT 0",
    "ALTER TABLE volunteers ADD COLUMN inputs_number integer NOT NULL DEFAULT 0",
    "ALTER TABLE matches ADD COLUMN passed_over text[] NOT NULL DEFAULT '{}'",
    "ALTER TABLE matches ADD COLUMN visits_a_week integer NOT NULL DEFAULT 1",
    "ALTER TABLE proposals ADD COLUMN policy_version integer NOT NULL DEFAULT 0",
    "ALTER TABLE proposals ADD COLUMN inputs bytea",
    # Row-level security is forced on the owner too: without this the backfill would see no row.
    "ALTER TABLE volunteers NO FORCE ROW LEVEL SECURITY",
    "UPDATE volunteers SET visits_taken = places_taken WHERE places_taken > 0",
    "ALTER TABLE volunteers FORCE ROW LEVEL SECURITY",
)
TABLES = (
    """
CREATE TABLE volunteer_inputs (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  number integer NOT NULL,
  inputs bytea NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_volunteer_inputs PRIMARY KEY (id),
  CONSTRAINT uq_volunteer_inputs_number UNIQUE (volunteer_id, number),
  CONSTRAINT fk_volunteer_inputs_volunteer_id FOREIGN KEY(volunteer_id) REFERENCES volunteers (id)
)""",
    """
CREATE TABLE refused_volunteers (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  match_request_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  reason_code text NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  lifted_by text,
  lifted_at timestamptz,
  CONSTRAINT pk_refused_volunteers PRIMARY KEY (id)
)""",
    "CREATE UNIQUE INDEX uq_refused_volunteers_standing ON refused_volunteers (family_id, volunteer_id)"
    " WHERE lifted_at IS NULL",
    """
CREATE TABLE matching_policies (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version_number integer NOT NULL,
  policy jsonb NOT NULL,
  reason text NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  CONSTRAINT pk_matching_policies PRIMARY KEY (id),
  CONSTRAINT uq_matching_policies_version_number UNIQUE (partnership_id, version_number),
  CONSTRAINT ck_matching_policies_version_number CHECK (version_number > 0)
)""",
    """
CREATE TABLE equality_sums (
  partnership_id uuid NOT NULL,
  dimension text NOT NULL,
  value text NOT NULL,
  opened integer NOT NULL,
  matched integer NOT NULL,
  closed integer NOT NULL,
  waiting integer NOT NULL,
  since_days integer NOT NULL,
  waited_days integer NOT NULL,
  CONSTRAINT pk_equality_sums PRIMARY KEY (partnership_id, dimension, value)
)""",
    """
CREATE TABLE equality_counted (
  match_request_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  waiting_since date NOT NULL,
  groups bytea NOT NULL,
  left_on date,
  CONSTRAINT pk_equality_counted PRIMARY KEY (match_request_id)
)""",
)
# Who signs in as a volunteer sees none of this.
ALL_OR_NOTHING = {
    "volunteer_inputs": "SELECT, INSERT",
    "matching_policies": "SELECT, INSERT",
    "equality_sums": "SELECT",
}
APPEND_ONLY = ("volunteer_inputs", "matching_policies")


def upgrade() -> None:
    for statement in (*COLUMNS, *TABLES):
        op.execute(statement)
    for table, rights in ALL_OR_NOTHING.items():
        protect(SERVICE, table, app=rights)
    protect(SERVICE, "refused_volunteers", case="family_id", app="SELECT, INSERT, UPDATE")
    protect(SERVICE, "equality_counted", case="family_id", app="SELECT")
    for table in (*ALL_OR_NOTHING, "refused_volunteers", "equality_counted"):
        op.execute(
            f"CREATE POLICY only_own ON {table} AS RESTRICTIVE TO {SERVICE}_app USING (circle_scope() <> 'person')"
        )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION circle_refuse_change()"
        )
