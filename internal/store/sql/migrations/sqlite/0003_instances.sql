-- +goose Up
-- Issuers and verifiers of the W3C's API, and whole credentials.

CREATE TABLE instances (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    doc TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    archived_at BIGINT NOT NULL,
    UNIQUE (tenant_id, slug)
);
CREATE INDEX instances_scope ON instances (tenant_id, org_id, id);

ALTER TABLE credentials ADD COLUMN document_mac BLOB;
CREATE INDEX credentials_document ON credentials (document_mac, id) WHERE document_mac IS NOT NULL;
-- What is found by its id to be revoked is one credential.
CREATE UNIQUE INDEX credentials_named ON credentials (document_mac) WHERE document_mac IS NOT NULL AND entries <> '';
