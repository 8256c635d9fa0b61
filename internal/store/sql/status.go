package sql

import (
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertStatusList writes a list and its public handle.
func (tx *Tx) InsertStatusList(l vc.StatusList) error {
	scope, err := tx.in(l.Scope)
	if err != nil {
		return err
	}
	messages := make([]messageDoc, len(l.Messages))
	for i, m := range l.Messages {
		messages[i] = messageDoc(m)
	}
	if err := tx.insert(nil, `INSERT INTO status_lists (id, tenant_id, org_id, identity_id, purpose, dialect, format, size,
		length, next, url, messages, secret, created_at, place)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		l.ID, scope.Tenant, scope.Organisation, l.Identity, string(l.Purpose), l.Dialect, l.Format, l.Size, l.Length, l.Next,
		l.URL, text(messages), l.Secret, micros(l.CreatedAt), l.Place); err != nil {
		return err
	}
	return tx.handle(store.HandleStatusList, l.ID, scope, l.ID)
}

const listColumns = `SELECT id, tenant_id, org_id, identity_id, purpose, dialect, format, size, length, next, url,
	messages, secret, created_at, place FROM status_lists WHERE `

func scanList(r row, l *vc.StatusList) error {
	var messages []messageDoc
	if err := r.Scan(&l.ID, &l.Scope.Tenant, &l.Scope.Organisation, &l.Identity, (*string)(&l.Purpose), &l.Dialect,
		&l.Format, &l.Size, &l.Length, &l.Next, &l.URL, js(&messages), &l.Secret, at(&l.CreatedAt), &l.Place); err != nil {
		return err
	}
	for _, m := range messages {
		l.Messages = append(l.Messages, vc.StatusMessage(m))
	}
	return nil
}

// StatusList gives one list.
func (tx *Tx) StatusList(id string) (vc.StatusList, error) {
	return single(tx, scanList, listColumns+own+` AND id = $3`, id)
}

// StatusLists lists the lists of the scope.
func (tx *Tx) StatusLists(page vc.Page) ([]vc.StatusList, error) {
	return every(tx, tx.from(listColumns+tx.long()).page(page), scanList)
}

// OpenStatusList gives the newest list of exactly this scope and place with values left to lease.
func (tx *Tx) OpenStatusList(identity string, purpose vc.StatusPurpose, dialect, format string, size int, place string) (vc.StatusList, error) {
	return single(tx, scanList, listColumns+`tenant_id = $1 AND org_id = $2 AND identity_id = $3 AND purpose = $4
		AND dialect = $5 AND size = $6 AND format = $7 AND place = $8 AND next < length ORDER BY id DESC LIMIT 1`,
		identity, string(purpose), dialect, size, format, place)
}

// LeaseStatus moves the list's counter by up to n and gives the first value and how many were leased.
func (tx *Tx) LeaseStatus(list string, n int64) (first, leased int64, err error) {
	if err := tx.ready(true); err != nil {
		return 0, 0, err
	}
	var length int64
	if err := tx.one(`SELECT next, length FROM status_lists WHERE id = $3 AND `+own+` FOR UPDATE`,
		tx.scoped([]any{list}), &first, &length); err != nil {
		return 0, 0, err
	}
	leased = min(n, length-first)
	if leased <= 0 {
		return first, 0, nil
	}
	_, err = tx.plain(`UPDATE status_lists SET next = $2 WHERE id = $1`, list, first+leased)
	return first, leased, err
}

// AppendStatusChange writes a change, which belongs to whom its list belongs; Conflict "duplicate" when its version
// is taken, NotFound when the list is not of the scope.
func (tx *Tx) AppendStatusChange(c vc.StatusChange) error {
	return tx.insert(found, `INSERT INTO status_changes
		(list_id, idx, version, tenant_id, org_id, value, credential_id, purpose, reason, at)
		SELECT id, CAST($4 AS BIGINT), CAST($5 AS BIGINT), tenant_id, org_id, CAST($6 AS BIGINT), $7, $8, $9,
		CAST($10 AS BIGINT) FROM status_lists WHERE id = $3 AND `+own,
		tx.scoped([]any{c.List, c.Index, c.Version, c.Value, c.Credential, string(c.Purpose), c.Reason, micros(c.At)})...)
}

const changeColumns = `SELECT list_id, idx, version, value, credential_id, purpose, reason, at FROM status_changes
	WHERE list_id = $3 AND ` + own

func scanChange(r row, c *vc.StatusChange) error {
	return r.Scan(&c.List, &c.Index, &c.Version, &c.Value, &c.Credential, (*string)(&c.Purpose), &c.Reason, at(&c.At))
}

// LastStatusChange gives the newest change of an entry.
func (tx *Tx) LastStatusChange(list string, index int64) (vc.StatusChange, error) {
	return single(tx, scanChange, changeColumns+` AND idx = $4 ORDER BY version DESC LIMIT 1`, list, index)
}

// ForgetReasons empties the reasons of an entry's changes: they may say whose the credential is. The changes stay.
// NotFound when the list is not of the scope.
func (tx *Tx) ForgetReasons(list string, index int64) error {
	var one int64
	if err := tx.one(`SELECT 1 FROM status_lists WHERE id = $3 AND `+own, tx.scoped([]any{list}), &one); err != nil {
		return err
	}
	_, err := tx.exec(`UPDATE status_changes SET reason = '' WHERE list_id = $3 AND idx = $4 AND reason <> '' AND `+own,
		list, index)
	return err
}

// CountStatusChanges counts all changes of a list.
func (tx *Tx) CountStatusChanges(list string) (int64, error) {
	var n int64
	err := tx.one(`SELECT count(*) FROM status_changes WHERE list_id = $3 AND `+own, tx.scoped([]any{list}), &n)
	return n, err
}

// CountStatusEntries counts the places in a list that credentials have; 0 when the list is not of the scope.
func (tx *Tx) CountStatusEntries(list string) (int64, error) {
	var n int64
	err := tx.one(`SELECT count(*) FROM status_entries WHERE list = (SELECT number FROM status_lists WHERE id = $3 AND `+own+`)`,
		tx.scoped([]any{list}), &n)
	return n, err
}

// StatusChanges gives the newest change of each changed entry of a list, by index.
func (tx *Tx) StatusChanges(list string) ([]vc.StatusChange, error) {
	var all []vc.StatusChange
	err := tx.each(changeColumns+` ORDER BY idx, version`, tx.scoped([]any{list}), func(r row) error {
		var c vc.StatusChange
		if err := scanChange(r, &c); err != nil {
			return err
		}
		if n := len(all); n > 0 && all[n-1].Index == c.Index {
			all[n-1] = c
		} else {
			all = append(all, c)
		}
		return nil
	})
	return all, err
}
