package sql

import "github.com/chancery-vc/chancery/internal/vc"

// InsertExchange writes an exchange; Conflict "duplicate" when its thread on its channel, or its credential, has one.
func (tx *Tx) InsertExchange(e vc.Exchange) error {
	scope, err := tx.in(e.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO exchanges (id, tenant_id, org_id, role, door, channel, thread, offering_id,
		type_id, type_name, schema_id, schema_version, credential_id, held_id, peer_mac, state, hold, error, pocket,
		body_key, body, revision, created_at, updated_at, expires_at, by_peer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
		$23, $24, $25, $26)`,
		e.ID, scope.Tenant, scope.Organisation, string(e.Role), e.Door, e.Channel, e.Thread, e.Offering, e.Type,
		e.TypeName, e.Schema, e.SchemaVersion, e.Credential, e.Held, e.PeerMAC, string(e.State), e.Hold, e.Error,
		e.Pocket, e.BodyKey, e.Body, e.Revision, micros(e.CreatedAt), micros(e.UpdatedAt), micros(e.ExpiresAt), e.ByPeer)
}

// UpdateExchange writes state, hold, credential, held, error, pocket, body, body key, updated at and expires at of an
// exchange whose stored revision is one less; else Conflict "stale". Conflict "duplicate" when its credential has
// another.
func (tx *Tx) UpdateExchange(e vc.Exchange) error {
	n, err := tx.exec(`UPDATE exchanges SET state = $4, hold = $5, credential_id = $6, held_id = $7, error = $8,
		pocket = $9, body_key = $10, body = $11, revision = $12, updated_at = $13, expires_at = $14
		WHERE id = $3 AND revision = $12 - 1 AND `+own,
		e.ID, string(e.State), e.Hold, e.Credential, e.Held, e.Error, e.Pocket, e.BodyKey, e.Body, e.Revision,
		micros(e.UpdatedAt), micros(e.ExpiresAt))
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM exchanges WHERE id = $3 AND `+own, e.ID)
}

// MoveExchange writes the channel of an exchange, its thread where it has none yet, and whatever UpdateExchange writes.
// Conflict "duplicate" when its thread on that channel has another.
func (tx *Tx) MoveExchange(e vc.Exchange) error {
	n, err := tx.exec(`UPDATE exchanges SET channel = $4, thread = $5 WHERE id = $3 AND revision = $6 - 1
		AND thread IN ('', $5) AND `+own, e.ID, e.Channel, e.Thread, e.Revision)
	if err != nil {
		return err
	}
	if n == 0 {
		return tx.behind(`SELECT 1 FROM exchanges WHERE id = $3 AND `+own, e.ID)
	}
	return tx.UpdateExchange(e)
}

// DeleteExchange removes an exchange with all it says.
func (tx *Tx) DeleteExchange(id string) error {
	return changed(tx.exec(`DELETE FROM exchanges WHERE id = $3 AND `+own, id))
}

const exchangeColumns = `SELECT id, tenant_id, org_id, role, door, channel, thread, offering_id, type_id, type_name,
	schema_id, schema_version, credential_id, held_id, peer_mac, state, hold, error, pocket, body_key, body, revision,
	created_at, updated_at, expires_at, by_peer FROM exchanges WHERE `

func scanExchange(r row, e *vc.Exchange) error {
	return r.Scan(&e.ID, &e.Scope.Tenant, &e.Scope.Organisation, (*string)(&e.Role), &e.Door, &e.Channel, &e.Thread,
		&e.Offering, &e.Type, &e.TypeName, &e.Schema, &e.SchemaVersion, &e.Credential, &e.Held, &e.PeerMAC,
		(*string)(&e.State), &e.Hold, &e.Error, &e.Pocket, &e.BodyKey, &e.Body, &e.Revision, at(&e.CreatedAt),
		at(&e.UpdatedAt), at(&e.ExpiresAt), &e.ByPeer)
}

// Exchange gives one exchange.
func (tx *Tx) Exchange(id string) (vc.Exchange, error) {
	return single(tx, scanExchange, exchangeColumns+own+` AND id = $3`, id)
}

// ExchangeForUpdate is Exchange, and no other transaction changes the row before this one ends.
func (tx *Tx) ExchangeForUpdate(id string) (vc.Exchange, error) {
	return single(tx, scanExchange, exchangeColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// ExchangeOfCredential gives the exchange in which a credential is issued, or will be.
func (tx *Tx) ExchangeOfCredential(credential string) (vc.Exchange, error) {
	return single(tx, scanExchange, exchangeColumns+own+` AND credential_id = $3 AND credential_id <> ''
		AND role = 'issuer'`, credential)
}

// ExchangeByThread gives the exchange of a thread on a channel; "" is one too.
func (tx *Tx) ExchangeByThread(role vc.ExchangeRole, door, channel, thread string) (vc.Exchange, error) {
	return single(tx, scanExchange, exchangeColumns+own+ofThread, string(role), door, channel, thread)
}

// ExchangeByThreadForUpdate is ExchangeByThread, and no other transaction changes the row before this one ends.
func (tx *Tx) ExchangeByThreadForUpdate(role vc.ExchangeRole, door, channel, thread string) (vc.Exchange, error) {
	return single(tx, scanExchange, exchangeColumns+own+ofThread+` FOR UPDATE`, string(role), door, channel, thread)
}

// ManyExchangesByPeer says whether a peer has begun so many exchanges on a channel that are not over.
func (tx *Tx) ManyExchangesByPeer(channel string, many int) (yes bool, err error) {
	err = tx.one(`SELECT EXISTS (SELECT 1 FROM exchanges WHERE channel = $3 AND by_peer
		AND state NOT IN ('accepted', 'declined', 'failed', 'expired') AND `+own+` LIMIT 1 OFFSET $4)`, tx.scoped([]any{channel, many - 1}), &yes)
	return yes, err
}

// Exchanges lists exchanges.
func (tx *Tx) Exchanges(q vc.ExchangeQuery) ([]vc.Exchange, error) {
	return every(tx, tx.exchanges(q).page(q.Page), scanExchange)
}

// CountExchanges counts the exchanges of a list.
func (tx *Tx) CountExchanges(q vc.ExchangeQuery) (int, error) { return tx.count(tx.exchanges(q)) }

func (tx *Tx) exchanges(q vc.ExchangeQuery) *list {
	scope := tx.long()
	if q.Thread != "" {
		scope = tx.few()
	}
	l := tx.from(exchangeColumns+scope).
		equal("role", string(q.Role)).
		equal("door", q.Door).
		indexed("offering_id", q.Offering).
		equal("type_id", q.Type).
		indexed("thread", q.Thread).
		indexed("channel", q.Channel)
	if q.PeerMAC != nil {
		l.and("peer_mac = ?", q.PeerMAC)
	}
	return oneOf(l, "state", q.States)
}
