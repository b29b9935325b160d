"""The spine's tables, identity, and the token issuer's own."""

from alembic import op

from shared.migrations import create_spine, protect, script

revision = "0001"
down_revision = None

# The partnership of the platform's own administrators; the same in gateway/identity/domain.py.
PLATFORM = "00000000-0000-7000-8000-000000000001"

IDENTITY = """
CREATE TABLE partnerships (
  id uuid PRIMARY KEY,
  version integer NOT NULL,
  name text NOT NULL,
  scheme_name text NOT NULL,
  settings jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT uq_partnerships_name UNIQUE (name)
);
CREATE TABLE organisations (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL CONSTRAINT fk_organisations_partnership_id REFERENCES partnerships (id),
  version integer NOT NULL,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('la', 'scheme', 'vcs', 'faith', 'statutory', 'platform')),
  sector text,
  created_at timestamptz NOT NULL,
  CONSTRAINT uq_organisations_partnership_id_name UNIQUE (partnership_id, name)
);
CREATE TABLE people (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL CONSTRAINT fk_people_partnership_id REFERENCES partnerships (id),
  version integer NOT NULL,
  reference text,
  display_name bytea NOT NULL,
  email bytea NOT NULL,
  password_hash text,
  invitation_hash bytea,
  invitation_until timestamptz,
  signed_out_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT uq_people_partnership_id_reference UNIQUE (partnership_id, reference)
);
CREATE TABLE memberships (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  person_id uuid NOT NULL CONSTRAINT fk_memberships_person_id REFERENCES people (id),
  organisation_id uuid NOT NULL CONSTRAINT fk_memberships_organisation_id REFERENCES organisations (id),
  roles text[] NOT NULL CHECK (cardinality(roles) > 0),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz,
  CHECK (ends_at >= starts_at)
);
CREATE INDEX ix_memberships_person_id ON memberships (person_id);
CREATE INDEX ix_memberships_organisation_id ON memberships (organisation_id);
CREATE TABLE clients (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  version integer NOT NULL,
  organisation_id uuid NOT NULL CONSTRAINT fk_clients_organisation_id REFERENCES organisations (id),
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('partner', 'intake', 'administration')),
  status text NOT NULL CHECK (status IN ('active', 'revoked')),
  roles text[] NOT NULL CHECK (cardinality(roles) > 0),
  secret_hash bytea,
  former_secret_hash bytea,
  former_secret_until timestamptz,
  public_key jsonb,
  created_at timestamptz NOT NULL,
  CHECK (num_nonnulls(secret_hash, public_key) = 1),
  CONSTRAINT uq_clients_partnership_id_name UNIQUE (partnership_id, name)
);
CREATE INDEX ix_clients_organisation_id ON clients (organisation_id);

-- Looked into before anybody's partnership is known: keyed digests and ids, never a name or an address.
CREATE TABLE sign_in_names (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('email', 'client', 'external')),
  name bytea NOT NULL,
  person_id uuid CONSTRAINT fk_sign_in_names_person_id REFERENCES people (id),
  client_id uuid CONSTRAINT fk_sign_in_names_client_id REFERENCES clients (id),
  organisation_id uuid,
  issuer text,
  created_at timestamptz NOT NULL,
  CHECK (num_nonnulls(person_id, client_id) = 1),
  CONSTRAINT uq_sign_in_names_name_partnership_id UNIQUE (name, partnership_id)
);
CREATE INDEX ix_sign_in_names_person_id ON sign_in_names (person_id);
CREATE INDEX ix_sign_in_names_client_id ON sign_in_names (client_id);
"""

TOKENS = """
CREATE TABLE platform_secrets (
  name text PRIMARY KEY,
  sealed bytea NOT NULL
);
CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  public_key jsonb NOT NULL,
  private_key bytea NOT NULL,
  signs_from timestamptz NOT NULL,
  withdrawn_at timestamptz
);
CREATE TABLE authorization_codes (
  id bytea PRIMARY KEY,
  partnership_id uuid NOT NULL,
  client_id text NOT NULL,
  person_id uuid NOT NULL,
  organisation_id uuid NOT NULL,
  redirect_uri text NOT NULL,
  challenge text NOT NULL,
  scope text NOT NULL,
  expires_at timestamptz NOT NULL,
  token_id text
);
CREATE INDEX ix_authorization_codes_expires_at ON authorization_codes (expires_at);
CREATE TABLE revocations (
  id uuid PRIMARY KEY,
  partnership_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('token', 'client', 'subject')),
  value text NOT NULL,
  revoked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX ix_revocations_expires_at ON revocations (expires_at);
CREATE TABLE sign_in_failures (
  id uuid PRIMARY KEY,
  bucket bytea NOT NULL,
  failed_at timestamptz NOT NULL
);
CREATE INDEX ix_sign_in_failures_bucket_failed_at ON sign_in_failures (bucket, failed_at);
CREATE TABLE used_assertions (
  id bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
"""

# What belongs to no partnership: the app and the worker see all of it.
SHARED = {
    "platform_secrets": ("SELECT, INSERT, UPDATE", "SELECT"),
    "signing_keys": ("SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"),
    "sign_in_failures": ("SELECT, INSERT, DELETE", "SELECT, DELETE"),
    "used_assertions": ("SELECT, INSERT", "SELECT, DELETE"),
}


def upgrade() -> None:
    create_spine("gateway")
    script(IDENTITY)
    script(TOKENS)
    for table in ("organisations", "people", "memberships", "clients"):
        protect("gateway", table)
    protect("gateway", "sign_in_names", app="SELECT, INSERT, UPDATE, DELETE")
    protect("gateway", "authorization_codes")
    protect("gateway", "revocations", app="SELECT, INSERT")
    _protect_partnerships()
    for table, (app, worker) in SHARED.items():
        _share(table, app, worker)
    for table in ("sign_in_names", "revocations"):
        op.execute(f"CREATE POLICY before_sign_in ON {table} FOR SELECT TO gateway_app USING (true)")
    for table in ("authorization_codes", "revocations"):
        op.execute(f"CREATE POLICY every_tenant ON {table} TO gateway_worker USING (true) WITH CHECK (true)")


def _protect_partnerships() -> None:
    """Everybody sees their own; the platform's administrators see all, and enter one to change it."""
    for statement in (
        "ALTER TABLE partnerships ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE partnerships FORCE ROW LEVEL SECURITY",
        "CREATE POLICY tenant ON partnerships TO gateway_app"
        " USING (id = circle_partnership()) WITH CHECK (id = circle_partnership())",
        f"CREATE POLICY platform ON partnerships FOR SELECT TO gateway_app USING (circle_partnership() = '{PLATFORM}')",
        "CREATE POLICY tenant_worker ON partnerships TO gateway_worker"
        " USING (id = circle_partnership()) WITH CHECK (id = circle_partnership())",
        "GRANT SELECT, INSERT, UPDATE ON partnerships TO gateway_app",
        "GRANT SELECT ON partnerships TO gateway_worker",
    ):
        op.execute(statement)


def _share(table: str, app: str, worker: str) -> None:
    for statement in (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY platform_wide ON {table} TO gateway_app, gateway_worker USING (true) WITH CHECK (true)",
        f"GRANT {app} ON {table} TO gateway_app",
        f"GRANT {worker} ON {table} TO gateway_worker",
    ):
        op.execute(statement)
