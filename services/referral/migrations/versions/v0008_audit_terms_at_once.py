"""What is sealed together is indexed by one statement: see docs/adr/0075."""

from shared.migrations import index_audit_at_once

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    index_audit_at_once()
