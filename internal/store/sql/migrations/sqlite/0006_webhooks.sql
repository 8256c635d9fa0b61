-- +goose Up
-- Webhooks, and the deliveries that did not succeed at once.

CREATE TABLE webhooks (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    name TEXT NOT NULL,
    search TEXT NOT NULL,
    form TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    header_names TEXT NOT NULL,
    body_key BLOB,
    body BLOB,
    previous_until BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    disabled_at BIGINT NOT NULL,
    disabled_for TEXT NOT NULL,
    position BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    failing_since BIGINT NOT NULL,
    delivered_at BIGINT NOT NULL,
    leased_by TEXT NOT NULL,
    leased_to BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX webhooks_org ON webhooks (org_id, id);
CREATE INDEX webhooks_enabled ON webhooks (leased_to) WHERE disabled_at = 0;

CREATE TABLE webhook_deliveries (
    tenant_id TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    status BIGINT NOT NULL,
    failure TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, webhook_id, position)
);
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (webhook_id, state, position);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_id, key, position) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (updated_at) WHERE state <> 'pending';
