"""Plans for all waiting families at once: the plan, its pairs, and families with a place that stays empty."""

from alembic import op

from shared.migrations import protect

revision = "0009"
down_revision = "0008"

SERVICE = "matching"

TABLES = (
    """
CREATE TABLE match_plans (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  organisation_id uuid NOT NULL,
  objective text NOT NULL,
  status text NOT NULL,
  asked jsonb NOT NULL,
  reasons bytea,
  weeks_planned integer NOT NULL,
  based_on_id uuid,
  policy_version integer,
  code_version text,
  totals jsonb,
  report bytea,
  state bytea,
  refusal text,
  stage text,
  stage_at timestamptz,
  attempts integer NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  planned_at timestamptz,
  CONSTRAINT pk_match_plans PRIMARY KEY (id),
  CONSTRAINT ck_match_plans_status CHECK (status IN ('computing', 'planned', 'refused', 'cancelled')),
  CONSTRAINT ck_match_plans_objective CHECK (objective IN ('most-families-first', 'total-fit'))
)""",
    "CREATE INDEX ix_match_plans_partnership_id_created_at_id ON match_plans (partnership_id, created_at, id)",
    """
CREATE TABLE match_plan_pairs (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  match_request_id uuid NOT NULL,
  family_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  score integer NOT NULL,
  pinned boolean NOT NULL,
  why bytea NOT NULL,
  match_id uuid,
  accepted_at timestamptz,
  accepted_by text,
  CONSTRAINT pk_match_plan_pairs PRIMARY KEY (id),
  CONSTRAINT uq_match_plan_pairs_volunteer_id UNIQUE (plan_id, match_request_id, volunteer_id)
)""",
    "CREATE INDEX ix_match_plan_pairs_plan_id_id ON match_plan_pairs (plan_id, id)",
    "CREATE INDEX ix_match_plan_pairs_family_id ON match_plan_pairs (family_id)",
    """
CREATE TABLE match_plan_lacks (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  match_request_id uuid NOT NULL,
  family_id uuid NOT NULL,
  places integer NOT NULL,
  lack bytea NOT NULL,
  CONSTRAINT pk_match_plan_lacks PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_match_plan_lacks_plan_id_id ON match_plan_lacks (plan_id, id)",
    "CREATE INDEX ix_match_plan_lacks_family_id ON match_plan_lacks (family_id)",
)
# Who signs in as a volunteer sees none of this.
OF_CASES = {"match_plan_pairs": "SELECT, UPDATE", "match_plan_lacks": "SELECT"}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect(SERVICE, "match_plans")
    for table, rights in OF_CASES.items():
        protect(SERVICE, table, case="family_id", app=rights)
    for table in ("match_plans", *OF_CASES):
        op.execute(
            f"CREATE POLICY only_own ON {table} AS RESTRICTIVE TO {SERVICE}_app USING (circle_scope() <> 'person')"
        )
