"""How many steps had begun by any day and ended within so many others, in one row: see docs/adr/0098.

The version before reads `tally_spans` until it is gone; that is a view from now on.
"""

from alembic import op

from shared.migrations import protect

revision = "0008"
down_revision = "0007"

COUNTS = "families integer[] NOT NULL, children integer[] NOT NULL, plans integer[] NOT NULL"
STATEMENTS = (
    # The block of 64 days that a day is in.
    """
    CREATE FUNCTION tally_block(number integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN (number - 1) >> 6""",
    # Where a first day stands in a block's counts: all days before the block are the first place.
    """
    CREATE FUNCTION tally_place(number integer, block integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN greatest(number - (block << 6), 0) + 1""",
    # What an end is added to: the counts of its own block, from its day on, and those of whole blocks (-1), from the
    # next block on.
    """
    CREATE FUNCTION tally_stretches(number integer) RETURNS TABLE (stretch integer, until integer)
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      VALUES (tally_block(number), number), (-1, tally_block(number) + 1)
    $$""",
    # A count that is not there is none.
    """
    CREATE FUNCTION tally_more(counts integer[], place integer, more integer) RETURNS integer[]
      LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    BEGIN
      IF more <> 0 THEN
        counts[place] := coalesce(counts[place], 0) + more;
      END IF;
      RETURN counts;
    END $$""",
    """
    CREATE AGGREGATE tally_counts(place integer, more integer) (SFUNC = tally_more, STYPE = integer[], INITCOND = '{}')
    """,
    f"""
    CREATE TABLE tally_ends (
      partnership_id uuid NOT NULL, figure text NOT NULL, block integer NOT NULL, stretch integer NOT NULL,
      until integer NOT NULL, {COUNTS},
      CONSTRAINT pk_tally_ends PRIMARY KEY (partnership_id, figure, block, stretch, until)
    )""",
    # The largest block of a line comes first: whoever adds to a figure waits there for whoever else does, holding no
    # other row of it. What those have done to `tally_ends` is seen by the statements that come after, and only by them.
    """
    CREATE OR REPLACE FUNCTION tally_sums_keep() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      step tallies := coalesce(NEW, OLD);
      begun integer := tally_number(step.day);
      ended integer := tally_number(step.until);
      more integer[] := ARRAY[coalesce(NEW.families, 0) - coalesce(OLD.families, 0),
        coalesce(NEW.children, 0) - coalesce(OLD.children, 0), coalesce(NEW.plans, 0) - coalesce(OLD.plans, 0)];
      blocks integer[] := ARRAY(SELECT generate_series(tally_block(begun), tally_block(ended)));
    BEGIN
      INSERT INTO tally_lines AS kept (partnership_id, line, block, figure, families, children, plans)
      SELECT step.partnership_id, p.line, b.block, step.figure, more[1], more[2], more[3]
      FROM tally_places(step.day, step.until) AS p, LATERAL tally_blocks(p.number) AS b(block)
      ORDER BY p.line, b.block DESC
      ON CONFLICT (partnership_id, line, block, figure) DO UPDATE SET families = kept.families + excluded.families,
        children = kept.children + excluded.children, plans = kept.plans + excluded.plans;
      IF ended > 32768 THEN
        RETURN NULL;
      END IF;
      INSERT INTO tally_ends (partnership_id, figure, block, stretch, until, families, children, plans)
      SELECT step.partnership_id, step.figure, b.block, s.stretch, s.until,
        tally_more(coalesce(e.families, '{}'), tally_place(begun, b.block), more[1]),
        tally_more(coalesce(e.children, '{}'), tally_place(begun, b.block), more[2]),
        tally_more(coalesce(e.plans, '{}'), tally_place(begun, b.block), more[3])
      FROM unnest(blocks) AS b(block) CROSS JOIN tally_stretches(ended) AS s LEFT JOIN LATERAL (
        SELECT * FROM tally_ends AS e WHERE e.partnership_id = step.partnership_id AND e.figure = step.figure
          AND e.block = b.block AND e.stretch = s.stretch AND e.until <= s.until ORDER BY e.until DESC LIMIT 1
      ) AS e ON true
      ON CONFLICT (partnership_id, figure, block, stretch, until) DO UPDATE SET families = excluded.families,
        children = excluded.children, plans = excluded.plans;
      UPDATE tally_ends AS e SET families = tally_more(e.families, tally_place(begun, e.block), more[1]),
        children = tally_more(e.children, tally_place(begun, e.block), more[2]),
        plans = tally_more(e.plans, tally_place(begun, e.block), more[3])
      FROM tally_stretches(ended) AS s
      WHERE e.partnership_id = step.partnership_id AND e.figure = step.figure AND e.block = ANY (blocks)
        AND e.stretch = s.stretch AND e.until > s.until;
      RETURN NULL;
    END $$""",
    "DROP TRIGGER keep_sums ON tallies",
    """
    CREATE TRIGGER keep_sums AFTER INSERT OR UPDATE OR DELETE ON tallies
      FOR EACH ROW EXECUTE FUNCTION tally_sums_keep()""",
    "DROP TABLE tally_spans",
    """
    CREATE VIEW tally_spans WITH (security_invoker = true) AS
      SELECT t.partnership_id, u.block AS until_block, d.block AS day_block, t.figure, t.families::bigint,
        t.children::bigint, t.plans::bigint
      FROM tallies t, LATERAL tally_blocks(32769 - tally_number(t.until)) AS u(block),
        LATERAL tally_blocks(tally_number(t.day)) AS d(block)
      WHERE tally_number(t.until) <= 32768""",
    "GRANT SELECT ON tally_spans TO outcomes_app, outcomes_worker",
)
FILL = """
WITH steps AS MATERIALIZED (
  SELECT t.partnership_id, t.figure, b.block, tally_number(t.until) AS until,
    tally_place(tally_number(t.day), b.block) AS place,
    sum(t.families) AS families, sum(t.children) AS children, sum(t.plans) AS plans
  FROM tallies t,
    LATERAL generate_series(tally_block(tally_number(t.day)), tally_block(tally_number(t.until))) AS b(block)
  WHERE tally_number(t.until) <= 32768 GROUP BY 1, 2, 3, 4, 5
), ends AS (
  SELECT t.partnership_id, t.figure, t.block, s.stretch, s.until, t.place, sum(t.families)::integer AS families,
    sum(t.children)::integer AS children, sum(t.plans)::integer AS plans
  FROM steps t, LATERAL tally_stretches(t.until) AS s GROUP BY 1, 2, 3, 4, 5, 6
)
INSERT INTO tally_ends (partnership_id, figure, block, stretch, until, families, children, plans)
SELECT DISTINCT ON (partnership_id, figure, block, stretch, until) partnership_id, figure, block, stretch, until,
  tally_counts(place, families) OVER so_far, tally_counts(place, children) OVER so_far,
  tally_counts(place, plans) OVER so_far
FROM ends WINDOW so_far AS (PARTITION BY partnership_id, figure, block, stretch ORDER BY until)
"""


def upgrade() -> None:
    # Whoever writes a tally waits from here on. The owner migrates, and row-level security is forced on it too.
    op.execute("ALTER TABLE tallies NO FORCE ROW LEVEL SECURITY")
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute(FILL)
    op.execute("ALTER TABLE tallies FORCE ROW LEVEL SECURITY")
    protect("outcomes", "tally_ends")
