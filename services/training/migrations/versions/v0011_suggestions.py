"""Suggestions of participants and partners, and the answers to them."""

from alembic import op

from shared.migrations import protect

revision = "0011"
down_revision = "0010"

TABLES = (
    """
    CREATE TABLE suggestions (
      id uuid CONSTRAINT pk_suggestions PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      owner_id uuid NOT NULL,
      about text NOT NULL CONSTRAINT ck_suggestions_about CHECK (about IN ('programme', 'course', 'round')),
      about_id uuid NOT NULL,
      voice text NOT NULL CONSTRAINT ck_suggestions_voice CHECK (voice IN ('participants', 'partner')),
      status text NOT NULL
        CONSTRAINT ck_suggestions_status CHECK (status IN ('made', 'taken_up', 'not_taken_up')),
      content bytea NOT NULL,
      made_at timestamptz NOT NULL,
      made_by text NOT NULL,
      answer bytea,
      answered_at timestamptz,
      answered_by text,
      CONSTRAINT ck_suggestions_answered_or_made CHECK ((status = 'made') = (answer IS NULL))
    )""",
    "CREATE INDEX ix_suggestions_partnership_id_organisation_id_id"
    " ON suggestions (partnership_id, organisation_id, id)",
    "CREATE INDEX ix_suggestions_partnership_id_owner_id_id ON suggestions (partnership_id, owner_id, id)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    protect("training", "suggestions")
    # Seen by whoever made it and by whoever answers it, and by nobody else of the partnership.
    seen = "partnership_id = circle_partnership() AND circle_organisation() IN (organisation_id, owner_id)"
    op.execute(f"ALTER POLICY tenant ON suggestions USING ({seen}) WITH CHECK ({seen})")
