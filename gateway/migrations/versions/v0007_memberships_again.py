"""Current memberships are told once more, now with their roles and times: matching knows by them who coordinates."""

from alembic import op

revision = "0007"
down_revision = "0006"

# Nobody outside is told a second time: the audience is empty.
TELL = """
INSERT INTO outbox (partnership_id, topic, key, headers, data)
SELECT m.partnership_id, 'circle.gateway', m.person_id::text,
  jsonb_build_object('ce_specversion', '1.0', 'ce_id', gen_random_uuid(), 'ce_type', 'circle.membership.started.v1',
    'ce_source', '/services/gateway', 'ce_time', now(), 'ce_partnership', m.partnership_id,
    'ce_organisation', m.organisation_id, 'ce_family', '', 'ce_audience', '', 'traceparent', '',
    'content-type', 'application/json'),
  jsonb_build_object('membership', m.id, 'person', m.person_id, 'organisation', m.organisation_id,
    'roles', to_jsonb(m.roles), 'starts_at', m.starts_at, 'ends_at', m.ends_at,
    'detail', '/v1/people/' || m.person_id)::text
FROM memberships m WHERE m.ends_at IS NULL OR m.ends_at > now() ORDER BY m.id"""
# The owner migrates, and row-level security is forced on it too: without this it would see no row and write none.
FORCED = ("memberships", "outbox")


def upgrade() -> None:
    for table in FORCED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(TELL)
    for table in FORCED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
