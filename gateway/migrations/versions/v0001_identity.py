"""The spine's tables."""

from shared.migrations import create_spine

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_spine("gateway")
