-- +goose Up
-- Offerings and exchanges, wallets, logins by DID, versions of schemas that are known by ids of their own.

CREATE TABLE offerings (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    type_id TEXT NOT NULL,
    type_name TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    door TEXT NOT NULL,
    principal TEXT NOT NULL,
    state TEXT NOT NULL,
    targeted BOOLEAN NOT NULL,
    recipient_mac BLOB,
    lim BIGINT NOT NULL,
    redeemed BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    withdrawn_at BIGINT NOT NULL,
    body_key BLOB,
    body BLOB,
    pocket BLOB,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (lim = 0 OR redeemed <= lim) -- whatever a program forgets
);
CREATE INDEX offerings_org ON offerings (org_id, id);
CREATE INDEX offerings_recipient ON offerings (recipient_mac, id) WHERE recipient_mac IS NOT NULL;
CREATE INDEX offerings_schema ON offerings (schema_id, schema_version) WHERE withdrawn_at = 0;

CREATE TABLE redemptions (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    offering_id TEXT NOT NULL,
    exchange_id TEXT NOT NULL,
    credential_id TEXT NOT NULL,
    holder_mac BLOB,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX redemptions_offering ON redemptions (offering_id, id);

CREATE TABLE exchanges (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    role TEXT NOT NULL,
    door TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    offering_id TEXT NOT NULL,
    type_id TEXT NOT NULL,
    type_name TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    credential_id TEXT NOT NULL,
    held_id TEXT NOT NULL,
    peer_mac BLOB,
    state TEXT NOT NULL,
    hold BOOLEAN NOT NULL,
    error TEXT NOT NULL,
    pocket BLOB,
    body_key BLOB,
    body BLOB,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX exchanges_org ON exchanges (org_id, id);
CREATE UNIQUE INDEX exchanges_thread ON exchanges (tenant_id, org_id, role, door, thread) WHERE thread <> '';
CREATE UNIQUE INDEX exchanges_credential ON exchanges (tenant_id, credential_id) WHERE credential_id <> '' AND role = 'issuer';
CREATE INDEX exchanges_offering ON exchanges (offering_id, id) WHERE offering_id <> '';
CREATE INDEX exchanges_peer ON exchanges (peer_mac, id) WHERE peer_mac IS NOT NULL;
CREATE INDEX exchanges_open ON exchanges (schema_id, schema_version)
    WHERE state IN ('proposed', 'offered', 'requested', 'deferred', 'signing');

-- types holds a JSON string a line, each between two ends of lines.
CREATE TABLE held_credentials (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    types TEXT NOT NULL,
    issuer TEXT NOT NULL,
    network TEXT NOT NULL,
    schema_url TEXT NOT NULL,
    version TEXT NOT NULL,
    format TEXT NOT NULL,
    model TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    subject_mac BLOB,
    digest BLOB NOT NULL,
    exchange_id TEXT NOT NULL,
    standing TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    issued_at BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    body_key BLOB,
    body BLOB,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, org_id, digest)
);
CREATE INDEX held_credentials_org ON held_credentials (org_id, id);
CREATE INDEX held_credentials_subject ON held_credentials (subject_mac, id) WHERE subject_mac IS NOT NULL;

CREATE TABLE replies (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    door TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT NOT NULL,
    pocket BLOB,
    body_key BLOB,
    body BLOB,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX replies_thread ON replies (tenant_id, org_id, door, thread) WHERE thread <> '';

CREATE TABLE login_codes (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    door TEXT NOT NULL,
    audience TEXT NOT NULL,
    secret BLOB NOT NULL,
    body_key BLOB,
    body BLOB,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX login_codes_expiry ON login_codes (expires_at);

-- A client is found by its secret alone.
ALTER TABLE principals ADD COLUMN previous BLOB;
ALTER TABLE principals ADD COLUMN previous_until BIGINT NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO handles (kind, handle, tenant_id, org_id, object_id)
    SELECT 'client-secret', lower(hex(secret)), tenant_id, org_id, id FROM principals
    WHERE kind = 'client' AND length(secret) > 0 AND revoked_at = 0;

ALTER TABLE schema_versions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE schema_versions ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE schema_versions ADD COLUMN withdrawn_at BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX schema_versions_id ON schema_versions (tenant_id, id) WHERE id <> '';
CREATE INDEX credentials_schema ON credentials (schema_id, schema_version) WHERE schema_id <> '';

ALTER TABLE credential_types ADD COLUMN line TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX credential_types_line ON credential_types (tenant_id, org_id, line) WHERE line <> '';

CREATE INDEX status_lists_org ON status_lists (org_id, id);

ALTER TABLE presentation_definitions ADD COLUMN query BLOB;
ALTER TABLE presentation_definitions ADD COLUMN domains TEXT NOT NULL DEFAULT '';

ALTER TABLE presentation_requests ADD COLUMN by_state BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE presentation_requests ADD COLUMN login BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE presentation_requests ADD COLUMN domains TEXT NOT NULL DEFAULT '';
ALTER TABLE presentation_requests ADD COLUMN push TEXT NOT NULL DEFAULT '';
ALTER TABLE presentation_requests ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
CREATE INDEX presentation_requests_login ON presentation_requests (expires_at) WHERE login;

-- A list is secured as the credentials in it are, for readers who do not say what they take.
ALTER TABLE status_lists ADD COLUMN format TEXT NOT NULL DEFAULT 'jwtvc';
