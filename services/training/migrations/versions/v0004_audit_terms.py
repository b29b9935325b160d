"""What the audit is searched by: see docs/adr/0075."""

from shared.migrations import index_audit

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    index_audit("training")
