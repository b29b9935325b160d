"""Rounds of community training, and their budgets."""

from alembic import op

from shared.migrations import protect

revision = "0007"
down_revision = "0006"

TABLES = (
    """
    CREATE TABLE rounds (
      id uuid CONSTRAINT pk_rounds PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      programme_id uuid NOT NULL CONSTRAINT fk_rounds_programme_id REFERENCES programmes (id),
      organisation_id uuid NOT NULL,
      title text NOT NULL,
      status text NOT NULL CONSTRAINT ck_rounds_status CHECK (status IN ('planned', 'open', 'closed', 'cancelled')),
      funders text[] NOT NULL,
      from_day date NOT NULL,
      until_day date NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT ck_rounds_until_after_from CHECK (until_day >= from_day)
    )""",
    "CREATE INDEX ix_rounds_partnership_id_created_at_id ON rounds (partnership_id, created_at, id)",
    "CREATE INDEX ix_rounds_programme_id ON rounds (programme_id)",
    """
    CREATE TABLE budget_lines (
      id uuid CONSTRAINT pk_budget_lines PRIMARY KEY,
      partnership_id uuid NOT NULL,
      round_id uuid NOT NULL CONSTRAINT fk_budget_lines_round_id REFERENCES rounds (id),
      kind text NOT NULL CONSTRAINT ck_budget_lines_kind CHECK (kind IN ('planned', 'received', 'spent')),
      category text NOT NULL,
      amount numeric(12, 2) NOT NULL,
      day date NOT NULL,
      funder text,
      recorded_at timestamptz NOT NULL,
      recorded_by text NOT NULL
    )""",
    "CREATE INDEX ix_budget_lines_round_id_recorded_at_id ON budget_lines (round_id, recorded_at, id)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect("training", "rounds")
    protect("training", "budget_lines", app="SELECT, INSERT")
