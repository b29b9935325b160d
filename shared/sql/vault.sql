-- The key database: wrapped subject keys and the audit's anchors. Nothing here can be read without the key ring.
CREATE TABLE IF NOT EXISTS subject_keys (
  service text NOT NULL,
  partnership_id uuid NOT NULL,
  subject_kind text NOT NULL CHECK (subject_kind IN ('person', 'case')),
  subject_id uuid NOT NULL,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  destroyed_at timestamptz,
  PRIMARY KEY (service, partnership_id, subject_kind, subject_id)
);
CREATE INDEX IF NOT EXISTS ix_subject_keys_destroyed ON subject_keys (service, partnership_id, subject_kind)
  WHERE destroyed_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS audit_anchors (
  service text NOT NULL,
  partnership_id uuid NOT NULL,
  position bigint NOT NULL,
  head bytea NOT NULL,
  anchored_at timestamptz NOT NULL DEFAULT now(),
  signature bytea NOT NULL,
  PRIMARY KEY (service, partnership_id, position)
);
ALTER TABLE subject_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_keys FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_anchors ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_anchors FORCE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own_service ON subject_keys;
CREATE POLICY own_service ON subject_keys USING (current_user = service || '_vault') WITH CHECK (current_user = service || '_vault');
DROP POLICY IF EXISTS own_service ON audit_anchors;
CREATE POLICY own_service ON audit_anchors USING (current_user = service || '_vault') WITH CHECK (current_user = service || '_vault');
