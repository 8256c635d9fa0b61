-- +goose Up
-- Every row says whose it is: tenant_id and org_id, '' where there is none (status_entries: as its list says).
-- Times are microseconds since 1970, 0 for none; search is a name in lower case.

CREATE TABLE tenants (
    id TEXT PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL
);

CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    may_issue BOOLEAN NOT NULL,
    may_verify BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL
);
CREATE INDEX organisations_tenant ON organisations (tenant_id, id);

CREATE TABLE principals (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    secret BYTEA,
    grants TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
CREATE INDEX principals_scope ON principals (tenant_id, org_id, id);

-- The directory: what leads from outside into a scope.
CREATE TABLE handles (
    kind TEXT NOT NULL,
    handle TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (kind, handle)
);
CREATE INDEX handles_object ON handles (object_id);

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE data_keys (
    tenant_id TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL,
    master_key TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    store TEXT NOT NULL,
    public_jwk BYTEA,
    sealed BYTEA,
    created_at BIGINT NOT NULL
);
CREATE INDEX keys_scope ON keys (tenant_id, org_id, id);

CREATE TABLE identities (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    did TEXT NOT NULL,
    method TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    document BYTEA,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deactivated_at BIGINT NOT NULL
);
CREATE INDEX identities_scope ON identities (tenant_id, org_id, id);
CREATE INDEX identities_did ON identities (did);

CREATE TABLE identity_keys (
    identity_id TEXT NOT NULL REFERENCES identities (id),
    method TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    key_id TEXT NOT NULL REFERENCES keys (id),
    purposes TEXT NOT NULL,
    state TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (identity_id, method)
);

CREATE TABLE schemas (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    latest BIGINT NOT NULL,
    shared_with TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL
);
CREATE INDEX schemas_scope ON schemas (tenant_id, org_id, id);

CREATE TABLE shares (
    schema_id TEXT NOT NULL REFERENCES schemas (id),
    shared_with TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    PRIMARY KEY (schema_id, shared_with)
);

CREATE TABLE schema_versions (
    schema_id TEXT NOT NULL REFERENCES schemas (id),
    version BIGINT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    draft TEXT NOT NULL,
    type_name TEXT NOT NULL,
    document BYTEA,
    digest BYTEA,
    url TEXT NOT NULL,
    context BYTEA,
    context_digest BYTEA,
    context_url TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (schema_id, version)
);

CREATE TABLE contexts (
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    url TEXT NOT NULL,
    search TEXT NOT NULL,
    document BYTEA,
    digest BYTEA,
    source TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, org_id, url)
);

CREATE TABLE credential_types (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    doc TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL
);
CREATE INDEX credential_types_scope ON credential_types (tenant_id, org_id, id);

-- Which schemas a type has had: a schema that a type has had may be in credentials.
CREATE TABLE type_schemas (
    schema_id TEXT NOT NULL,
    type_id TEXT NOT NULL REFERENCES credential_types (id),
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    PRIMARY KEY (schema_id, type_id)
);

-- No foreign keys on what is written with every credential: on PostgreSQL each costs a lock on the parent row.
CREATE TABLE credentials (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    state TEXT NOT NULL,
    standing TEXT NOT NULL,
    elsewhere BOOLEAN NOT NULL,
    released BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    erased_at BIGINT NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    type_id TEXT NOT NULL,
    type_name TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    variant TEXT NOT NULL,
    format TEXT NOT NULL,
    model TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    issuer TEXT NOT NULL,
    method TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    issuance TEXT NOT NULL,
    exchange_id TEXT NOT NULL,
    replaces TEXT NOT NULL,
    door TEXT NOT NULL,
    principal TEXT NOT NULL,
    entries TEXT NOT NULL,
    subject_mac BYTEA,
    recipient_mac BYTEA,
    digest BYTEA,
    body_key BYTEA,
    body BYTEA,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX credentials_org ON credentials (org_id, id);
CREATE INDEX credentials_type ON credentials (org_id, type_id, id);
CREATE INDEX credentials_subject ON credentials (subject_mac, id) WHERE subject_mac IS NOT NULL;
CREATE INDEX credentials_recipient ON credentials (recipient_mac, id) WHERE recipient_mac IS NOT NULL;
CREATE INDEX credentials_exchange ON credentials (exchange_id, id) WHERE exchange_id <> '';
CREATE INDEX credentials_standing ON credentials (org_id, standing, id) WHERE standing <> 'active';

CREATE TABLE status_lists (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    dialect TEXT NOT NULL,
    size BIGINT NOT NULL,
    length BIGINT NOT NULL,
    next BIGINT NOT NULL,
    url TEXT NOT NULL,
    messages TEXT NOT NULL,
    secret BYTEA,
    created_at BIGINT NOT NULL
);
CREATE INDEX status_lists_open ON status_lists (tenant_id, org_id, identity_id, purpose, dialect, size, id);

-- The used indices of a list, by its number. Indices come in no order, so this is small on purpose: which
-- credential has one its row in credentials says.
CREATE TABLE status_entries (
    list BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    PRIMARY KEY (list, idx)
);

CREATE TABLE status_changes (
    list_id TEXT NOT NULL,
    idx BIGINT NOT NULL,
    version BIGINT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    value BIGINT NOT NULL,
    credential_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (list_id, idx, version)
);

-- An entry is written into journal_pending by the act it tells of, and moved into journal when it is given its
-- position.
CREATE TABLE journal_pending (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    principal TEXT NOT NULL,
    door TEXT NOT NULL,
    request TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    event BOOLEAN NOT NULL,
    subject TEXT NOT NULL,
    data BYTEA
);

CREATE TABLE journal (
    tenant_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    action TEXT NOT NULL,
    principal TEXT NOT NULL,
    door TEXT NOT NULL,
    request TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    event BOOLEAN NOT NULL,
    subject TEXT NOT NULL,
    data BYTEA,
    hash BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE INDEX journal_org ON journal (org_id, position);

CREATE TABLE audit_heads (
    tenant_id TEXT PRIMARY KEY,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    mac BYTEA,
    key_id TEXT NOT NULL
);

CREATE TABLE idempotency (
    digest BYTEA PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    body BYTEA,
    credentials TEXT NOT NULL,
    pocket BYTEA,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    payload BYTEA,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    leased_by TEXT NOT NULL,
    leased_to BIGINT NOT NULL,
    error TEXT NOT NULL,
    dead BOOLEAN NOT NULL
);
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE NOT dead;
CREATE INDEX jobs_key ON jobs (tenant_id, key, id) WHERE key <> '' AND NOT dead;
