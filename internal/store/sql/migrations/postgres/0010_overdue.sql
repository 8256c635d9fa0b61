-- +goose Up
-- What has had its time is found by it: keys for peers, and invitations without a connection.
CREATE INDEX recipients_retired ON recipients (retired_at) WHERE retired_at <> 0;
CREATE INDEX oob_invitations_expiry ON oob_invitations (expires_at) WHERE expires_at <> 0;
-- What letters about a record still say is found by it, also where the record is gone.
CREATE INDEX letters_subject ON letters (subject) WHERE subject <> '' AND body_key IS NOT NULL;

-- Those that are over already; now it is noted when it happens.
UPDATE oob_invitations SET expires_at = updated_at + 604800000000
WHERE expires_at = 0 AND connection_id = ''
    AND NOT EXISTS (SELECT 1 FROM exchanges e WHERE e.channel = 'oob/' || oob_invitations.id AND e.tenant_id = oob_invitations.tenant_id
        AND e.state NOT IN ('declined', 'failed', 'expired'))
    AND NOT EXISTS (SELECT 1 FROM proofs p WHERE p.channel = 'oob/' || oob_invitations.id AND p.tenant_id = oob_invitations.tenant_id
        AND p.state NOT IN ('done', 'failed'))
    AND NOT EXISTS (SELECT 1 FROM letters l WHERE l.invitation_id = oob_invitations.id AND l.tenant_id = oob_invitations.tenant_id
        AND l.state = 'waiting');
