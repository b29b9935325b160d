"""The tallies once more, as sums over blocks of days, so that a report reads about as much of a million as of ten
thousand: see docs/adr/0082. A trigger keeps them, so that a process of the version before leaves nothing out."""

from alembic import op

from shared.migrations import protect

revision = "0006"
down_revision = "0005"

VALUES = "families bigint NOT NULL, children bigint NOT NULL, plans bigint NOT NULL"
STATEMENTS = (
    # Where a day stands among 32,768; what is older counts as the first one.
    """
    CREATE FUNCTION tally_number(day date) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
      greatest(least(day, DATE '2100-01-01'), DATE '1990-01-01') - DATE '1990-01-01' + 1""",
    # The blocks that a number is in: of 1, 2, 4 .. 32,768 numbers, each named by its last. A larger one has none.
    """
    CREATE FUNCTION tally_blocks(number integer) RETURNS SETOF integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT DISTINCT (((number - 1) >> k) + 1) << k FROM generate_series(0, 15) AS k WHERE number <= 32768
    $$""",
    # The lines on which a step lies, and where on each: by its first day while it is open, else by both days.
    """
    CREATE FUNCTION tally_places(day date, until date) RETURNS TABLE (line text, number integer)
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT CASE WHEN tally_number(until) > 32768 THEN 'open' ELSE 'over' END, tally_number(day)
      UNION ALL SELECT 'ended', tally_number(until)
    $$""",
    f"""
    CREATE TABLE tally_lines (
      partnership_id uuid NOT NULL, line text NOT NULL CONSTRAINT ck_tally_lines_line
        CHECK (line IN ('open', 'over', 'ended')),
      block integer NOT NULL, figure text NOT NULL, {VALUES},
      CONSTRAINT pk_tally_lines PRIMARY KEY (partnership_id, line, block, figure) INCLUDE (families, children, plans)
    )""",
    # Steps that have ended, by both days. The end is counted from the other side: what is asked is who stood longer.
    f"""
    CREATE TABLE tally_spans (
      partnership_id uuid NOT NULL, until_block integer NOT NULL, day_block integer NOT NULL, figure text NOT NULL,
      {VALUES},
      CONSTRAINT pk_tally_spans PRIMARY KEY (partnership_id, until_block, day_block, figure)
        INCLUDE (families, children, plans)
    )""",
    # The largest block is first: whoever adds to a figure waits there for whoever else does, holding no other of it.
    """
    CREATE FUNCTION tally_sums_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      more bigint[] := ARRAY[NEW.families - coalesce(OLD.families, 0), NEW.children - coalesce(OLD.children, 0),
        NEW.plans - coalesce(OLD.plans, 0)];
    BEGIN
      INSERT INTO tally_lines AS kept (partnership_id, line, block, figure, families, children, plans)
      SELECT NEW.partnership_id, p.line, b.block, NEW.figure, more[1], more[2], more[3]
      FROM tally_places(NEW.day, NEW.until) AS p, LATERAL tally_blocks(p.number) AS b(block)
      ORDER BY p.line, b.block DESC
      ON CONFLICT (partnership_id, line, block, figure) DO UPDATE SET families = kept.families + excluded.families,
        children = kept.children + excluded.children, plans = kept.plans + excluded.plans;
      INSERT INTO tally_spans AS kept (partnership_id, until_block, day_block, figure, families, children, plans)
      SELECT NEW.partnership_id, u.block, d.block, NEW.figure, more[1], more[2], more[3]
      FROM tally_blocks(32769 - tally_number(NEW.until)) AS u(block), tally_blocks(tally_number(NEW.day)) AS d(block)
      WHERE tally_number(NEW.until) <= 32768
      ORDER BY u.block DESC, d.block DESC
      ON CONFLICT (partnership_id, until_block, day_block, figure) DO UPDATE SET
        families = kept.families + excluded.families, children = kept.children + excluded.children,
        plans = kept.plans + excluded.plans;
      RETURN NULL;
    END $$""",
    "CREATE TRIGGER keep_sums AFTER INSERT OR UPDATE ON tallies FOR EACH ROW EXECUTE FUNCTION tally_sums_keep()",
)
# What there is already. The owner migrates, and row-level security is forced on it too: it would see no row else.
FILL_LINES = """
INSERT INTO tally_lines (partnership_id, line, block, figure, families, children, plans)
SELECT t.partnership_id, p.line, b.block, t.figure, sum(t.families), sum(t.children), sum(t.plans)
FROM tallies t, LATERAL tally_places(t.day, t.until) AS p, LATERAL tally_blocks(p.number) AS b(block)
GROUP BY 1, 2, 3, 4
"""
FILL_SPANS = """
WITH days AS MATERIALIZED (
  SELECT t.partnership_id, t.until, d.block, t.figure, sum(t.families) AS families, sum(t.children) AS children,
    sum(t.plans) AS plans
  FROM tallies t, LATERAL tally_blocks(tally_number(t.day)) AS d(block)
  WHERE tally_number(t.until) <= 32768 GROUP BY 1, 2, 3, 4
)
INSERT INTO tally_spans (partnership_id, until_block, day_block, figure, families, children, plans)
SELECT t.partnership_id, u.block, t.block, t.figure, sum(t.families), sum(t.children), sum(t.plans)
FROM days t, LATERAL tally_blocks(32769 - tally_number(t.until)) AS u(block)
GROUP BY 1, 2, 3, 4
"""


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute("ALTER TABLE tallies NO FORCE ROW LEVEL SECURITY")
    op.execute(FILL_LINES)
    op.execute(FILL_SPANS)
    op.execute("ALTER TABLE tallies FORCE ROW LEVEL SECURITY")
    protect("outcomes", "tally_lines")
    protect("outcomes", "tally_spans")
