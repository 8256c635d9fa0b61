-- +goose Up
-- Presentations, and what is known of tenants, organisations and people. Names are ordered by their bytes, on both
-- engines alike.

ALTER TABLE tenants ALTER COLUMN search TYPE TEXT COLLATE "C";
ALTER TABLE organisations ALTER COLUMN search TYPE TEXT COLLATE "C";
ALTER TABLE principals ALTER COLUMN search TYPE TEXT COLLATE "C";
ALTER TABLE identities ALTER COLUMN search TYPE TEXT COLLATE "C";
ALTER TABLE schemas ALTER COLUMN search TYPE TEXT COLLATE "C";
ALTER TABLE contexts ALTER COLUMN search TYPE TEXT COLLATE "C";
ALTER TABLE credential_types ALTER COLUMN search TYPE TEXT COLLATE "C";

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
ALTER TABLE identities ADD COLUMN services BYTEA;
ALTER TABLE identities ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
ALTER TABLE identities ADD COLUMN updated_by TEXT NOT NULL DEFAULT '';

ALTER TABLE credential_types ADD COLUMN external BOOLEAN NOT NULL DEFAULT FALSE;
-- Not read as JSON: evidence in it may have escapes that PostgreSQL refuses.
UPDATE credential_types SET external = TRUE WHERE
    doc ~ '"external":\{("url":"([^"\\]|\\.)*",)?"enabled":true(,"connections":true)?\}(,"variants":\[.*\])?\}$';

-- Written when a credential is changed and never when it is made.
ALTER TABLE credentials ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE presentation_definitions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT COLLATE "C" NOT NULL,
    purpose TEXT NOT NULL,
    wanted TEXT NOT NULL,
    format BYTEA,
    document BYTEA,
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
    search TEXT COLLATE "C" NOT NULL,
    definition_id TEXT NOT NULL,
    definition BYTEA,
    client TEXT NOT NULL,
    audience TEXT NOT NULL,
    nonce TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    once BOOLEAN NOT NULL,
    unsigned BYTEA,
    signed BYTEA,
    status TEXT NOT NULL,
    pocket BYTEA,
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
    digest BYTEA NOT NULL,
    body_key BYTEA,
    body BYTEA,
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
    search TEXT COLLATE "C" NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    message TEXT NOT NULL,
    grants TEXT NOT NULL,
    secret BYTEA,
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
    draft BYTEA,
    payload BYTEA,
    signers TEXT NOT NULL,
    revision BIGINT NOT NULL,
    principal TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX did_registrations_expiry ON did_registrations (expires_at);
