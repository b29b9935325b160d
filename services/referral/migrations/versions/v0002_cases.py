"""Families, referrals, involvement plans, concerns, and what decides who may see them."""

from alembic import op

from shared.migrations import protect

revision = "0002"
down_revision = "0001"

SERVICE = "referral"

FUNCTIONS = (
    # As case_visible, but a volunteer's part does not count: what only staff and advocates work with.
    """
CREATE FUNCTION case_worked(family uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT circle_scope() = 'service' OR EXISTS (
    SELECT 1 FROM case_access a
    WHERE a.family_id = family AND a.organisation_id = circle_organisation() AND a.part <> 'volunteer'
      AND (a.person_id = circle_person() OR (a.person_id IS NULL AND circle_scope() = 'organisation')))
$$""",
    # Whether the caller's organisation, or the caller in person, has this part in the family's case.
    """
CREATE FUNCTION case_part(family uuid, wanted text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT circle_scope() = 'service' OR EXISTS (
    SELECT 1 FROM case_access a
    WHERE a.family_id = family AND a.organisation_id = circle_organisation() AND a.part = wanted
      AND (a.person_id = circle_person() OR (a.person_id IS NULL AND circle_scope() = 'organisation')))
$$""",
)

TABLES = (
    """
CREATE TABLE families (
  id uuid CONSTRAINT pk_families PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  organisation_id uuid NOT NULL,
  registered_at timestamptz NOT NULL,
  restricted boolean NOT NULL,
  languages bytea,
  ethnicity bytea
)""",
    """
CREATE TABLE persons (
  id uuid CONSTRAINT pk_persons PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  given_name bytea,
  family_name bytea,
  birth_date bytea,
  expected_date bytea,
  died_on bytea,
  gender bytea,
  ethnicity bytea,
  address bytea,
  outcode bytea,
  phone bytea,
  safe_contact bytea,
  confidential boolean NOT NULL,
  erased_at timestamptz
)""",
    """
CREATE TABLE memberships (
  id uuid CONSTRAINT pk_memberships PRIMARY KEY,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  person_id uuid NOT NULL,
  role text NOT NULL CONSTRAINT ck_memberships_role CHECK (role IN ('child', 'parent', 'other_adult')),
  parental_responsibility boolean NOT NULL,
  from_date date NOT NULL,
  to_date date,
  reason_code text,
  CONSTRAINT ck_memberships_dates CHECK (to_date >= from_date)
)""",
    "CREATE INDEX ix_memberships_family_id ON memberships (family_id)",
    "CREATE INDEX ix_memberships_person_id ON memberships (person_id)",
    """
CREATE TABLE external_ids (
  id uuid CONSTRAINT pk_external_ids PRIMARY KEY,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  subject_kind text NOT NULL CONSTRAINT ck_external_ids_subject_kind CHECK (subject_kind IN ('family', 'person')),
  subject_id uuid NOT NULL,
  system text NOT NULL,
  digest bytea NOT NULL,
  value bytea NOT NULL,
  CONSTRAINT uq_external_ids_digest UNIQUE (partnership_id, subject_kind, system, digest)
)""",
    "CREATE INDEX ix_external_ids_family_id ON external_ids (family_id)",
    """
CREATE TABLE referrals (
  id uuid CONSTRAINT pk_referrals PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  family_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  scheme_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT ck_referrals_kind
    CHECK (kind IN ('volunteer_support', 'advocacy', 'signposting', 'training_request')),
  status text NOT NULL CONSTRAINT ck_referrals_status CHECK (status IN ('draft', 'submitted', 'under_triage',
    'accepted', 'active', 'ending', 'concluded', 'declined', 'signposted', 'withdrawn')),
  children jsonb NOT NULL,
  reasons jsonb NOT NULL,
  reason_text bytea,
  requests bytea NOT NULL,
  agreement bytea,
  lawful_basis text,
  special_category_condition text,
  criminal_condition text,
  informed boolean,
  not_informed_reason text,
  received_at timestamptz NOT NULL,
  submitted_at timestamptz,
  decision_due timestamptz,
  assessment_due timestamptz,
  calendar_version text,
  decided_at timestamptz,
  accepted_on date,
  outcome_reason text,
  earlier_referrals integer NOT NULL,
  risk_state text NOT NULL CONSTRAINT ck_referrals_risk_state CHECK (risk_state IN ('unknown', 'assessed', 'changed')),
  risk_level text CONSTRAINT ck_referrals_risk_level CHECK (risk_level IN ('low', 'medium', 'high')),
  assessment_visit_on date
)""",
    "CREATE INDEX ix_referrals_family_id ON referrals (family_id)",
    "CREATE INDEX ix_referrals_partnership_id_status_id ON referrals (partnership_id, status, id)",
    """
CREATE TABLE risk_assessments (
  id uuid CONSTRAINT pk_risk_assessments PRIMARY KEY,
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  family_id uuid NOT NULL,
  part text NOT NULL CONSTRAINT ck_risk_assessments_part CHECK (part IN ('papers', 'home')),
  hazards jsonb NOT NULL,
  level text NOT NULL CONSTRAINT ck_risk_assessments_level CHECK (level IN ('low', 'medium', 'high')),
  lone_working text NOT NULL CONSTRAINT ck_risk_assessments_lone_working
    CHECK (lone_working IN ('allowed', 'with_check_in', 'in_pairs', 'not_at_home')),
  mitigations bytea,
  assessed_by text NOT NULL,
  assessed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
)""",
    "CREATE INDEX ix_risk_assessments_referral_id ON risk_assessments (referral_id)",
    """
CREATE TABLE risk_changes (
  id uuid CONSTRAINT pk_risk_changes PRIMARY KEY,
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  family_id uuid NOT NULL,
  reasons jsonb NOT NULL,
  description bytea,
  happened_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
)""",
    "CREATE INDEX ix_risk_changes_referral_id ON risk_changes (referral_id)",
    """
CREATE TABLE assessment_visits (
  id uuid CONSTRAINT pk_assessment_visits PRIMARY KEY,
  partnership_id uuid NOT NULL,
  referral_id uuid NOT NULL CONSTRAINT uq_assessment_visits_referral_id UNIQUE,
  family_id uuid NOT NULL,
  risk_assessment_id uuid NOT NULL,
  visited_on date NOT NULL,
  conducted_by text NOT NULL,
  instrument text NOT NULL,
  edition text NOT NULL,
  completed_by text NOT NULL,
  readings bytea NOT NULL,
  notes bytea,
  recorded_at timestamptz NOT NULL
)""",
    """
CREATE TABLE match_volunteers (
  id uuid CONSTRAINT pk_match_volunteers PRIMARY KEY,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  volunteer_id uuid NOT NULL,
  person_id uuid,
  state text NOT NULL CONSTRAINT ck_match_volunteers_state
    CHECK (state IN ('agreed', 'introduced', 'paused', 'ended', 'cancelled')),
  was_introduced boolean NOT NULL
)""",
    "CREATE INDEX ix_match_volunteers_family_id ON match_volunteers (family_id)",
    "CREATE INDEX ix_match_volunteers_volunteer_id ON match_volunteers (volunteer_id)",
    """
CREATE TABLE ending_facts (
  id uuid CONSTRAINT pk_ending_facts PRIMARY KEY,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  fact text NOT NULL
)""",
    "CREATE INDEX ix_ending_facts_referral_id ON ending_facts (referral_id)",
    """
CREATE TABLE ending_exceptions (
  id uuid CONSTRAINT pk_ending_exceptions PRIMARY KEY,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  referral_id uuid NOT NULL,
  missing text NOT NULL,
  reason_code text NOT NULL,
  recorded_at timestamptz NOT NULL
)""",
    "CREATE INDEX ix_ending_exceptions_referral_id ON ending_exceptions (referral_id)",
    """
CREATE TABLE child_plans (
  id uuid CONSTRAINT pk_child_plans PRIMARY KEY,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  child_id uuid NOT NULL,
  started boolean NOT NULL,
  ended_on date,
  actions jsonb NOT NULL
)""",
    "CREATE INDEX ix_child_plans_child_id ON child_plans (child_id)",
    """
CREATE TABLE involvement_plans (
  id uuid CONSTRAINT pk_involvement_plans PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  referral_id uuid NOT NULL,
  family_id uuid NOT NULL,
  version_number integer NOT NULL,
  status text NOT NULL CONSTRAINT ck_involvement_plans_status
    CHECK (status IN ('drafted', 'in_force', 'refused', 'superseded')),
  limits bytea NOT NULL,
  visits_a_week integer NOT NULL,
  length_weeks integer NOT NULL,
  review_on date NOT NULL,
  family_input bytea,
  childs_view bytea,
  interpreter text,
  seen_alone_allowed boolean NOT NULL,
  drafted_at timestamptz NOT NULL,
  agreed_at timestamptz,
  CONSTRAINT uq_involvement_plans_referral_id_version_number UNIQUE (referral_id, version_number)
)""",
    """
CREATE TABLE plan_tasks (
  id uuid CONSTRAINT pk_plan_tasks PRIMARY KEY,
  partnership_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  family_id uuid NOT NULL,
  position integer NOT NULL,
  child_id uuid NOT NULL,
  action_id uuid NOT NULL,
  description bytea NOT NULL,
  carried_from uuid
)""",
    "CREATE INDEX ix_plan_tasks_plan_id ON plan_tasks (plan_id)",
    """
CREATE TABLE plan_signatories (
  id uuid CONSTRAINT pk_plan_signatories PRIMARY KEY,
  partnership_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  family_id uuid NOT NULL,
  role text NOT NULL CONSTRAINT ck_plan_signatories_role
    CHECK (role IN ('lead_practitioner', 'project_manager', 'parent', 'volunteer')),
  person_id uuid,
  volunteer_id uuid,
  match_id uuid,
  state text NOT NULL CONSTRAINT ck_plan_signatories_state
    CHECK (state IN ('waiting', 'agreed', 'refused', 'released')),
  may_read boolean NOT NULL
)""",
    "CREATE INDEX ix_plan_signatories_plan_id ON plan_signatories (plan_id)",
    "CREATE INDEX ix_plan_signatories_person_id ON plan_signatories (person_id)",
    """
CREATE TABLE plan_signatures (
  id uuid CONSTRAINT pk_plan_signatures PRIMARY KEY,
  partnership_id uuid NOT NULL,
  plan_id uuid NOT NULL,
  family_id uuid NOT NULL,
  signatory_id uuid NOT NULL,
  decision text NOT NULL CONSTRAINT ck_plan_signatures_decision CHECK (decision IN ('agreed', 'refused')),
  reason_code text,
  recorded_by text NOT NULL,
  on_behalf_of uuid,
  method text,
  evidence bytea,
  interpreter text,
  witness bytea,
  signed_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
)""",
    "CREATE INDEX ix_plan_signatures_plan_id ON plan_signatures (plan_id)",
    """
CREATE TABLE allocations (
  id uuid CONSTRAINT pk_allocations PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  family_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  person_id uuid NOT NULL,
  role text NOT NULL,
  from_date date NOT NULL,
  to_date date,
  covers_id uuid,
  end_reason text,
  over boolean NOT NULL,
  CONSTRAINT ck_allocations_dates CHECK (to_date >= from_date)
)""",
    "CREATE INDEX ix_allocations_family_id ON allocations (family_id)",
    "CREATE INDEX ix_allocations_person_id ON allocations (person_id)",
    """
CREATE TABLE partnership_parties (
  id uuid CONSTRAINT pk_partnership_parties PRIMARY KEY,
  partnership_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  part text NOT NULL,
  since timestamptz NOT NULL,
  CONSTRAINT uq_partnership_parties_part UNIQUE (partnership_id, organisation_id, part)
)""",
    """
CREATE TABLE concerns (
  id uuid CONSTRAINT pk_concerns PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  family_id uuid,
  subject_kind text NOT NULL CONSTRAINT ck_concerns_subject_kind
    CHECK (subject_kind IN ('referral', 'family', 'visit', 'session', 'volunteer', 'none')),
  subject_id uuid,
  about_person_id uuid,
  about_volunteer_id uuid,
  status text NOT NULL CONSTRAINT ck_concerns_status
    CHECK (status IN ('raised', 'delivered', 'acknowledged', 'decided')),
  description bytea NOT NULL,
  raised_by text NOT NULL,
  raised_by_organisation uuid,
  happened_at timestamptz,
  raised_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  acknowledged_by uuid,
  acknowledged_at timestamptz,
  decided_by uuid,
  decided_at timestamptz,
  decision text,
  decision_text bytea
)""",
    "CREATE INDEX ix_concerns_partnership_id_status_id ON concerns (partnership_id, status, id)",
    "CREATE INDEX ix_concerns_about_volunteer_id ON concerns (about_volunteer_id)",
)

# What the app role may see, where that is not simply "the case is visible".
SEEN = {
    "families": "case_visible(id)",
    "persons": "EXISTS (SELECT 1 FROM memberships m WHERE m.person_id = persons.id)",
    "memberships": "case_visible(family_id)",
    # A draft is its author's; a received referral is the authority's and the receiver's, no other party's.
    "referrals": (
        "case_worked(family_id) AND (circle_scope() = 'service' OR organisation_id = circle_organisation()"
        " OR (status <> 'draft' AND (scheme_id = circle_organisation() OR case_part(family_id, 'la'))))"
    ),
    "external_ids": "case_worked(family_id)",
    "risk_assessments": "case_worked(family_id)",
    "risk_changes": "case_worked(family_id)",
    "assessment_visits": "case_worked(family_id)",
    "match_volunteers": "case_worked(family_id)",
    "ending_facts": "case_worked(family_id)",
    "ending_exceptions": "case_worked(family_id)",
    "child_plans": "case_worked(family_id)",
    "allocations": "case_worked(family_id)",
    "partnership_parties": "true",
    # A signatory reads the version that they sign, with or without the case, for as long as it concerns them.
    "plan_signatories": "case_worked(family_id) OR (person_id = circle_person() AND may_read)",
    "involvement_plans": "case_worked(family_id) OR {mine}",
    "plan_tasks": "case_worked(family_id) OR {mine}",
    "plan_signatures": "case_worked(family_id)",
    # The authority only, and never whoever it is about.
    "concerns": (
        "circle_scope() = 'service' OR (circle_scope() = 'organisation'"
        " AND (about_person_id IS NULL OR about_person_id IS DISTINCT FROM circle_person())"
        " AND CASE WHEN family_id IS NOT NULL THEN case_part(family_id, 'la') ELSE EXISTS (SELECT 1"
        " FROM partnership_parties p WHERE p.organisation_id = circle_organisation() AND p.part = 'la') END)"
    ),
}
MINE = (
    "EXISTS (SELECT 1 FROM plan_signatories s"
    " WHERE s.plan_id = {plan} AND s.person_id = circle_person() AND s.may_read)"
)
PLAN_COLUMN = {"involvement_plans": "involvement_plans.id", "plan_tasks": "plan_tasks.plan_id"}
APPEND_ONLY = (
    *("risk_assessments", "risk_changes", "assessment_visits", "plan_signatures"),
    *("ending_exceptions", "ending_facts"),
)


def upgrade() -> None:
    for statement in (*FUNCTIONS, *TABLES):
        op.execute(statement)
    for table, seen in SEEN.items():
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE"
        protect(SERVICE, table, app=rights)
        rule = seen.format(mine=MINE.format(plan=PLAN_COLUMN.get(table, "")))
        op.execute(f"ALTER POLICY tenant ON {table} USING (partnership_id = circle_partnership() AND ({rule}))")
    # Erasing a person removes the ids by which others know them.
    op.execute("GRANT DELETE ON external_ids TO referral_app")
