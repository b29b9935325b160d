"""Who was told which number of the feed, so that each reader walks only what is for it: see docs/adr/0080."""

from alembic import op

from shared.migrations import protect

revision = "0004"
down_revision = "0003"

# A trigger, so that a numberer of the version before, which runs beside the migration, leaves nothing out.
STATEMENTS = (
    """
CREATE TABLE feed_audiences (
  partnership_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  number bigint NOT NULL,
  CONSTRAINT pk_feed_audiences PRIMARY KEY (partnership_id, organisation_id, number)
)""",
    """
CREATE FUNCTION feed_tell() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO feed_audiences (partnership_id, organisation_id, number)
  SELECT DISTINCT NEW.partnership_id, one, NEW.number FROM unnest(NEW.audience) AS one;
  RETURN NULL;
END $$""",
    "CREATE TRIGGER tell AFTER UPDATE OF number ON feed FOR EACH ROW"
    " WHEN (OLD.number IS NULL AND NEW.number IS NOT NULL) EXECUTE FUNCTION feed_tell()",
    # The owner migrates, and row-level security is forced on it too: without this the backfill would see no row.
    "ALTER TABLE feed NO FORCE ROW LEVEL SECURITY",
    "INSERT INTO feed_audiences (partnership_id, organisation_id, number)"
    " SELECT DISTINCT partnership_id, one, number FROM feed, unnest(audience) AS one WHERE number IS NOT NULL",
    "ALTER TABLE feed FORCE ROW LEVEL SECURITY",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    protect("gateway", "feed_audiences", app="SELECT")
    op.execute(
        "ALTER POLICY tenant ON feed_audiences"
        " USING (partnership_id = circle_partnership() AND organisation_id = circle_organisation())"
    )
