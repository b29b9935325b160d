"""The participations that count once more, as sums over blocks of days, so that a report reads about as much of a
million as of ten thousand: see docs/adr/0105. Triggers keep them, so that nobody who writes leaves anything out."""

from alembic import op

from shared.migrations import protect

revision = "0009"
down_revision = "0008"

NONE, NAMED = (f"'00000000-0000-0000-0000-00000000000{end}'::uuid" for end in "01")
# By what is counted. What nobody said has the key of none; sessions are kept by single days only.
GROUPINGS = f"""(VALUES
  ('total', p.known, {NONE}, 4096), ('session', p.session_id, p.known, 1),
  ('organisation', p.organisation, {NONE}, 4096), ('ethnicity', p.ethnicity, {NONE}, 4096),
  ('gender', p.gender, {NONE}, 4096), ('language', p.language, {NONE}, 4096), ('area', p.area, {NONE}, 4096),
  ('organisation_ethnicity', p.organisation, p.ethnicity, 4096),
  ('organisation_gender', p.organisation, p.gender, 4096), ('ethnicity_gender', p.ethnicity, p.gender, 4096)
) AS g(grouping, a, b, largest)"""
# Counted first by everything at once, then by each grouping and day, then by each block that the day is in.
SUMS = f"""
  WITH people AS (
    SELECT partnership_id, organisation_id, day, session_id, organisation, coalesce(ethnicity, {NONE}) AS ethnicity,
      coalesce(gender, {NONE}) AS gender, coalesce(language, {NONE}) AS language, coalesce(area, {NONE}) AS area,
      CASE WHEN attendee_id IS NULL THEN {NONE} ELSE {NAMED} END AS known, sum(more) AS n
    FROM changed GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 HAVING sum(more) <> 0
  ), days AS (
    SELECT p.partnership_id, p.organisation_id, p.day, g.grouping, g.a, g.b, g.largest, sum(p.n) AS n
    FROM people AS p, LATERAL {GROUPINGS} GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(p.n) <> 0
  ), cells AS (
    SELECT d.partnership_id, d.organisation_id, d.grouping, s.size, s.block, d.a, d.b, sum(d.n)::integer AS n
    FROM days AS d, LATERAL participation_blocks(d.day, d.largest) AS s
    GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(d.n) <> 0
  )
  SELECT partnership_id, organisation_id, grouping, size, block, array_agg(a ORDER BY a, b), array_agg(b ORDER BY a, b),
    array_agg(n ORDER BY a, b)
  FROM cells GROUP BY 1, 2, 3, 4, 5"""
COLUMNS = "partnership_id, organisation_id, grouping, size, block, a, b, n"
FILL = f"""
INSERT INTO participation_sums ({COLUMNS})
WITH changed AS (SELECT *, 1 AS more FROM participations WHERE counted) SELECT * FROM ({SUMS}) AS sums
"""
SOURCES = {
    "insert": "SELECT *, 1 AS more FROM new_rows WHERE counted",
    "delete": "SELECT *, -1 AS more FROM old_rows WHERE counted",
    "update": "SELECT *, 1 AS more FROM new_rows WHERE counted UNION ALL"
    " SELECT *, -1 AS more FROM old_rows WHERE counted",
}
TABLES = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
TABLES["update"] = f"{TABLES['insert']} {TABLES['delete']}"
STATEMENTS = (
    # The blocks that a day is in, up to the largest size: services/training/domain/blocks.py has the same.
    """
    CREATE FUNCTION participation_blocks(day date, largest integer) RETURNS TABLE (size integer, block integer)
      LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT 1 << k, (day - DATE '1990-01-01') >> k FROM generate_series(0, 12, 2) AS k WHERE 1 << k <= largest
    $$""",
    # A block is one row with all that was counted in it: a row for each count would be ten times as many pages.
    """
    CREATE TABLE participation_sums (
      partnership_id uuid NOT NULL, organisation_id uuid NOT NULL, grouping text NOT NULL
        CONSTRAINT ck_participation_sums_grouping CHECK (grouping IN ('total', 'session', 'organisation', 'ethnicity',
          'gender', 'language', 'area', 'organisation_ethnicity', 'organisation_gender', 'ethnicity_gender')),
      size integer NOT NULL, block integer NOT NULL, a uuid[] NOT NULL, b uuid[] NOT NULL, n integer[] NOT NULL,
      CONSTRAINT pk_participation_sums PRIMARY KEY (partnership_id, organisation_id, grouping, size, block)
    )""",
    *(
        f"""
    CREATE FUNCTION participation_sums_{verb}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      -- Whoever writes an organisation's sums waits for whoever else does: rows of blocks are taken in no order then.
      PERFORM pg_advisory_xact_lock(hashtextextended(o.organisation_id::text, 105)) FROM (
        SELECT DISTINCT organisation_id FROM ({source}) AS changed ORDER BY 1) AS o;
      IF NOT FOUND THEN
        RETURN NULL;
      END IF;
      INSERT INTO participation_sums AS kept ({COLUMNS})
      WITH changed AS ({source}) SELECT * FROM ({SUMS}) AS sums
      ON CONFLICT (partnership_id, organisation_id, grouping, size, block) DO UPDATE SET (a, b, n) = (
        SELECT coalesce(array_agg(c.a ORDER BY c.a, c.b), '{{}}'), coalesce(array_agg(c.b ORDER BY c.a, c.b), '{{}}'),
          coalesce(array_agg(c.n ORDER BY c.a, c.b), '{{}}')
        FROM (
          SELECT each.a, each.b, sum(each.n)::integer AS n FROM (
            SELECT * FROM unnest(kept.a, kept.b, kept.n) UNION ALL
            SELECT * FROM unnest(excluded.a, excluded.b, excluded.n)
          ) AS each(a, b, n) GROUP BY 1, 2 HAVING sum(each.n) <> 0
        ) AS c);
      RETURN NULL;
    END $$"""
        for verb, source in SOURCES.items()
    ),
    *(
        f"CREATE TRIGGER keep_sums_{verb} AFTER {verb.upper()} ON participations REFERENCING {tables}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION participation_sums_{verb}()"
        for verb, tables in TABLES.items()
    ),
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    # What there is already, while whoever writes waits. The owner migrates, and row-level security is forced on it too.
    op.execute("ALTER TABLE participations NO FORCE ROW LEVEL SECURITY")
    op.execute(FILL)
    op.execute("ALTER TABLE participations FORCE ROW LEVEL SECURITY")
    protect("training", "participation_sums")
    # The whole partnership's sums may be read, for its analysts; an organisation adds to its own.
    op.execute(
        "ALTER POLICY tenant ON participation_sums WITH CHECK"
        " (partnership_id = circle_partnership() AND organisation_id = circle_organisation())"
    )
