"""One function that reads everything that decides who may see a case, in one round trip and in the platform's view."""

from alembic import op

revision = "0003"
down_revision = "0002"

# The list is computed of every row of the case, whoever asks: a partner that declines must not take the scheme's grant
# away because it cannot see the scheme's referral. The wider view ends with the function; the revision stays locked.
CASE_SOURCES = """
CREATE FUNCTION case_sources(family uuid) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  own text := current_setting('circle.scope', true);
  known bigint;
  found jsonb;
BEGIN
  PERFORM set_config('circle.scope', 'service', true);
  SELECT revision INTO known FROM case_access_revisions WHERE family_id = family FOR UPDATE;
  SELECT jsonb_build_object(
    'revision', known,
    'registered_by', f.organisation_id,
    'restricted', f.restricted,
    'referrals', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'organisation', r.scheme_id, 'kind', r.kind,
        'status', r.status, 'received_at', r.received_at)), '[]') FROM referrals r WHERE r.family_id = f.id),
    'workers', (SELECT coalesce(jsonb_agg(jsonb_build_object('organisation', a.organisation_id, 'person', a.person_id,
        'from_date', a.from_date, 'to_date', a.to_date)), '[]') FROM allocations a
        WHERE a.family_id = f.id AND NOT a.over),
    'visitors', (SELECT coalesce(jsonb_agg(jsonb_build_object('organisation', r.scheme_id, 'person', m.person_id,
        'status', r.status)), '[]') FROM match_volunteers m JOIN referrals r ON r.id = m.referral_id
        WHERE m.family_id = f.id AND m.state = 'introduced' AND m.person_id IS NOT NULL),
    'grants', (SELECT coalesce(jsonb_agg(jsonb_build_object('organisation', g.organisation_id, 'part', g.part,
        'person', g.person_id)), '[]') FROM case_access g WHERE g.family_id = f.id),
    'schemes', (SELECT coalesce(jsonb_agg(p.organisation_id), '[]') FROM partnership_parties p WHERE p.part = 'scheme')
  ) INTO found FROM families f WHERE f.id = family;
  PERFORM set_config('circle.scope', coalesce(own, ''), true);
  RETURN found;
END $$"""


def upgrade() -> None:
    op.execute(CASE_SOURCES)
