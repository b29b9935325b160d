"""Sessions that are open to everybody, and what everybody may read of them."""

from alembic import op

from shared.migrations import protect

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    "ALTER TABLE sessions ADD COLUMN public boolean NOT NULL DEFAULT false, ADD COLUMN how_to_book text",
    """
    CREATE TABLE openings (
      id uuid CONSTRAINT pk_openings PRIMARY KEY,
      partnership_id uuid NOT NULL,
      open boolean NOT NULL,
      course text NOT NULL,
      topics text[] NOT NULL,
      starts_at timestamptz NOT NULL,
      ends_at timestamptz NOT NULL,
      outcode text,
      languages text[] NOT NULL,
      interpreters text[] NOT NULL,
      how_to_book text NOT NULL,
      room text NOT NULL CONSTRAINT ck_openings_room CHECK (room IN ('places', 'few', 'waiting_list'))
    )""",
    "CREATE INDEX ix_openings_starts_at_id ON openings (starts_at, id) WHERE open",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    protect("training", "openings")
    # Whoever asks without a token is in no partnership: this is all that is shown to them.
    op.execute(
        "CREATE POLICY everybody ON openings FOR SELECT TO training_app"
        " USING (circle_scope() = 'public' AND open AND starts_at > now())"
    )
