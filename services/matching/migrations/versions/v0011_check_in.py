"""Visits are checked in and out by an unguessable link, of which a digest is kept."""

from alembic import op

from shared.migrations import protect

revision = "0011"
down_revision = "0010"

SERVICE = "matching"

TABLES = (
    """
ALTER TABLE visits
  ADD COLUMN checked_in_at timestamptz,
  ADD COLUMN checked_out_at timestamptz,
  ADD COLUMN not_checked_out_at timestamptz,
  ADD CONSTRAINT ck_visits_checked CHECK (checked_in_at <= checked_out_at)""",
    """
CREATE TABLE visit_links (
  visit_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  digest bytea NOT NULL,
  valid_until timestamptz NOT NULL,
  CONSTRAINT pk_visit_links PRIMARY KEY (visit_id),
  CONSTRAINT fk_visit_links_visit_id FOREIGN KEY(visit_id) REFERENCES visits (id),
  CONSTRAINT uq_visit_links_digest UNIQUE (digest)
)""",
)
_OWN = "EXISTS (SELECT 1 FROM visits v WHERE v.id = visit_links.visit_id)"
POLICIES = (
    # As for visits: a volunteer's way is their own match.
    f"""
CREATE POLICY own ON visit_links TO {SERVICE}_app
  USING (partnership_id = circle_partnership() AND circle_scope() = 'person' AND {_OWN})""",
    f"""
CREATE POLICY only_own ON visit_links AS RESTRICTIVE TO {SERVICE}_app USING (circle_scope() <> 'person' OR {_OWN})""",
    # Whoever has no token is shown the one row whose link they hold, and can go through no others.
    f"""
CREATE POLICY by_link ON visit_links FOR SELECT TO {SERVICE}_app
  USING (circle_scope() = 'public' AND digest = decode(nullif(current_setting('circle.link', true), ''), 'hex'))""",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect(SERVICE, "visit_links", case="family_id")
    for statement in POLICIES:
        op.execute(statement)
