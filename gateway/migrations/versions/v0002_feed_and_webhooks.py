"""The event feed, webhook endpoints, their deliveries and attempts."""

from alembic import op

from shared.migrations import protect

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for statement in TABLES.split(";\n"):
        op.execute(statement)
    # The feed: the app reads what the caller's organisation may see at this moment; only the worker writes.
    protect("gateway", "feed", app="SELECT")
    protect("gateway", "feed_counters", app="SELECT")
    protect("gateway", "webhook_endpoints")
    protect("gateway", "deliveries")
    protect("gateway", "attempts", app="SELECT")
    for statement in POLICIES.split(";\n"):
        op.execute(statement)


TABLES = """
CREATE TABLE feed (
  id uuid CONSTRAINT pk_feed PRIMARY KEY,
  partnership_id uuid NOT NULL,
  type text NOT NULL,
  family_id uuid,
  parts text[],
  audience uuid[] NOT NULL,
  document text NOT NULL,
  happened_at timestamptz NOT NULL,
  stored_at timestamptz NOT NULL,
  number bigint
);
CREATE UNIQUE INDEX uq_feed_number ON feed (partnership_id, number);
CREATE INDEX ix_feed_happened ON feed (partnership_id, happened_at);
CREATE TABLE feed_waiting (
  seq bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_feed_waiting PRIMARY KEY,
  event_id uuid NOT NULL,
  partnership_id uuid NOT NULL
);
CREATE UNIQUE INDEX uq_feed_waiting_event_id ON feed_waiting (event_id);
CREATE TABLE feed_counters (
  partnership_id uuid CONSTRAINT pk_feed_counters PRIMARY KEY,
  last bigint NOT NULL DEFAULT 0
);
CREATE TABLE webhook_endpoints (
  id uuid CONSTRAINT pk_webhook_endpoints PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  organisation_id uuid NOT NULL,
  url text NOT NULL,
  description text NOT NULL,
  event_types text[] NOT NULL,
  state text NOT NULL CONSTRAINT ck_webhook_endpoints_state CHECK (state IN ('enabled', 'paused', 'disabled')),
  secret bytea NOT NULL,
  former_secret bytea,
  former_until timestamptz,
  created_at timestamptz NOT NULL,
  failing_since timestamptz,
  last_success_at timestamptz
);
CREATE INDEX ix_webhook_endpoints_organisation_id ON webhook_endpoints (partnership_id, organisation_id);
CREATE TABLE deliveries (
  endpoint_id uuid NOT NULL CONSTRAINT fk_deliveries_endpoint_id REFERENCES webhook_endpoints,
  event_id uuid NOT NULL,
  partnership_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  event_type text NOT NULL,
  urgent boolean NOT NULL,
  state text NOT NULL
    CONSTRAINT ck_deliveries_state CHECK (state IN ('pending', 'delivered', 'failed', 'withheld')),
  tries integer NOT NULL DEFAULT 0,
  queued_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  delivered_at timestamptz,
  document text,
  CONSTRAINT pk_deliveries PRIMARY KEY (endpoint_id, event_id)
);
CREATE INDEX ix_deliveries_pending ON deliveries (endpoint_id, urgent, due_at) WHERE state = 'pending';
CREATE TABLE attempts (
  id uuid CONSTRAINT pk_attempts PRIMARY KEY,
  partnership_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  event_id uuid NOT NULL,
  number integer NOT NULL,
  started_at timestamptz NOT NULL,
  duration_ms integer NOT NULL,
  outcome text NOT NULL,
  status integer
);
CREATE INDEX ix_attempts_endpoint_id ON attempts (endpoint_id, id);
CREATE INDEX ix_attempts_event_id ON attempts (endpoint_id, event_id, id)
"""

# Seen: the organisation was in the audience then, and has access to the case now, in a part that may hear of the type.
# A delivery is seen while its event is; feed_waiting and deliveries hold ids only, and the worker looks for work in
# all partnerships before it goes on in one of them.
POLICIES = """
ALTER POLICY tenant ON feed USING (
  partnership_id = circle_partnership() AND circle_organisation() = ANY(audience)
  AND (family_id IS NULL OR (case_visible(family_id) AND (parts IS NULL OR EXISTS (
    SELECT 1 FROM case_access a WHERE a.family_id = feed.family_id
      AND a.organisation_id = circle_organisation() AND a.part = ANY(feed.parts))))));
ALTER POLICY tenant ON deliveries USING (
  partnership_id = circle_partnership() AND organisation_id = circle_organisation()
  AND (document IS NOT NULL OR EXISTS (SELECT 1 FROM feed f WHERE f.id = event_id)))
  WITH CHECK (partnership_id = circle_partnership() AND organisation_id = circle_organisation());
ALTER POLICY tenant ON attempts USING (
  partnership_id = circle_partnership() AND organisation_id = circle_organisation());
CREATE POLICY every_tenant ON deliveries FOR SELECT TO gateway_worker USING (true);
ALTER TABLE feed_waiting ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed_waiting FORCE ROW LEVEL SECURITY;
CREATE POLICY every_tenant ON feed_waiting TO gateway_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON feed_waiting TO gateway_worker;
-- The sender seals the key of webhook secrets anew when the key ring has rotated.
GRANT UPDATE ON platform_secrets TO gateway_worker
"""
