-- +goose Up
-- What an agent knows of its peers, and the messages between them.

CREATE TABLE connections (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    mode TEXT NOT NULL,
    protocol TEXT NOT NULL,
    thread TEXT NOT NULL,
    invitation_id TEXT NOT NULL,
    invitation_msg TEXT NOT NULL,
    invitation_key TEXT NOT NULL,
    mine TEXT NOT NULL,
    auto BOOLEAN NOT NULL,
    mediation_id TEXT NOT NULL,
    inbound_id TEXT NOT NULL,
    alias_mac BLOB,
    their_mac BLOB,
    their_public_mac BLOB,
    error TEXT NOT NULL,
    body_key BLOB,
    body BLOB,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX connections_org ON connections (org_id, id);
-- Both ends of a connection may be of one office.
CREATE UNIQUE INDEX connections_thread ON connections (thread, role, tenant_id, org_id) WHERE thread <> '';
CREATE INDEX connections_their ON connections (their_mac, id) WHERE their_mac IS NOT NULL;
CREATE INDEX connections_public ON connections (their_public_mac, id) WHERE their_public_mac IS NOT NULL;
CREATE INDEX connections_alias ON connections (alias_mac, id) WHERE alias_mac IS NOT NULL;
CREATE INDEX connections_invitation ON connections (invitation_id, id) WHERE invitation_id <> '';
CREATE INDEX connections_message ON connections (invitation_msg, id) WHERE invitation_msg <> '';
CREATE INDEX connections_key ON connections (invitation_key, id) WHERE invitation_key <> '';
CREATE INDEX connections_mine ON connections (mine, id) WHERE mine <> '';

CREATE TABLE recipients (
    verkey TEXT PRIMARY KEY,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    key_id TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    store TEXT NOT NULL,
    public_jwk BLOB,
    sealed BLOB,
    key_created_at BIGINT NOT NULL,
    retired_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX recipients_owner ON recipients (owner);

CREATE TABLE peer_keys (
    mac BLOB NOT NULL,
    connection_id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    PRIMARY KEY (mac, connection_id, tenant_id)
);
CREATE INDEX peer_keys_connection ON peer_keys (connection_id);

-- Those to connect, out of band; member_invitations are others.
CREATE TABLE oob_invitations (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    sender BOOLEAN NOT NULL,
    message_id TEXT NOT NULL,
    state TEXT NOT NULL,
    multi BOOLEAN NOT NULL,
    connection_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    thread TEXT NOT NULL,
    key TEXT NOT NULL,
    body_key BLOB,
    body BLOB,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX oob_invitations_org ON oob_invitations (org_id, id);
CREATE UNIQUE INDEX oob_invitations_message ON oob_invitations (message_id, sender, tenant_id, org_id);
CREATE INDEX oob_invitations_connection ON oob_invitations (connection_id, id) WHERE connection_id <> '';

CREATE TABLE proofs (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    role TEXT NOT NULL,
    door TEXT NOT NULL,
    channel TEXT NOT NULL,
    thread TEXT NOT NULL,
    state TEXT NOT NULL,
    verified BIGINT NOT NULL,
    error TEXT NOT NULL,
    pocket BLOB,
    body_key BLOB,
    body BLOB,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX proofs_org ON proofs (org_id, id);
CREATE UNIQUE INDEX proofs_thread ON proofs (thread, role, door, tenant_id, org_id) WHERE thread <> '';
CREATE INDEX proofs_channel ON proofs (channel, id) WHERE channel <> '';

CREATE TABLE letters (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    way TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    invitation_id TEXT NOT NULL,
    thread TEXT NOT NULL,
    type TEXT NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL,
    subject TEXT NOT NULL,
    failure TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    size BIGINT NOT NULL,
    body_key BLOB,
    body BLOB,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX letters_org ON letters (org_id, id);
CREATE INDEX letters_dead ON letters (org_id, id) WHERE state = 'dead';
CREATE INDEX letters_connection ON letters (connection_id, state, id) WHERE connection_id <> '';
CREATE INDEX letters_invitation ON letters (invitation_id, state, id) WHERE invitation_id <> '';
CREATE INDEX letters_settled ON letters (state, updated_at) WHERE state <> 'waiting';

CREATE TABLE receipts (
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, org_id, digest)
);
CREATE INDEX receipts_at ON receipts (at);

CREATE TABLE notices (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    topic TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_key BLOB,
    body BLOB,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX notices_at ON notices (created_at);
CREATE INDEX notices_subject ON notices (subject);

CREATE TABLE mediations (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    server BOOLEAN NOT NULL,
    connection_id TEXT NOT NULL,
    state TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    routing TEXT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX mediations_org ON mediations (org_id, id);
CREATE UNIQUE INDEX mediations_connection ON mediations (connection_id, server, tenant_id, org_id);

CREATE TABLE mediated_keys (
    mediation_id TEXT NOT NULL,
    verkey TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, mediation_id, verkey)
);

CREATE TABLE agent_settings (
    id TEXT NOT NULL,
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    wallet TEXT NOT NULL,
    search TEXT NOT NULL,
    doc TEXT NOT NULL,
    token_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, org_id)
);
CREATE UNIQUE INDEX agent_settings_wallet ON agent_settings (wallet) WHERE wallet <> '';
CREATE INDEX agent_settings_list ON agent_settings (id) WHERE wallet <> '';

CREATE TABLE metadata (
    tenant_id TEXT NOT NULL,
    org_id TEXT NOT NULL,
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (owner, key, tenant_id, org_id)
);

ALTER TABLE held_credentials ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE held_credentials ADD COLUMN tags TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX held_credentials_name ON held_credentials (name, tenant_id, org_id) WHERE name <> '';
-- An exchange is looked for by its thread, also in the scope of a tenant.
DROP INDEX exchanges_thread;
CREATE UNIQUE INDEX exchanges_thread ON exchanges (thread, role, door, tenant_id, org_id) WHERE thread <> '';
CREATE INDEX exchanges_channel ON exchanges (channel, id) WHERE channel <> '';
