package sql

import "github.com/chancery-vc/chancery/internal/vc"

// ForgetExchange destroys what an exchange says: its body, what its letters say, which do not go any more, and what subscribers
// were yet to be told of it. The row stays; NotFound where it is gone already, after what was left of it went.
func (tx *Tx) ForgetExchange(e vc.Exchange) error {
	subject := "exchange/" + e.ID
	const about = ` AND subject = ($3 || '') AND subject <> '' AND body_key IS NOT NULL AND ` + own
	if _, err := tx.exec(`UPDATE letters SET state = $5, failure = $6, body_key = NULL, body = NULL WHERE state <> $4`+about,
		subject, string(vc.LetterSent), string(vc.LetterDead), "erased"); err != nil {
		return err
	}
	// Those that were given to a peer which has not been heard since.
	if _, err := tx.exec(`UPDATE letters SET body_key = NULL, body = NULL WHERE state = $4`+about, subject, string(vc.LetterSent)); err != nil {
		return err
	}
	if _, err := tx.exec(`DELETE FROM notices WHERE subject = $3 AND `+own, e.ID); err != nil {
		return err
	}
	return changed(tx.exec(`UPDATE exchanges SET body_key = NULL, body = NULL, revision = revision + 1
		WHERE id = $3 AND `+own, e.ID))
}
