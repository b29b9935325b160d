"""Indexes by which each organisation's list of referrals is walked, newest first: see docs/adr/0079."""

from alembic import op

revision = "0005"
down_revision = "0004"

# The authority of a referral is whoever registered its family; kept on the row, so that its list is one walk.
AUTHORITY = """
CREATE FUNCTION referral_authority() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT organisation_id INTO NEW.authority_id FROM families WHERE id = NEW.family_id;
  RETURN NEW;
END $$
"""
# The owner migrates, and row-level security is forced on it too: without this the backfill would see no row.
BACKFILL = (
    "ALTER TABLE families NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE referrals NO FORCE ROW LEVEL SECURITY",
    "UPDATE referrals r SET authority_id = f.organisation_id FROM families f WHERE f.id = r.family_id",
    "ALTER TABLE referrals ALTER COLUMN authority_id SET NOT NULL",
    "ALTER TABLE referrals FORCE ROW LEVEL SECURITY",
    "ALTER TABLE families FORCE ROW LEVEL SECURITY",
)
INDEXES = (
    "CREATE INDEX ix_referrals_organisation_id_id ON referrals (organisation_id, id)",
    "CREATE INDEX ix_referrals_organisation_id_status_id ON referrals (organisation_id, status, id)",
    "CREATE INDEX ix_referrals_scheme_id_id ON referrals (scheme_id, id)",
    "CREATE INDEX ix_referrals_scheme_id_status_id ON referrals (scheme_id, status, id)",
    "CREATE INDEX ix_referrals_authority_id_id ON referrals (authority_id, id)",
    "CREATE INDEX ix_referrals_authority_id_status_id ON referrals (authority_id, status, id)",
    "CREATE INDEX case_access_by_person ON case_access (person_id, family_id) WHERE person_id IS NOT NULL",
    "DROP INDEX ix_referrals_partnership_id_status_id",
)


def upgrade() -> None:
    op.execute("ALTER TABLE referrals ADD COLUMN authority_id uuid")
    op.execute(AUTHORITY)
    op.execute(
        "CREATE TRIGGER authority BEFORE INSERT ON referrals FOR EACH ROW WHEN (NEW.authority_id IS NULL)"
        " EXECUTE FUNCTION referral_authority()"
    )
    for statement in (*BACKFILL, *INDEXES):
        op.execute(statement)
