"""Links by which people sign in at a session themselves, and the codes that they choose for their words."""

from alembic import op

from shared.migrations import protect

revision = "0017"
down_revision = "0016"

STATEMENTS = (
    """
    CREATE TABLE sign_in_links (
      id uuid CONSTRAINT pk_sign_in_links PRIMARY KEY,
      partnership_id uuid NOT NULL,
      organisation_id uuid NOT NULL,
      session_id uuid NOT NULL CONSTRAINT fk_sign_in_links_session_id REFERENCES sessions (id),
      fingerprint bytea NOT NULL,
      organisations uuid[] NOT NULL,
      issued_at timestamptz NOT NULL,
      issued_by text NOT NULL,
      revoked_at timestamptz,
      CONSTRAINT uq_sign_in_links_session_id UNIQUE (session_id),
      CONSTRAINT uq_sign_in_links_fingerprint UNIQUE (fingerprint)
    )""",
    "ALTER TABLE participations ADD COLUMN ethnicity_chosen text, ADD COLUMN gender_chosen text",
    "CREATE INDEX ix_participations_ethnicity_chosen ON participations (ethnicity, ethnicity_chosen)"
    " WHERE ethnicity_chosen IS NOT NULL",
    "CREATE INDEX ix_participations_gender_chosen ON participations (gender, gender_chosen)"
    " WHERE gender_chosen IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    protect("training", "sign_in_links")
    # By whom people are let in is the business of the organisation whose session it is.
    own = "partnership_id = circle_partnership() AND organisation_id = circle_organisation()"
    op.execute(f"ALTER POLICY tenant ON sign_in_links USING ({own}) WITH CHECK ({own})")
