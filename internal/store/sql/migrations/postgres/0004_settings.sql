-- +goose Up
-- What a tenant forbids, and as what a key stands in a DID document.

ALTER TABLE tenants ADD COLUMN forbids_whole BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE identity_keys ADD COLUMN type TEXT NOT NULL DEFAULT '';
