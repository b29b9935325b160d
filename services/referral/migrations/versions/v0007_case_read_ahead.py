"""The same sources without a lock, for who reads ahead; who locks them leaves a mark on the revision (ADR 0096)."""

from alembic import op

revision = "0007"
down_revision = "0006"

# All of it in the calling statement's snapshot. The mark is the transaction that last wrote the revision.
CASE_SEEN = """
CREATE FUNCTION case_seen(family uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  own text := current_setting('circle.scope', true);
  found jsonb;
BEGIN
  PERFORM set_config('circle.scope', 'service', true);
  SELECT jsonb_build_object(
    'revision', v.revision,
    'mark', v.xmin::text,
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
  ) INTO found FROM families f LEFT JOIN case_access_revisions v ON v.family_id = f.id WHERE f.id = family;
  PERFORM set_config('circle.scope', coalesce(own, ''), true);
  RETURN found;
END $$"""
# Writing the revision as it is locks it, and shows whoever read it before that they have to look again. What they lock
# it for may change the list although the revision stays. Whoever was waited for is seen: the second statement's
# snapshot is a later one.
CASE_SOURCES = """
CREATE OR REPLACE FUNCTION case_sources(family uuid) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  UPDATE case_access_revisions SET revision = revision WHERE family_id = family;
  RETURN case_seen(family) - 'mark';
END $$"""


def upgrade() -> None:
    op.execute(CASE_SEEN)
    op.execute(CASE_SOURCES)
