"""When a child's timeline changed last, so that its version, and with it the ETag, counts every change."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE children ADD COLUMN changed_at timestamptz")
