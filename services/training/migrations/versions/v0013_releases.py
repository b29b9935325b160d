"""Releases: tables that are frozen, hidden in part and published; what everybody may read of them."""

from alembic import op

from shared.migrations import protect

revision = "0013"
down_revision = "0012"

TABLES = (
    """
    CREATE TABLE releases (
      id uuid CONSTRAINT pk_releases PRIMARY KEY,
      partnership_id uuid NOT NULL,
      version integer NOT NULL,
      organisation_id uuid NOT NULL,
      title text NOT NULL,
      status text NOT NULL CONSTRAINT ck_releases_status
        CHECK (status IN ('draft', 'auditing', 'audited', 'refused', 'published', 'withdrawn')),
      from_day date NOT NULL,
      until_day date NOT NULL,
      round_id uuid CONSTRAINT fk_releases_round_id REFERENCES rounds (id),
      programme_id uuid CONSTRAINT fk_releases_programme_id REFERENCES programmes (id),
      tables jsonb NOT NULL,
      policy jsonb NOT NULL,
      counted_at timestamptz,
      counts bytea,
      proved bytea,
      considered uuid[],
      refusal text,
      stage text,
      stage_at timestamptz,
      attempts integer NOT NULL,
      created_at timestamptz NOT NULL,
      created_by text NOT NULL,
      audited_at timestamptz,
      CONSTRAINT ck_releases_until_after_from CHECK (until_day >= from_day)
    )""",
    "CREATE INDEX ix_releases_partnership_id_created_at_id ON releases (partnership_id, created_at, id)",
    """
    CREATE TABLE publications (
      id uuid CONSTRAINT pk_publications PRIMARY KEY,
      partnership_id uuid NOT NULL,
      title text NOT NULL,
      from_day date NOT NULL,
      until_day date NOT NULL,
      document jsonb NOT NULL,
      published_at timestamptz NOT NULL,
      published_by text NOT NULL,
      withdrawn_at timestamptz
    )""",
    "CREATE INDEX ix_publications_published_at_id ON publications (published_at, id)",
    "CREATE INDEX ix_publications_partnership_id_published_at_id ON publications (partnership_id, published_at, id)",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    for table in ("releases", "publications"):
        protect("training", table)
    # Whoever asks without a token is in no partnership: this is all that is shown to them.
    op.execute(
        "CREATE POLICY everybody ON publications FOR SELECT TO training_app"
        " USING (circle_scope() = 'public' AND withdrawn_at IS NULL)"
    )
