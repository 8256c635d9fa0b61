-- +goose Up
-- Presentations, and what is known of tenants, organisations and people. Names are ordered by their bytes, on both
-- engines alike.

ALTER TABLE tenants ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE tenants ADD COLUMN rights TEXT NOT NULL DEFAULT '';
ALTER TABLE organisations ADD COLUMN profile TEXT NOT NULL DEFAULT '';
ALTER TABLE organisations ADD COLUMN rights TEXT NOT NULL DEFAULT '';
INSERT INTO handles (kind, handle, tenant_id, org_id, object_id)
    SELECT 'organisation', id, tenant_id, id, id FROM organisations;

ALTER TABLE principals ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE principals ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE principals ADD COLUMN given_name TEXT NOT NULL DEFAULT '';
ALTER TABLE principals ADD COLUMN family_name TEXT NOT NULL DEFAULT '';
ALTER TABLE principals ADD COLUMN archived_at BIGINT NOT NULL DEFAULT 0;

ALTER TABLE identities ADD COLUMN use TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN services BLOB;
ALTER TABLE identities ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';

ALTER TABLE credential_types ADD COLUMN external BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE credential_types SET external = TRUE WHERE json_extract(doc, '$.external.enabled');

-- Written when a credential is changed and never when it is made.
ALTER TABLE credentials ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE presentation_definitions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    purpose TEXT NOT NULL,
    wanted TEXT NOT NULL,
    format BLOB,
    document BLOB,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL
);
CREATE INDEX presentation_definitions_scope ON presentation_definitions (tenant_id, org_id, id);

CREATE TABLE presentation_requests (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    door TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    definition_id TEXT NOT NULL,
    definition BLOB,
    client TEXT NOT NULL,
    audience TEXT NOT NULL,
    nonce TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    once BOOLEAN NOT NULL,
    unsigned BLOB,
    signed BLOB,
    status TEXT NOT NULL,
    pocket BLOB,
    revision BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL
);
CREATE INDEX presentation_requests_tenant ON presentation_requests (tenant_id, id);
CREATE INDEX presentation_requests_org ON presentation_requests (org_id, id);

CREATE TABLE submissions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    request_id TEXT NOT NULL REFERENCES presentation_requests (id),
    status TEXT NOT NULL,
    digest BLOB NOT NULL,
    body_key BLOB,
    body BLOB,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    verified_at BIGINT NOT NULL,
    UNIQUE (request_id, digest)
);
CREATE INDEX submissions_request ON submissions (request_id, id);

CREATE TABLE member_invitations (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    email TEXT NOT NULL,
    search TEXT NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    message TEXT NOT NULL,
    grants TEXT NOT NULL,
    secret BLOB,
    principal TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT NOT NULL
);
CREATE INDEX member_invitations_scope ON member_invitations (tenant_id, org_id, id);

CREATE TABLE did_registrations (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    operation TEXT NOT NULL,
    method TEXT NOT NULL,
    did TEXT NOT NULL,
    draft BLOB,
    payload BLOB,
    signers TEXT NOT NULL,
    revision BIGINT NOT NULL,
    principal TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX did_registrations_expiry ON did_registrations (expires_at);
