"""Requests, proposals, matches, visits and Records of Contact."""

from alembic import op

from shared.migrations import protect

revision = "0003"
down_revision = "0002"

SERVICE = "matching"

TABLES = (
    """
CREATE TABLE referral_facts (
  referral_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  visited_on date,
  risk_open boolean NOT NULL,
  ending boolean NOT NULL,
  ended_as text,
  CONSTRAINT pk_referral_facts PRIMARY KEY (referral_id)
)""",
    """
CREATE TABLE agreed_plans (
  involvement_plan_id uuid NOT NULL,
  version_number integer NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  tasks uuid[] NOT NULL,
  seen_alone_allowed boolean NOT NULL,
  visits_a_week integer NOT NULL,
  review_on date,
  heard_at timestamptz NOT NULL,
  CONSTRAINT pk_agreed_plans PRIMARY KEY (involvement_plan_id, version_number)
)""",
    "CREATE INDEX ix_agreed_plans_referral_id ON agreed_plans (referral_id)",
    """
CREATE TABLE match_requests (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  status text NOT NULL,
  children uuid[] NOT NULL,
  facts bytea NOT NULL,
  facts_read_at timestamptz NOT NULL,
  waiting_since date NOT NULL,
  volunteers_wanted integer NOT NULL,
  places_taken integer NOT NULL,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  close_code text,
  CONSTRAINT pk_match_requests PRIMARY KEY (id),
  CONSTRAINT uq_match_requests_referral_id UNIQUE (referral_id),
  CONSTRAINT ck_match_requests_status CHECK (status IN ('open', 'filled', 'closed')),
  CONSTRAINT ck_match_requests_places CHECK (0 <= places_taken AND places_taken <= volunteers_wanted)
)""",
    "CREATE INDEX ix_match_requests_family_id ON match_requests (family_id)",
    "CREATE INDEX ix_match_requests_waiting ON match_requests (partnership_id, status, waiting_since, id)",
    """
CREATE TABLE proposals (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  match_request_id uuid NOT NULL,
  weights_version text NOT NULL,
  input_hash text NOT NULL,
  ranked uuid[] NOT NULL,
  excluded uuid[] NOT NULL,
  result bytea NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  CONSTRAINT pk_proposals PRIMARY KEY (id)
)""",
    "CREATE INDEX ix_proposals_match_request_id_id ON proposals (match_request_id, id)",
    """
CREATE TABLE matches (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  match_request_id uuid NOT NULL,
  proposal_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  status text NOT NULL,
  planned_from date NOT NULL,
  planned_length_weeks integer NOT NULL,
  planned_until date NOT NULL,
  review_on date NOT NULL,
  override_reason bytea,
  proposed_at timestamptz NOT NULL,
  introduced_on date,
  introduction_led_by uuid,
  started_on date,
  paused_on date,
  ended_on date,
  reason_code text,
  chain_length integer NOT NULL,
  chain_head bytea NOT NULL,
  CONSTRAINT pk_matches PRIMARY KEY (id),
  CONSTRAINT ck_matches_status CHECK (status IN ('proposed', 'agreed', 'introduced', 'active', 'paused', 'ending',
    'ended', 'cancelled'))
)""",
    "CREATE INDEX ix_matches_family_id ON matches (family_id)",
    "CREATE INDEX ix_matches_match_request_id ON matches (match_request_id)",
    "CREATE INDEX ix_matches_partnership_id_status_id ON matches (partnership_id, status, id)",
    "CREATE INDEX ix_matches_referral_id ON matches (referral_id)",
    "CREATE INDEX ix_matches_volunteer_id ON matches (volunteer_id)",
    """
CREATE TABLE match_agreements (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  match_id uuid NOT NULL,
  party text NOT NULL,
  answer text NOT NULL,
  reason_code text,
  on_behalf_of uuid,
  method text,
  evidence bytea,
  recorded_by text NOT NULL,
  answered_on date NOT NULL,
  recorded_at timestamptz NOT NULL,
  CONSTRAINT pk_match_agreements PRIMARY KEY (id),
  CONSTRAINT uq_match_agreements_party UNIQUE (match_id, party),
  CONSTRAINT ck_match_agreements_party CHECK (party IN ('volunteer', 'family', 'project_manager')),
  CONSTRAINT ck_match_agreements_answer CHECK (answer IN ('agreed', 'refused'))
)""",
    """
CREATE TABLE visits (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  match_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  status text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  happened_from timestamptz,
  happened_until timestamptz,
  closed_at timestamptz,
  contact_due_at timestamptz,
  contact_recorded_at timestamptz,
  CONSTRAINT pk_visits PRIMARY KEY (id),
  CONSTRAINT ck_visits_status CHECK (status IN ('planned', 'happened', 'cancelled_by_family', 'cancelled_by_volunteer',
    'no_access', 'refused')),
  CONSTRAINT ck_visits_order CHECK (starts_at < ends_at)
)""",
    "CREATE INDEX ix_visits_match_id_starts_at_id ON visits (match_id, starts_at, id)",
    "CREATE INDEX ix_visits_partnership_id_contact_due_at_id ON visits (partnership_id, contact_due_at, id)",
    "CREATE INDEX ix_visits_referral_id ON visits (referral_id)",
    """
CREATE TABLE contacts (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  match_id uuid NOT NULL,
  visit_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  position integer NOT NULL,
  version_number integer NOT NULL,
  corrects_id uuid,
  tasks_done uuid[] NOT NULL,
  seen jsonb NOT NULL,
  concern boolean NOT NULL,
  notes bytea NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  previous_hash bytea NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT pk_contacts PRIMARY KEY (id),
  CONSTRAINT uq_contacts_position UNIQUE (match_id, position),
  CONSTRAINT uq_contacts_version_number UNIQUE (visit_id, version_number)
)""",
    "CREATE INDEX ix_contacts_referral_id ON contacts (referral_id)",
    "CREATE INDEX ix_contacts_volunteer_id_recorded_at ON contacts (volunteer_id, recorded_at)",
    """
CREATE TABLE child_not_seen (
  id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  child_id uuid NOT NULL,
  visit_id uuid NOT NULL,
  raised_at timestamptz NOT NULL,
  CONSTRAINT pk_child_not_seen PRIMARY KEY (id),
  CONSTRAINT uq_child_not_seen_visit_id UNIQUE (child_id, visit_id)
)""",
    "CREATE INDEX ix_child_not_seen_referral_id ON child_not_seen (referral_id)",
)

# A volunteer's way to a case is their own match and nothing else: gone at once when it is paused or ended, or when they
# are suspended, whatever `case_access` still says. (A match that they refuse must stay theirs while they write that.)
_MATCH = (
    "EXISTS (SELECT 1 FROM volunteers v WHERE v.id = matches.volunteer_id AND v.status <> 'suspended')"
    " AND status NOT IN ('paused', 'ended')"
)
_OF_MATCH = "EXISTS (SELECT 1 FROM matches m WHERE m.id = {table}.match_id)"
_OF_REFERRAL = "EXISTS (SELECT 1 FROM matches m WHERE m.referral_id = {table}.referral_id)"
OWN = {
    "matches": _MATCH,
    "match_agreements": _OF_MATCH,
    "visits": _OF_MATCH,
    "contacts": _OF_MATCH,
    "match_requests": _OF_REFERRAL,
    "referral_facts": _OF_REFERRAL,
    "agreed_plans": _OF_REFERRAL,
    "proposals": "false",
    "child_not_seen": "false",
}
RIGHTS = {
    "match_agreements": "SELECT, INSERT",
    "contacts": "SELECT, INSERT",
    "proposals": "SELECT, INSERT",
    "referral_facts": "SELECT",
    "agreed_plans": "SELECT",
    "child_not_seen": "SELECT",
}
APPEND_ONLY = ("contacts", "proposals", "match_agreements")


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table, condition in OWN.items():
        own = condition.format(table=table)
        protect(SERVICE, table, case="family_id", app=RIGHTS.get(table, "SELECT, INSERT, UPDATE"))
        op.execute(
            f"CREATE POLICY own ON {table} TO {SERVICE}_app"
            f" USING (partnership_id = circle_partnership() AND circle_scope() = 'person' AND {own})"
        )
        op.execute(
            f"CREATE POLICY only_own ON {table} AS RESTRICTIVE TO {SERVICE}_app"
            f" USING (circle_scope() <> 'person' OR ({own}))"
        )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION circle_refuse_change()"
        )
