"""Which volunteers have signed the involvement plan in force: whoever comes later signs it too before they start."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("ALTER TABLE agreed_plans ADD COLUMN volunteers uuid[] NOT NULL DEFAULT '{}'")
