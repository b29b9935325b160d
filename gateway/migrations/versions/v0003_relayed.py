"""What the relay has told is kept for a while: see docs/adr/0091."""

from shared.migrations import keep_relayed

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    keep_relayed("gateway")
