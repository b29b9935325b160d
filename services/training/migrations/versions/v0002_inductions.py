"""Programmes, courses, sessions, and the inductions of volunteers."""

from alembic import op

from shared.migrations import protect

revision = "0002"
down_revision = "0001"

PARTS = "CHECK (part IN ('information_and_assessment', 'first_day', 'second_day'))"

TABLES = (
    """
    CREATE TABLE programmes (
      id uuid CONSTRAINT pk_programmes PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      title text NOT NULL,
      description text,
      created_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_programmes_partnership_id_created_at_id ON programmes (partnership_id, created_at, id)",
    """
    CREATE TABLE courses (
      id uuid CONSTRAINT pk_courses PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      programme_id uuid NOT NULL CONSTRAINT fk_courses_programme_id REFERENCES programmes (id),
      organisation_id uuid NOT NULL,
      title text NOT NULL,
      topics text[] NOT NULL,
      learning_outcomes text[] NOT NULL,
      languages text[] NOT NULL,
      created_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_courses_partnership_id_created_at_id ON courses (partnership_id, created_at, id)",
    "CREATE INDEX ix_courses_programme_id ON courses (programme_id)",
    """
    CREATE TABLE sessions (
      id uuid CONSTRAINT pk_sessions PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      course_id uuid NOT NULL CONSTRAINT fk_sessions_course_id REFERENCES courses (id),
      organisation_id uuid NOT NULL,
      title text NOT NULL,
      status text NOT NULL CONSTRAINT ck_sessions_status CHECK (status IN ('planned', 'held', 'cancelled')),
      online boolean NOT NULL,
      venue text,
      outcode text,
      starts_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      capacity integer NOT NULL,
      expected integer,
      trainers uuid[] NOT NULL,
      CONSTRAINT ck_sessions_ends_after_start CHECK (ends_at > starts_at),
      CONSTRAINT ck_sessions_online_or_venue CHECK (online = (venue IS NULL))
    )""",
    "CREATE INDEX ix_sessions_partnership_id_starts_at_id ON sessions (partnership_id, starts_at, id)",
    "CREATE INDEX ix_sessions_course_id ON sessions (course_id)",
    """
    CREATE TABLE volunteers (
      id uuid CONSTRAINT pk_volunteers PRIMARY KEY,
      partnership_id uuid NOT NULL,
      applied_at timestamptz,
      suspended_at timestamptz,
      left_at timestamptz
    )""",
    """
    CREATE TABLE inductions (
      id uuid CONSTRAINT pk_inductions PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      volunteer_id uuid NOT NULL CONSTRAINT fk_inductions_volunteer_id REFERENCES volunteers (id),
      status text NOT NULL CONSTRAINT ck_inductions_status
        CHECK (status IN ('in_progress', 'on_hold', 'qualified', 'not_suitable', 'abandoned')),
      started_at timestamptz NOT NULL,
      changed_at timestamptz NOT NULL,
      decided_at timestamptz,
      decided_by text,
      reason_code text
    )""",
    "CREATE INDEX ix_inductions_partnership_id_organisation_id_started_at_id"
    " ON inductions (partnership_id, organisation_id, started_at, id)",
    "CREATE INDEX ix_inductions_volunteer_id ON inductions (volunteer_id)",
    "CREATE UNIQUE INDEX uq_inductions_open ON inductions (volunteer_id) WHERE status IN ('in_progress', 'on_hold')",
    f"""
    CREATE TABLE attendances (
      id uuid CONSTRAINT pk_attendances PRIMARY KEY,
      partnership_id uuid NOT NULL,
      induction_id uuid NOT NULL CONSTRAINT fk_attendances_induction_id REFERENCES inductions (id),
      part text NOT NULL CONSTRAINT ck_attendances_part {PARTS},
      entry integer NOT NULL,
      session_id uuid NOT NULL CONSTRAINT fk_attendances_session_id REFERENCES sessions (id),
      attended boolean NOT NULL,
      recorded_at timestamptz NOT NULL,
      recorded_by text NOT NULL,
      CONSTRAINT uq_attendances_induction_id_part_entry UNIQUE (induction_id, part, entry)
    )""",
    "CREATE INDEX ix_attendances_session_id ON attendances (session_id)",
    f"""
    CREATE TABLE judgements (
      id uuid CONSTRAINT pk_judgements PRIMARY KEY,
      partnership_id uuid NOT NULL,
      induction_id uuid NOT NULL CONSTRAINT fk_judgements_induction_id REFERENCES inductions (id),
      part text NOT NULL CONSTRAINT ck_judgements_part {PARTS},
      entry integer NOT NULL,
      suitability text NOT NULL CONSTRAINT ck_judgements_suitability
        CHECK (suitability IN ('suitable', 'not_suitable', 'needs_more')),
      notes bytea,
      recorded_at timestamptz NOT NULL,
      recorded_by text NOT NULL,
      CONSTRAINT uq_judgements_induction_id_part_entry UNIQUE (induction_id, part, entry)
    )""",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("programmes", "courses", "sessions", "volunteers", "inductions"):
        protect("training", table)
    for table in ("attendances", "judgements"):
        protect("training", table, app="SELECT, INSERT")
