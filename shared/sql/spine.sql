-- The spine's tables, the same in every service's database. {s} is the service's name.
CREATE FUNCTION circle_partnership() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('circle.partnership', true), '')::uuid $$;
CREATE FUNCTION circle_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('circle.organisation', true), '')::uuid $$;
CREATE FUNCTION circle_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('circle.person', true), '')::uuid $$;
CREATE FUNCTION circle_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT current_setting('circle.scope', true) $$;

-- Who may see which family's case. The referral service decides it; the others keep a copy.
CREATE TABLE case_access (
  partnership_id uuid NOT NULL,
  family_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  part text NOT NULL,
  person_id uuid,
  UNIQUE NULLS NOT DISTINCT (family_id, organisation_id, part, person_id)
);
CREATE INDEX case_access_by_organisation ON case_access (partnership_id, organisation_id, family_id);
CREATE TABLE case_access_revisions (
  family_id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  revision bigint NOT NULL
);
CREATE FUNCTION case_visible(family uuid) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT circle_scope() = 'service' OR EXISTS (
    SELECT 1 FROM case_access a
    WHERE a.family_id = family AND a.organisation_id = circle_organisation()
      AND (a.person_id = circle_person() OR (a.person_id IS NULL AND circle_scope() = 'organisation')))
$$;

CREATE TABLE status_history (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  subject_kind text NOT NULL,
  subject_id uuid NOT NULL,
  family_id uuid,
  from_status text,
  to_status text NOT NULL,
  reason_code text,
  actor text NOT NULL,
  actor_organisation uuid,
  happened_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX status_history_by_subject ON status_history (subject_id, recorded_at);

CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  entry text NOT NULL,
  mac bytea NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX audit_log_by_time ON audit_log (partnership_id, recorded_at, id);
CREATE TABLE audit_unsealed (
  audit_id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX audit_unsealed_by_xid ON audit_unsealed (xid);
CREATE TABLE audit_chain (
  partnership_id uuid NOT NULL,
  position bigint NOT NULL,
  audit_id uuid NOT NULL UNIQUE,
  link bytea NOT NULL,
  sealed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (partnership_id, position)
);

CREATE TABLE idempotency_keys (
  scope text NOT NULL,
  key text NOT NULL,
  partnership_id uuid NOT NULL,
  family_id uuid,
  fingerprint bytea NOT NULL,
  answer bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE outbox (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  partnership_id uuid NOT NULL,
  topic text NOT NULL,
  key text NOT NULL,
  headers jsonb NOT NULL,
  data text NOT NULL
);
CREATE TABLE inbox (
  handler text NOT NULL,
  event_id uuid NOT NULL,
  handled_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (handler, event_id)
);
CREATE TABLE dead_letters (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  handler text NOT NULL,
  key text NOT NULL,
  event_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  type text NOT NULL,
  topic text NOT NULL,
  headers jsonb NOT NULL,
  data text NOT NULL,
  cause text NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (handler, event_id)
);
CREATE INDEX dead_letters_by_key ON dead_letters (handler, key, seq);

CREATE TABLE clocks (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  family_id uuid,
  due_at timestamptz NOT NULL,
  look_at timestamptz NOT NULL,
  calendar_version text,
  stopped_at timestamptz,
  raised_at timestamptz,
  UNIQUE (kind, subject_id)
);
CREATE INDEX clocks_running ON clocks (look_at) WHERE stopped_at IS NULL AND raised_at IS NULL;

-- How the worker of this service does: one row, written every few seconds.
CREATE TABLE worker_state (
  name text PRIMARY KEY,
  lag bigint NOT NULL,
  seen_at timestamptz NOT NULL
);

CREATE FUNCTION circle_refuse_change() RETURNS trigger LANGUAGE plpgsql
  AS $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '42501'; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON status_history
  FOR EACH STATEMENT EXECUTE FUNCTION circle_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION circle_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION circle_refuse_change();

GRANT USAGE ON SCHEMA public TO {s}_app, {s}_worker;
GRANT SELECT, INSERT ON status_history, audit_log TO {s}_app, {s}_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON case_access, case_access_revisions, clocks TO {s}_app, {s}_worker;
GRANT SELECT, INSERT ON idempotency_keys TO {s}_app;
GRANT INSERT ON outbox, audit_unsealed TO {s}_app;
GRANT SELECT, INSERT, DELETE ON outbox, audit_unsealed, dead_letters, inbox TO {s}_worker;
GRANT SELECT, INSERT, DELETE ON idempotency_keys TO {s}_worker;
GRANT SELECT, INSERT ON audit_chain TO {s}_worker;
GRANT SELECT ON audit_chain TO {s}_app;
GRANT UPDATE ON dead_letters TO {s}_worker;
GRANT SELECT, INSERT, UPDATE ON worker_state TO {s}_worker;

DO $do$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['case_access', 'case_access_revisions', 'status_history', 'audit_log', 'audit_unsealed', 'audit_chain',
                           'idempotency_keys', 'outbox', 'inbox', 'dead_letters', 'clocks', 'worker_state'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['case_access', 'case_access_revisions', 'audit_log', 'audit_chain', 'outbox', 'audit_unsealed', 'clocks'] LOOP
    EXECUTE format('CREATE POLICY tenant ON %I TO {s}_app USING (partnership_id = circle_partnership()) WITH CHECK (partnership_id = circle_partnership())', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['case_access', 'case_access_revisions', 'status_history'] LOOP
    EXECUTE format('CREATE POLICY tenant_worker ON %I TO {s}_worker USING (partnership_id = circle_partnership()) WITH CHECK (partnership_id = circle_partnership())', t);
  END LOOP;
  FOREACH t IN ARRAY ARRAY['outbox', 'inbox', 'dead_letters', 'clocks', 'audit_log', 'audit_unsealed', 'audit_chain', 'idempotency_keys', 'worker_state'] LOOP
    EXECUTE format('CREATE POLICY every_tenant ON %I TO {s}_worker USING (true) WITH CHECK (true)', t);
  END LOOP;
END $do$;
CREATE POLICY tenant_case ON status_history TO {s}_app
  USING (partnership_id = circle_partnership() AND (family_id IS NULL OR case_visible(family_id)))
  WITH CHECK (partnership_id = circle_partnership());
CREATE POLICY tenant_case ON idempotency_keys TO {s}_app
  USING (partnership_id = circle_partnership() AND (family_id IS NULL OR case_visible(family_id)))
  WITH CHECK (partnership_id = circle_partnership());
