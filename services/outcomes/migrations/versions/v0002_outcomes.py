"""Families and cases, plan timelines, stages, readings, evaluations, and what reports are made of."""

from alembic import op

from shared.migrations import protect

revision = "0002"
down_revision = "0001"

TABLES = (
    """
    CREATE TABLE families (
      id uuid CONSTRAINT pk_families PRIMARY KEY,
      partnership_id uuid NOT NULL,
      counted jsonb NOT NULL
    )""",
    """
    CREATE TABLE children (
      id uuid CONSTRAINT pk_children PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      family_id uuid NOT NULL,
      died_on date
    )""",
    "CREATE INDEX ix_children_family_id ON children (family_id)",
    """
    CREATE TABLE cases (
      id uuid CONSTRAINT pk_cases PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL,
      kind text NOT NULL,
      children uuid[] NOT NULL,
      status text NOT NULL CONSTRAINT ck_cases_status CHECK (status IN ('open', 'closed')),
      received_on date,
      accepted_on date,
      closed_on date,
      reason_code text,
      recorded_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_cases_family_id ON cases (family_id)",
    """
    CREATE TABLE episodes (
      id uuid CONSTRAINT pk_episodes PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      family_id uuid NOT NULL,
      child_id uuid NOT NULL CONSTRAINT fk_episodes_child_id REFERENCES children (id),
      referral_date date NOT NULL,
      no_further_action boolean NOT NULL,
      closed_on date,
      closure_reason text,
      recorded_at timestamptz NOT NULL,
      CONSTRAINT ck_episodes_closure_is_whole CHECK ((closed_on IS NULL) = (closure_reason IS NULL))
    )""",
    "CREATE INDEX ix_episodes_child_id ON episodes (child_id)",
    """
    CREATE TABLE plans (
      id uuid CONSTRAINT pk_plans PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      family_id uuid NOT NULL,
      child_id uuid NOT NULL CONSTRAINT fk_plans_child_id REFERENCES children (id),
      type text NOT NULL CONSTRAINT ck_plans_type CHECK (type IN ('cp', 'cin', 'early_help', 'looked_after')),
      status text NOT NULL
        CONSTRAINT ck_plans_status CHECK (status IN ('open', 'ended', 'stepped_down', 'stepped_up')),
      category_initial text,
      category_latest text,
      conference_on date,
      started_on date NOT NULL,
      ended_on date,
      returned_home boolean,
      followed_by uuid,
      months_since_last_cp integer,
      code_set text NOT NULL,
      recorded_at timestamptz NOT NULL,
      CONSTRAINT ck_plans_open_or_ended CHECK ((status = 'open') = (ended_on IS NULL)),
      CONSTRAINT ck_plans_category_of_cp CHECK ((type = 'cp') = (category_initial IS NOT NULL))
    )""",
    "CREATE INDEX ix_plans_child_id ON plans (child_id)",
    "CREATE INDEX ix_plans_family_id ON plans (family_id)",
    """
    CREATE TABLE plan_needs (
      id uuid CONSTRAINT pk_plan_needs PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL,
      plan_id uuid NOT NULL CONSTRAINT fk_plan_needs_plan_id REFERENCES plans (id),
      code text NOT NULL,
      text bytea
    )""",
    "CREATE INDEX ix_plan_needs_plan_id ON plan_needs (plan_id)",
    """
    CREATE TABLE plan_actions (
      id uuid CONSTRAINT pk_plan_actions PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL,
      plan_id uuid NOT NULL CONSTRAINT fk_plan_actions_plan_id REFERENCES plans (id),
      need_id uuid,
      code text NOT NULL,
      text bytea
    )""",
    "CREATE INDEX ix_plan_actions_plan_id ON plan_actions (plan_id)",
    """
    CREATE TABLE plan_reviews (
      id uuid CONSTRAINT pk_plan_reviews PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL,
      plan_id uuid NOT NULL CONSTRAINT fk_plan_reviews_plan_id REFERENCES plans (id),
      held_on date NOT NULL,
      recorded_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_plan_reviews_plan_id ON plan_reviews (plan_id)",
    """
    CREATE TABLE plan_queries (
      id uuid CONSTRAINT pk_plan_queries PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL,
      child_id uuid NOT NULL,
      subject_id uuid NOT NULL,
      code text NOT NULL,
      reason bytea NOT NULL,
      code_set text NOT NULL,
      accepted_by text NOT NULL,
      accepted_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_plan_queries_child_id ON plan_queries (child_id)",
    """
    CREATE TABLE stages (
      id uuid CONSTRAINT pk_stages PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL,
      child_id uuid NOT NULL CONSTRAINT fk_stages_child_id REFERENCES children (id),
      level integer NOT NULL CONSTRAINT ck_stages_level CHECK (level BETWEEN 1 AND 4),
      from_date date NOT NULL,
      recorded_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_stages_child_id ON stages (child_id)",
    "CREATE INDEX ix_stages_family_id_id ON stages (family_id, id)",
    """
    CREATE TABLE readings (
      id uuid CONSTRAINT pk_readings PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL CONSTRAINT fk_readings_family_id REFERENCES families (id),
      referral_id uuid,
      child_id uuid,
      person_id uuid,
      instrument text NOT NULL,
      edition text NOT NULL,
      occasion text NOT NULL CONSTRAINT ck_readings_occasion CHECK (occasion IN ('first', 'review', 'closing')),
      completed_by text NOT NULL,
      read_on date NOT NULL,
      period_from date,
      age integer,
      areas jsonb NOT NULL,
      scores jsonb,
      recorded_at timestamptz NOT NULL,
      CONSTRAINT ck_readings_one_subject CHECK (child_id IS NULL OR person_id IS NULL)
    )""",
    "CREATE INDEX ix_readings_family_id_id ON readings (family_id, id)",
    """
    CREATE TABLE evaluations (
      id uuid CONSTRAINT pk_evaluations PRIMARY KEY,
      partnership_id uuid NOT NULL,
      family_id uuid NOT NULL CONSTRAINT fk_evaluations_family_id REFERENCES families (id),
      referral_id uuid NOT NULL CONSTRAINT fk_evaluations_referral_id REFERENCES cases (id),
      by text NOT NULL CONSTRAINT ck_evaluations_by CHECK (by IN ('family', 'lead_practitioner', 'volunteer')),
      volunteer_id uuid,
      conducted_by uuid NOT NULL,
      held_on date NOT NULL,
      scores jsonb NOT NULL,
      text bytea,
      on_behalf_of uuid,
      method text,
      recorded_by text NOT NULL,
      recorded_at timestamptz NOT NULL,
      CONSTRAINT ck_evaluations_volunteer CHECK ((by = 'volunteer') = (volunteer_id IS NOT NULL)),
      CONSTRAINT ck_evaluations_family_method CHECK ((by = 'family') = (method IS NOT NULL))
    )""",
    "CREATE INDEX ix_evaluations_family_id_id ON evaluations (family_id, id)",
    "CREATE INDEX ix_evaluations_referral_id ON evaluations (referral_id)",
    """
    CREATE TABLE tallies (
      partnership_id uuid NOT NULL,
      figure text NOT NULL,
      day date NOT NULL,
      until date NOT NULL,
      families integer NOT NULL,
      children integer NOT NULL,
      plans integer NOT NULL,
      CONSTRAINT pk_tallies PRIMARY KEY (partnership_id, figure, day, until)
    )""",
    """
    CREATE TABLE area_figures (
      id uuid CONSTRAINT pk_area_figures PRIMARY KEY,
      partnership_id uuid NOT NULL,
      code text NOT NULL CONSTRAINT ck_area_figures_code
        CHECK (code IN ('looked_after_children', 'scale_areas', 'scale_families', 'scale_children')),
      year integer NOT NULL,
      value integer NOT NULL,
      source text NOT NULL,
      recorded_by text NOT NULL,
      recorded_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_area_figures_partnership_id_id ON area_figures (partnership_id, id)",
    """
    CREATE TABLE cost_inputs (
      id uuid CONSTRAINT pk_cost_inputs PRIMARY KEY,
      partnership_id uuid NOT NULL,
      code text NOT NULL CONSTRAINT ck_cost_inputs_code CHECK (code IN ('savings', 'service')),
      amount numeric(14, 2) NOT NULL CONSTRAINT ck_cost_inputs_amount CHECK (amount >= 0),
      families integer NOT NULL CONSTRAINT ck_cost_inputs_families CHECK (families > 0),
      source text NOT NULL,
      recorded_by text NOT NULL,
      recorded_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_cost_inputs_partnership_id_id ON cost_inputs (partnership_id, id)",
)

# What is written once and never changed; a correction is a later row.
APPEND_ONLY = ("plan_needs", "plan_actions", "plan_reviews", "plan_queries", "stages", "readings", "evaluations")


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect("outcomes", "families", case="id")
    for table in ("children", "cases", "episodes", "plans"):
        protect("outcomes", table, case="family_id")
    for table in APPEND_ONLY:
        protect("outcomes", table, case="family_id", app="SELECT, INSERT")
    protect("outcomes", "tallies")
    for table in ("area_figures", "cost_inputs"):
        protect("outcomes", table, app="SELECT, INSERT")
