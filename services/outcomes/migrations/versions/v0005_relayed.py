"""What the relay has told is kept for a while: see docs/adr/0091."""

from shared.migrations import keep_relayed

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    keep_relayed("outcomes")
