-- What is sealed together gets its terms by one statement; one call of a function for each entry took most of the sealer's time.
CREATE OR REPLACE FUNCTION audit_index() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
  BEGIN
    INSERT INTO audit_terms
    SELECT l.partnership_id, encode(substring(sha256(convert_to(n.kind || ':' || n.value, 'UTF8')) FOR 16), 'hex')::uuid,
      (l.said ->> 'changed')::boolean, l.recorded_at, l.id
    FROM (
      -- OFFSET 0: an entry is read once, not once for each thing that it says.
      SELECT a.id, a.partnership_id, a.recorded_at, a.entry::jsonb AS said
      FROM linked c JOIN audit_log a ON a.id = c.audit_id OFFSET 0
    ) l, LATERAL (
      SELECT 'subject' AS kind, ids.id AS value
      FROM jsonb_each(l.said -> 'seen') AS seen, jsonb_array_elements_text(seen.value) AS ids(id)
      UNION ALL SELECT 'actor', l.said ->> 'actor'
      UNION ALL SELECT 'actor', l.said ->> 'person'
      UNION ALL SELECT 'organisation', l.said ->> 'organisation'
      UNION ALL SELECT 'action', l.said ->> 'action'
    ) n WHERE n.value <> '' AND l.said ->> 'changed' IS NOT NULL
    ON CONFLICT DO NOTHING;
  EXCEPTION WHEN data_exception THEN
    -- One of them cannot be read, which only a forger can have put there: each by itself.
    INSERT INTO audit_terms SELECT l.partnership_id, t.term, t.changed, l.recorded_at, l.id
    FROM linked c JOIN audit_log l ON l.id = c.audit_id, audit_terms_of(l.entry) t
    ON CONFLICT DO NOTHING;
  END;
  RETURN NULL;
END $$;
