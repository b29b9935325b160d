"""Which children each family is told to have, so that a child in two families stays with the first that has it."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE families ADD COLUMN listed uuid[] NOT NULL DEFAULT '{}'")
    op.execute("CREATE INDEX ix_families_listed ON families USING gin (listed)")
