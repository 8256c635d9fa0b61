package sql

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertLetter writes a letter.
func (tx *Tx) InsertLetter(l vc.Letter) error {
	scope, err := tx.in(l.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO letters (id, tenant_id, org_id, way, connection_id, invitation_id, thread, type,
		message, state, subject, failure, attempts, size, body_key, body, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		l.ID, scope.Tenant, scope.Organisation, string(l.Way), l.Connection, l.Invitation, l.Thread, l.Type, l.Message,
		string(l.State), l.Subject, l.Failure, l.Attempts, l.Size, l.BodyKey, l.Body, micros(l.CreatedAt),
		micros(l.UpdatedAt))
}

// UpdateLetter writes state, failure, attempts, body, body key and updated at.
func (tx *Tx) UpdateLetter(l vc.Letter) error {
	return changed(tx.exec(`UPDATE letters SET state = $4, failure = $5, attempts = $6, body_key = $7, body = $8,
		updated_at = $9 WHERE id = $3 AND `+own,
		l.ID, string(l.State), l.Failure, l.Attempts, l.BodyKey, l.Body, micros(l.UpdatedAt)))
}

// SentLetters says of letters that waited that they are sent; what was in them is gone.
func (tx *Tx) SentLetters(ids []string, at time.Time) error {
	_, err := tx.exec(`UPDATE letters SET state = 'sent', failure = '', body_key = NULL, body = NULL, updated_at = $4
		WHERE id = ANY($3) AND state IN ('waiting', 'held') AND `+own, ids, micros(at))
	return err
}

// DeleteLetter removes a letter.
func (tx *Tx) DeleteLetter(id string) error {
	return changed(tx.exec(`DELETE FROM letters WHERE id = $3 AND `+own, id))
}

const letterColumns = `SELECT id, tenant_id, org_id, way, connection_id, invitation_id, thread, type, message, state,
	subject, failure, attempts, size, body_key, body, created_at, updated_at FROM letters WHERE `

func scanLetter(r row, l *vc.Letter) error {
	return r.Scan(&l.ID, &l.Scope.Tenant, &l.Scope.Organisation, (*string)(&l.Way), &l.Connection, &l.Invitation,
		&l.Thread, &l.Type, &l.Message, (*string)(&l.State), &l.Subject, &l.Failure, &l.Attempts, &l.Size, &l.BodyKey,
		&l.Body, at(&l.CreatedAt), at(&l.UpdatedAt))
}

// Letter gives one letter.
func (tx *Tx) Letter(id string) (vc.Letter, error) {
	return single(tx, scanLetter, letterColumns+own+` AND id = $3`, id)
}

// LetterForUpdate is Letter, and no other transaction changes the row before this one ends.
func (tx *Tx) LetterForUpdate(id string) (vc.Letter, error) {
	return single(tx, scanLetter, letterColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// Letters lists letters.
func (tx *Tx) Letters(q vc.LetterQuery) ([]vc.Letter, error) {
	return every(tx, tx.letters(letterColumns, q).page(q.Page), scanLetter)
}

// CountLetters says how many letters a list has, since when, and how large they are.
func (tx *Tx) CountLetters(q vc.LetterQuery) (vc.LetterCount, error) {
	var c vc.LetterCount
	l := tx.letters(`SELECT count(*), coalesce(min(created_at), 0), coalesce(sum(size), 0) + 0 FROM letters WHERE `, q)
	err := tx.one(l.text.String(), l.args, &c.Count, at(&c.Oldest), &c.Bytes)
	return c, err
}

func (tx *Tx) letters(columns string, q vc.LetterQuery) *list {
	scope := tx.long()
	if q.Connection != "" || q.Invitation != "" {
		scope = tx.few()
	}
	l := tx.from(columns+scope).
		equal("way", string(q.Way)).
		indexed("connection_id", q.Connection).
		indexed("invitation_id", q.Invitation).
		equal("type", q.Type)
	if len(q.States) == 1 && q.States[0] == vc.LetterDead {
		return l.and("state = 'dead'") // what its index promises
	}
	return oneOf(l, "state", q.States)
}

// SweepLetters removes sent letters from before then, and held and dead ones from before abandoned, at most max, and
// tells how many. A full batch means that there may be more.
func (db *DB) SweepLetters(ctx context.Context, before, abandoned time.Time, max int) (int, error) {
	n := 0
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		n = 0
		for _, s := range []struct {
			state vc.LetterState
			until time.Time
		}{{vc.LetterSent, before}, {vc.LetterHeld, abandoned}, {vc.LetterDead, abandoned}} {
			went, err := tx.plain(`DELETE FROM letters WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM letters
				WHERE state <> 'waiting' AND state = $1 AND updated_at < $2 ORDER BY updated_at LIMIT $3)`,
				string(s.state), micros(s.until), max-n)
			if err != nil {
				return err
			}
			n += int(went)
		}
		return nil
	})
	return n, err
}
