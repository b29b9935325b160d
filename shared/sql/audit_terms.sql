-- By what the audit is searched: one row per sealed entry and term. A term is a digest of 'subject:<id>', 'actor:<id>',
-- 'organisation:<id>' or 'action:<method and route>'; nothing is here that the entry does not say. {s} is the service's name.
CREATE TABLE IF NOT EXISTS audit_terms (
  partnership_id uuid NOT NULL,
  term uuid NOT NULL,
  changed boolean NOT NULL,
  recorded_at timestamptz NOT NULL,
  audit_id uuid NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS audit_terms_in_order ON audit_terms (partnership_id, term, changed, recorded_at, audit_id);

-- An entry that cannot be read, which only a forger can have put there, has no terms and does not hold up the sealer.
CREATE OR REPLACE FUNCTION audit_terms_of(entry text) RETURNS TABLE (term uuid, changed boolean)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE said jsonb;
BEGIN
  said := entry::jsonb;
  RETURN QUERY SELECT DISTINCT encode(substring(sha256(convert_to(n.kind || ':' || n.value, 'UTF8')) FOR 16), 'hex')::uuid,
    (said ->> 'changed')::boolean
  FROM (
    SELECT 'subject' AS kind, ids.id AS value
    FROM jsonb_each(said -> 'seen') AS seen, jsonb_array_elements_text(seen.value) AS ids(id)
    UNION ALL SELECT 'actor', said ->> 'actor'
    UNION ALL SELECT 'actor', said ->> 'person'
    UNION ALL SELECT 'organisation', said ->> 'organisation'
    UNION ALL SELECT 'action', said ->> 'action'
  ) n WHERE n.value <> '' AND said ->> 'changed' IS NOT NULL;
EXCEPTION WHEN data_exception THEN RETURN;
END $$;

-- Filled where rows are sealed, behind the transactions that wrote them, whichever version of the sealer runs.
CREATE OR REPLACE FUNCTION audit_index() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO audit_terms SELECT l.partnership_id, t.term, t.changed, l.recorded_at, l.id
  FROM linked c JOIN audit_log l ON l.id = c.audit_id, audit_terms_of(l.entry) t
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER searchable AFTER INSERT ON audit_chain REFERENCING NEW TABLE AS linked
  FOR EACH STATEMENT EXECUTE FUNCTION audit_index();
CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_terms
  FOR EACH STATEMENT EXECUTE FUNCTION circle_refuse_change();

GRANT SELECT ON audit_terms TO {s}_app;
GRANT SELECT, INSERT ON audit_terms TO {s}_worker;
ALTER TABLE audit_terms ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS tenant ON audit_terms;
CREATE POLICY tenant ON audit_terms TO {s}_app USING (partnership_id = circle_partnership());
DROP POLICY IF EXISTS every_tenant ON audit_terms;
CREATE POLICY every_tenant ON audit_terms TO {s}_worker USING (true) WITH CHECK (true);
