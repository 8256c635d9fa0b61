-- +goose Up
-- What waits for a signature, or has lapsed, is asked for by who signs elsewhere: among all that were issued there are few.
CREATE INDEX credentials_state ON credentials (org_id, state, id) WHERE state <> 'issued';
