-- +goose Up
CREATE TABLE ledger_accounts (
    ledger TEXT NOT NULL,
    address TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    key_id TEXT NOT NULL REFERENCES keys (id),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (ledger, address)
);

CREATE TABLE ledger_transactions (
    id TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    ledger TEXT NOT NULL,
    object TEXT NOT NULL,
    version TEXT NOT NULL,
    purpose TEXT NOT NULL,
    message BLOB,
    intent BLOB,
    account TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    fee TEXT NOT NULL,
    hash TEXT NOT NULL,
    raw BLOB,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    code TEXT NOT NULL,
    error TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    leased_by TEXT NOT NULL,
    leased_to BIGINT NOT NULL,
    run_at BIGINT NOT NULL
);
CREATE INDEX ledger_transactions_scope ON ledger_transactions (tenant_id, org_id, id);
-- What is under way: one transaction an object.
CREATE UNIQUE INDEX ledger_transactions_object ON ledger_transactions (object, ledger)
    WHERE state IN ('requested', 'prepared', 'sent', 'confirmed');
CREATE INDEX ledger_transactions_open ON ledger_transactions (ledger, id) WHERE state IN ('requested', 'prepared', 'sent', 'confirmed');
