"""Volunteers, their clearance, conflicts and supervision."""

from alembic import op

from shared.migrations import protect

revision = "0002"
down_revision = "0001"

SERVICE = "matching"

TABLES = (
    """
CREATE TABLE volunteers (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  organisation_id uuid NOT NULL,
  person_id uuid,
  external_system text,
  external_id text,
  status text NOT NULL,
  suspended_from text,
  role text,
  frequency text,
  given_name bytea NOT NULL,
  family_name bytea NOT NULL,
  birth_date bytea NOT NULL,
  contact bytea NOT NULL,
  ethnicity bytea,
  gender text NOT NULL,
  skills text[] NOT NULL,
  interests text[] NOT NULL,
  knowledge text[] NOT NULL,
  languages text[] NOT NULL,
  availability text[] NOT NULL,
  outcode text,
  capacity integer NOT NULL,
  visits_a_week integer NOT NULL,
  lived_abroad boolean NOT NULL,
  places_taken integer NOT NULL,
  places_agreed integer NOT NULL,
  clearance_expires_on date,
  registered_at timestamptz NOT NULL,
  CONSTRAINT pk_volunteers PRIMARY KEY (id),
  CONSTRAINT uq_volunteers_person_id UNIQUE (partnership_id, person_id),
  CONSTRAINT uq_volunteers_external_id UNIQUE (partnership_id, external_system, external_id),
  CONSTRAINT ck_volunteers_status CHECK (status IN ('enquired', 'applied', 'in_training', 'assessed', 'cleared',
    'available', 'matched', 'on_break', 'left', 'not_suitable', 'suspended')),
  CONSTRAINT ck_volunteers_places CHECK (0 <= places_agreed AND places_agreed <= places_taken)
)""",
    "CREATE INDEX ix_volunteers_partnership_id_status_id ON volunteers (partnership_id, status, id)",
    """
CREATE TABLE volunteer_training (
  volunteer_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  started boolean NOT NULL,
  qualified boolean NOT NULL,
  not_suitable boolean NOT NULL,
  CONSTRAINT pk_volunteer_training PRIMARY KEY (volunteer_id)
)""",
    """
CREATE TABLE volunteer_clearances (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  level text NOT NULL,
  workforce text NOT NULL,
  issued_on date NOT NULL,
  certificate_number bytea NOT NULL,
  seen_by uuid NOT NULL,
  decision text NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_volunteer_clearances PRIMARY KEY (id),
  CONSTRAINT fk_volunteer_clearances_volunteer_id FOREIGN KEY(volunteer_id) REFERENCES volunteers (id),
  CONSTRAINT ck_volunteer_clearances_level CHECK (level IN ('basic', 'standard', 'enhanced', 'enhanced_barred')),
  CONSTRAINT ck_volunteer_clearances_workforce CHECK (workforce IN ('child', 'adult', 'child_and_adult', 'other')),
  CONSTRAINT ck_volunteer_clearances_decision CHECK (decision IN ('accepted', 'not_accepted', 'under_review'))
)""",
    "CREATE INDEX ix_volunteer_clearances_volunteer_id ON volunteer_clearances (volunteer_id)",
    """
CREATE TABLE volunteer_checks (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  kind text NOT NULL,
  done_on date NOT NULL,
  satisfactory boolean NOT NULL,
  detail bytea,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_volunteer_checks PRIMARY KEY (id),
  CONSTRAINT fk_volunteer_checks_volunteer_id FOREIGN KEY(volunteer_id) REFERENCES volunteers (id),
  CONSTRAINT ck_volunteer_checks_kind CHECK (kind IN ('reference', 'identity', 'la_check', 'overseas'))
)""",
    "CREATE INDEX ix_volunteer_checks_volunteer_id ON volunteer_checks (volunteer_id)",
    """
CREATE TABLE volunteer_conflicts (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  family_id uuid NOT NULL,
  kind text NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_volunteer_conflicts PRIMARY KEY (id),
  CONSTRAINT uq_volunteer_conflicts_kind UNIQUE (volunteer_id, family_id, kind),
  CONSTRAINT fk_volunteer_conflicts_volunteer_id FOREIGN KEY(volunteer_id) REFERENCES volunteers (id),
  CONSTRAINT ck_volunteer_conflicts_kind CHECK (kind IN ('conflict_of_interest', 'known_to_family'))
)""",
    "CREATE INDEX ix_volunteer_conflicts_family_id ON volunteer_conflicts (family_id)",
    """
CREATE TABLE supervisions (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  held_on date NOT NULL,
  supervisor text NOT NULL,
  notes bytea NOT NULL,
  contacts uuid[] NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_supervisions PRIMARY KEY (id),
  CONSTRAINT fk_supervisions_volunteer_id FOREIGN KEY(volunteer_id) REFERENCES volunteers (id)
)""",
    "CREATE INDEX ix_supervisions_volunteer_id_recorded_at ON supervisions (volunteer_id, recorded_at)",
)

# Who signs in as a volunteer sees no other volunteer; with nothing but that role, not even what is kept about them.
OWN = {
    "volunteers": "person_id = circle_person()",
    "volunteer_training": "EXISTS (SELECT 1 FROM volunteers v WHERE v.id = volunteer_training.volunteer_id)",
    "volunteer_clearances": "EXISTS (SELECT 1 FROM volunteers v WHERE v.id = volunteer_clearances.volunteer_id)",
    "volunteer_checks": "EXISTS (SELECT 1 FROM volunteers v WHERE v.id = volunteer_checks.volunteer_id)",
    "volunteer_conflicts": "false",
    "supervisions": "false",
}
RIGHTS = {"volunteers": "SELECT, INSERT, UPDATE", "volunteer_training": "SELECT"}


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, own in OWN.items():
        protect(SERVICE, table, app=RIGHTS.get(table, "SELECT, INSERT"))
        op.execute(
            f"CREATE POLICY only_own ON {table} AS RESTRICTIVE TO {SERVICE}_app"
            f" USING (circle_scope() <> 'person' OR {own})"
        )
