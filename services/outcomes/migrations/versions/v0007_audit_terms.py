"""What the audit is searched by: see docs/adr/0075."""

from shared.migrations import index_audit

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    index_audit("outcomes")
