-- +goose Up
-- What credential types have on ledgers: schemas, and status lists with a version for each publication.
ALTER TABLE status_lists ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE ledger_transactions ADD COLUMN ceiling TEXT NOT NULL DEFAULT '';

CREATE TABLE publications (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    version BIGINT NOT NULL,
    type_id TEXT NOT NULL,
    identity_id TEXT NOT NULL,
    did TEXT NOT NULL,
    pause BIGINT NOT NULL,
    ceiling TEXT NOT NULL,
    named BOOLEAN NOT NULL,
    name TEXT NOT NULL,
    resource TEXT NOT NULL,
    job TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    tx TEXT NOT NULL,
    sent BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    url TEXT NOT NULL,
    failures BIGINT NOT NULL,
    code TEXT NOT NULL,
    error TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    published_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX publications_object ON publications (object, version, identity_id);
CREATE INDEX publications_type ON publications (type_id, id);
CREATE INDEX publications_failing ON publications (id) WHERE code <> '';
