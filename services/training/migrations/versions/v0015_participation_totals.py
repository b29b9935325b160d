"""The participations that count as running totals, so that a report reads a few rows of a million as of ten thousand:
see docs/adr/0097. Triggers keep them, so that nobody who writes leaves anything out. They look once a statement, too,
whether the sessions that it names are there, which a foreign key looked up once a row."""

from alembic import op

from shared.migrations import protect

revision = "0015"
down_revision = "0014"

NONE, NAMED = (f"'00000000-0000-0000-0000-00000000000{end}'::uuid" for end in "01")
# The groupings as services/training/domain/sums.py numbers them, each with its keys and the set below that has them: a
# set's number has a bit for each column that is not in it.
GROUPINGS = (
    (1, 31, "known", NONE),
    (2, 31, "session_id", "known"),
    (3, 39, "organisation", NONE),
    (4, 39, "ethnicity", NONE),
    (5, 51, "gender", NONE),
    (6, 61, "language", NONE),
    (7, 62, "area", NONE),
    (8, 39, "organisation", "ethnicity"),
    (9, 43, "organisation", "gender"),
    (10, 51, "ethnicity", "gender"),
)
DAYS = " UNION ALL ".join(
    f"SELECT {grouping}::smallint AS grouping, day, {a} AS a, {b} AS b, sum(n) AS n FROM sets WHERE number = {number}"
    f" GROUP BY day, {a}{'' if b == NONE else f', {b}'} HAVING sum(n) <> 0"
    for grouping, number, a, b in GROUPINGS
)
# Each day is counted once; months are added up of days and years of months. A frame is what a running total runs
# through: a month's days, a year's months, all years; sessions are kept by single days. Of each row that changes, and
# of those that come after it in its frame, what it had before (or what the last row before it had) and what is new.
CHANGED = f"""
  said AS (
    SELECT day, session_id, organisation, coalesce(ethnicity, {NONE}) AS ethnicity, coalesce(gender, {NONE}) AS gender,
      coalesce(language, {NONE}) AS language, coalesce(area, {NONE}) AS area,
      CASE WHEN attendee_id IS NULL THEN {NONE} ELSE {NAMED} END AS known, more
    FROM changed WHERE partnership_id = whose.partnership_id AND organisation_id = whose.organisation_id
  ), sets AS MATERIALIZED (
    SELECT day, session_id, known, organisation, ethnicity, gender, language, area, sum(more) AS n,
      grouping(session_id, organisation, ethnicity, gender, language, area) AS number
    FROM said GROUP BY day, GROUPING SETS ((session_id, known), (organisation, ethnicity), (organisation, gender),
      (ethnicity, gender), (language), (area))
  ), days AS (
    {DAYS}
  ), months AS (
    SELECT grouping, (extract(year FROM day) * 12 + extract(month FROM day) - 1)::integer AS month, a, b, sum(n) AS n
    FROM days WHERE grouping <> 2 GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
  ), years AS (
    SELECT grouping, month / 12 AS year, a, b, sum(n) AS n FROM months GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
  ), cells AS (
    SELECT grouping, CASE grouping WHEN 2 THEN 0 ELSE 1 END AS span, f.opens, f.closes,
      day - DATE '1990-01-01' AS until, a, b, n
    FROM days, LATERAL (SELECT
      CASE grouping WHEN 2 THEN day ELSE date_trunc('month', day::timestamp)::date END - DATE '1990-01-01',
      CASE grouping WHEN 2 THEN day ELSE (date_trunc('month', day::timestamp) + interval '1 month - 1 day')::date END
        - DATE '1990-01-01'
    ) AS f(opens, closes)
    UNION ALL SELECT grouping, 2, month / 12 * 12, month / 12 * 12 + 11, month, a, b, n FROM months
    UNION ALL SELECT grouping, 3, -1, 2147483647, year, a, b, n FROM years
  ), runs AS (
    SELECT grouping, span, closes, until, a, b, sum(n) OVER (so_far ROWS UNBOUNDED PRECEDING) AS n,
      coalesce(lead(until) OVER so_far, 2147483647) AS next
    FROM cells WINDOW so_far AS (PARTITION BY grouping, span, closes, a, b ORDER BY until)
  ), changes AS MATERIALIZED (
    SELECT DISTINCT grouping, span, opens, closes, until FROM cells
  ), rows AS MATERIALIZED (
    SELECT * FROM changes UNION
    SELECT f.grouping, f.span, f.opens, f.closes, k.until
    FROM (SELECT grouping, span, opens, closes, min(until) AS first FROM changes GROUP BY 1, 2, 3, 4) AS f,
      LATERAL (SELECT k.until FROM participation_totals AS k
        WHERE k.partnership_id = whose.partnership_id AND k.organisation_id = whose.organisation_id
          AND k.grouping = f.grouping AND k.span = f.span AND k.until BETWEEN f.first AND f.closes OFFSET 0) AS k
  ), counts AS (
    SELECT grouping, span, until, a, b, sum(n)::integer AS n FROM (
      SELECT r.grouping, r.span, u.until, r.a, r.b, r.n
      FROM runs AS r JOIN rows AS u USING (grouping, span, closes)
      WHERE u.until >= r.until AND u.until < r.next
      UNION ALL
      SELECT r.grouping, r.span, r.until, c.a, c.b, c.n FROM rows AS r,
        LATERAL (SELECT k.a, k.b, k.n FROM participation_totals AS k
          WHERE k.partnership_id = whose.partnership_id AND k.organisation_id = whose.organisation_id
            AND k.grouping = r.grouping AND k.span = r.span AND k.until BETWEEN r.opens AND r.until
          ORDER BY k.until DESC LIMIT 1) AS k, unnest(k.a, k.b, k.n) AS c(a, b, n)
    ) AS every GROUP BY 1, 2, 3, 4, 5
  )
  SELECT whose.partnership_id, whose.organisation_id, grouping, span, until,
    coalesce(array_agg(a ORDER BY a, b) FILTER (WHERE n <> 0), '{{}}'),
    coalesce(array_agg(b ORDER BY a, b) FILTER (WHERE n <> 0), '{{}}'),
    coalesce(array_agg(n ORDER BY a, b) FILTER (WHERE n <> 0), '{{}}')
  FROM counts GROUP BY grouping, span, until"""


def keeping(source: str) -> str:
    """Adds to every organisation's totals what this source of rows, each with how much `more` it is, changes."""
    return f"""
      -- Whoever writes an organisation's totals waits for whoever else does, and reads them after that.
      FOR whose IN SELECT DISTINCT partnership_id, organisation_id FROM ({source}) AS changed ORDER BY 1, 2 LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(whose.organisation_id::text, 105));
        INSERT INTO participation_totals (partnership_id, organisation_id, grouping, span, until, a, b, n)
        WITH changed AS ({source}), {CHANGED}
        ON CONFLICT (partnership_id, organisation_id, grouping, span, until) DO UPDATE SET
          a = excluded.a, b = excluded.b, n = excluded.n;
      END LOOP;"""


FILL = f"""
DO $$
DECLARE whose record;
BEGIN
      SET LOCAL enable_nestloop = off;
      SET LOCAL enable_mergejoin = off; {keeping("SELECT *, 1 AS more FROM participations WHERE counted")}
END $$"""
SOURCES = {
    "insert": "SELECT *, 1 AS more FROM new_rows WHERE counted",
    "delete": "SELECT *, -1 AS more FROM old_rows WHERE counted",
    "update": "SELECT *, 1 AS more FROM new_rows WHERE counted UNION ALL"
    " SELECT *, -1 AS more FROM old_rows WHERE counted",
}
TABLES = {"insert": "NEW TABLE AS new_rows", "delete": "OLD TABLE AS old_rows"}
TABLES["update"] = f"{TABLES['insert']} {TABLES['delete']}"
SESSIONS_ARE_THERE = """
      IF EXISTS (SELECT FROM (SELECT DISTINCT session_id FROM new_rows) AS n
          WHERE (SELECT s.id FROM sessions AS s WHERE s.id = n.session_id) IS NULL) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a participation names a session that is not there';
      END IF;"""
STATEMENTS = (
    """
    CREATE TABLE participation_totals (
      partnership_id uuid NOT NULL, organisation_id uuid NOT NULL,
      grouping smallint NOT NULL CONSTRAINT ck_participation_totals_grouping CHECK (grouping BETWEEN 1 AND 10),
      span smallint NOT NULL CONSTRAINT ck_participation_totals_span CHECK (span BETWEEN 0 AND 3),
      until integer NOT NULL, a uuid[] NOT NULL, b uuid[] NOT NULL, n integer[] NOT NULL,
      CONSTRAINT pk_participation_totals PRIMARY KEY (partnership_id, organisation_id, grouping, span, until)
    )""",
    *(
        f"""
    CREATE FUNCTION participation_totals_{verb}() RETURNS trigger LANGUAGE plpgsql
      -- Planned once a session, for whatever comes: one session's thirty people first, then a sheet's twenty thousand.
      -- So what is joined is hashed by all of its keys, and what is looked up is looked up row by row, by the index.
      SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
      SET enable_nestloop = off SET enable_mergejoin = off AS $$
    DECLARE whose record;
    BEGIN {"" if verb == "delete" else SESSIONS_ARE_THERE} {keeping(source)}
      RETURN NULL;
    END $$"""
        for verb, source in SOURCES.items()
    ),
    *(
        f"CREATE TRIGGER keep_totals_{verb} AFTER {verb.upper()} ON participations REFERENCING {tables}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION participation_totals_{verb}()"
        for verb, tables in TABLES.items()
    ),
    *(f"DROP TRIGGER keep_sums_{verb} ON participations" for verb in SOURCES),
    *(f"DROP FUNCTION participation_sums_{verb}()" for verb in SOURCES),
    "DROP TABLE participation_sums",
    # For the version before, as long as it still runs: what came on each day is by how much the totals of its month
    # are more than they were.
    f"""
    CREATE VIEW participation_sums WITH (security_invoker = true) AS
      WITH days AS (
        SELECT t.partnership_id, t.organisation_id, t.grouping, DATE '1990-01-01' + t.until AS day, c.a, c.b,
          c.n - CASE t.span WHEN 0 THEN 0 ELSE coalesce(lag(c.n) OVER (PARTITION BY t.partnership_id, t.organisation_id,
            t.grouping, t.span, date_trunc('month', (DATE '1990-01-01' + t.until)::timestamp), c.a, c.b
            ORDER BY t.until), 0) END
            AS n
        FROM participation_totals AS t, unnest(t.a, t.b, t.n) AS c(a, b, n) WHERE t.span IN (0, 1)
      ), cells AS (
        SELECT d.partnership_id, d.organisation_id, g.grouping, s.size, s.block, d.a, d.b, sum(d.n)::integer AS n
        FROM days AS d JOIN (VALUES {
        ", ".join(
            f"({number}, '{name}')"
            for number, name in enumerate(
                (
                    "total",
                    "session",
                    "organisation",
                    "ethnicity",
                    "gender",
                    "language",
                    "area",
                    "organisation_ethnicity",
                    "organisation_gender",
                    "ethnicity_gender",
                ),
                1,
            )
        )
    }) AS g(number, grouping) ON g.number = d.grouping,
          LATERAL participation_blocks(d.day, CASE d.grouping WHEN 2 THEN 1 ELSE 4096 END) AS s
        WHERE d.n <> 0 GROUP BY 1, 2, 3, 4, 5, 6, 7
      )
      SELECT partnership_id, organisation_id, grouping, size, block, array_agg(a ORDER BY a, b) AS a,
        array_agg(b ORDER BY a, b) AS b, array_agg(n ORDER BY a, b) AS n
      FROM cells GROUP BY 1, 2, 3, 4, 5""",
    "GRANT SELECT ON participation_sums TO training_app, training_worker",
    # Nobody deletes a session, and from now on nobody may: the triggers need not hold it.
    "REVOKE DELETE ON sessions FROM training_worker",
    "ALTER TABLE participations DROP CONSTRAINT fk_participations_session_id",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    # What there is already, while whoever writes waits. The owner migrates, and row-level security is forced on it too.
    op.execute("SET LOCAL statement_timeout = 0")
    op.execute("ALTER TABLE participations NO FORCE ROW LEVEL SECURITY")
    op.execute(FILL)
    op.execute("ALTER TABLE participations FORCE ROW LEVEL SECURITY")
    protect("training", "participation_totals")
    # The whole partnership's may be read, for its analysts; an organisation adds to its own.
    op.execute(
        "ALTER POLICY tenant ON participation_totals WITH CHECK"
        " (partnership_id = circle_partnership() AND organisation_id = circle_organisation())"
    )
