-- +goose Up
-- A thread is its channel's: who has seen the id of a message to somebody else cannot take it.
DROP INDEX exchanges_thread;
CREATE UNIQUE INDEX exchanges_thread ON exchanges (thread, channel, role, door, tenant_id, org_id) WHERE thread <> '';
DROP INDEX proofs_thread;
CREATE UNIQUE INDEX proofs_thread ON proofs (thread, channel, role, door, tenant_id, org_id) WHERE thread <> '';

-- Those that a peer began, and that are not over, are counted by it.
ALTER TABLE exchanges ADD COLUMN by_peer BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE proofs ADD COLUMN by_peer BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE exchanges SET by_peer = TRUE WHERE door = 'didcomm' AND position('"initiator":"external"'::bytea IN pocket) > 0;
UPDATE proofs SET by_peer = TRUE WHERE door = 'didcomm' AND position('"initiator":"external"'::bytea IN pocket) > 0;
CREATE INDEX exchanges_by_peer ON exchanges (channel, tenant_id, org_id)
    WHERE by_peer AND state NOT IN ('accepted', 'declined', 'failed', 'expired');
CREATE INDEX proofs_by_peer ON proofs (channel, tenant_id, org_id) WHERE by_peer AND state NOT IN ('done', 'failed');
