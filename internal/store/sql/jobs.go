package sql

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Enqueue writes a job. An empty id becomes a new one; jobs of one key run in the order of their ids.
func (tx *Tx) Enqueue(j vc.Job) error {
	scope, err := tx.in(j.Scope)
	if err != nil {
		return err
	}
	if j.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return vc.Errorf(vc.Internal, "random", "no randomness").Because(err)
		}
		j.ID = id.String()
	}
	tx.enqueued = true
	return tx.insert(nil, `INSERT INTO jobs (id, tenant_id, org_id, kind, key, payload, run_at, attempts, leased_by,
		leased_to, error, dead) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, '', FALSE)`,
		j.ID, scope.Tenant, scope.Organisation, j.Kind, j.Key, j.Payload, micros(j.RunAt), j.Attempts)
}

// EnqueueLent writes a job that is lent to its LeasedBy from the beginning, for so long, where at most so many unfinished
// jobs of its key are ahead, all lent to the same; else an ordinary one. It says which.
func (tx *Tx) EnqueueLent(j vc.Job, lease time.Duration, ahead int) (lent bool, err error) {
	scope, err := tx.in(j.Scope)
	if err != nil {
		return false, err
	}
	if err := tx.ready(true); err != nil {
		return false, err
	}
	err = tx.one(`INSERT INTO jobs (id, tenant_id, org_id, kind, key, payload, run_at, attempts, leased_by, leased_to, error, dead)
		SELECT $1, $2, $3, $4, $5, $6, $7, CASE WHEN free THEN 1 ELSE 0 END, CASE WHEN free THEN $8 ELSE '' END,
		CASE WHEN free THEN CAST($9 AS BIGINT) ELSE 0 END, '', FALSE
		FROM (SELECT count(*) <= $10 AND count(*) = count(CASE WHEN o.leased_by = $8 THEN 1 END) AS free FROM jobs o WHERE o.tenant_id = $2 AND o.key = $5 AND o.key <> '' AND NOT o.dead
		AND o.org_id = $3) AS ahead RETURNING leased_by <> ''`, []any{
		j.ID, scope.Tenant, scope.Organisation, j.Kind, j.Key, j.Payload, micros(j.RunAt), j.LeasedBy,
		micros(tx.db.now()) + lease.Microseconds(), ahead,
	}, &lent)
	tx.enqueued = tx.enqueued || err == nil && !lent
	return lent, err
}

// FinishJobs removes jobs of a worker, of the given keys, if it is lent them still. What others have written behind them is due.
func (tx *Tx) FinishJobs(worker string, ids, keys []string) error {
	if _, err := tx.exec(`DELETE FROM jobs WHERE id = ANY($3) AND leased_by = $4 AND `+own, ids, worker); err != nil {
		return err
	}
	others := false
	err := tx.one(`SELECT EXISTS (SELECT 1 FROM jobs WHERE tenant_id = $1 AND key = ANY($2) AND key <> '' AND NOT dead
		AND leased_by = '')`, []any{tx.scope.Tenant, keys}, &others)
	tx.enqueued = tx.enqueued || others
	return err
}

// dueJobs finds jobs j that may be lent at $1 of the kinds $2: due, not lent, and without an older unfinished job of
// the same key in the same scope.
const dueJobs = `FROM jobs j WHERE NOT j.dead AND j.run_at <= $1 AND j.leased_to <= $1 AND j.kind = ANY($2)
	AND (j.key = '' OR NOT EXISTS (SELECT 1 FROM jobs o WHERE o.tenant_id = j.tenant_id AND o.key = j.key
	AND o.key <> '' AND NOT o.dead AND o.org_id = j.org_id AND o.id < j.id))`

// Lend lends due jobs of the given kinds, at most max, until the lease ends, and counts the attempt.
func (db *DB) Lend(ctx context.Context, worker string, kinds []string, max int, lease time.Duration) ([]vc.Job, error) {
	now := micros(db.now())
	due := false
	if err := db.read(ctx, vc.Scope{}, func(tx *Tx) error { // a look costs no commit
		return tx.one(`SELECT EXISTS (SELECT 1 `+dueJobs+`)`, []any{now, kinds}, &due)
	}); err != nil || !due {
		return nil, err
	}
	var jobs []vc.Job
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		jobs = nil
		return tx.each(`WITH due AS MATERIALIZED (SELECT j.id `+dueJobs+`
				ORDER BY j.run_at, j.id LIMIT $3 FOR UPDATE SKIP LOCKED)
			UPDATE jobs SET leased_by = $4, leased_to = $5, attempts = jobs.attempts + 1 FROM due WHERE jobs.id = due.id
			RETURNING jobs.id, jobs.tenant_id, jobs.org_id, jobs.kind, jobs.key, jobs.payload, jobs.run_at, jobs.attempts,
			jobs.leased_by, jobs.leased_to, jobs.error, jobs.dead`,
			[]any{now, kinds, max, worker, now + lease.Microseconds()}, func(r row) error {
				var j vc.Job
				err := r.Scan(&j.ID, &j.Scope.Tenant, &j.Scope.Organisation, &j.Kind, &j.Key, &j.Payload, at(&j.RunAt),
					&j.Attempts, &j.LeasedBy, at(&j.LeasedTo), &j.Error, &j.Dead)
				jobs = append(jobs, j)
				return err
			})
	})
	return jobs, err
}

// Renew has the leases of jobs that are lent still end so much later than now, and gives those jobs. One whose row somebody
// else holds at this moment is left out: it is given back, or was lost.
func (db *DB) Renew(ctx context.Context, jobs []vc.Job, lease time.Duration) ([]vc.Job, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	to := micros(db.now()) + lease.Microseconds()
	ids, workers := make([]string, len(jobs)), make([]string, len(jobs))
	for i, j := range jobs {
		ids[i], workers[i] = j.ID, j.LeasedBy
	}
	var renewed []vc.Job
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		renewed = nil
		return tx.each(`WITH held AS MATERIALIZED (SELECT j.id FROM jobs j WHERE j.id = ANY($1)
				AND j.leased_by <> '' AND j.leased_by = ANY($2) FOR UPDATE SKIP LOCKED)
			UPDATE jobs SET leased_to = $3 FROM held WHERE jobs.id = held.id
			RETURNING jobs.id, jobs.leased_by, jobs.attempts`, []any{ids, workers, to}, func(r row) error {
			var has vc.Job
			if err := r.Scan(&has.ID, &has.LeasedBy, &has.Attempts); err != nil {
				return err
			}
			for _, j := range jobs {
				if j.ID == has.ID && j.LeasedBy == has.LeasedBy && j.Attempts == has.Attempts {
					renewed = append(renewed, j)
				}
			}
			return nil
		})
	})
	return renewed, err
}

// Return gives a job back: done (failure "", the row goes), to be tried again at retry, or dead. Conflict "lease" when
// it was lent to somebody else in the meantime.
func (db *DB) Return(ctx context.Context, j vc.Job, failure string, retry time.Time, dead bool) error {
	return db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		var n int64
		var err error
		if failure == "" && !dead && retry.IsZero() {
			n, err = tx.plain(`DELETE FROM jobs WHERE id = $1 AND leased_by = $2 AND attempts = $3`,
				j.ID, j.LeasedBy, j.Attempts)
		} else {
			n, err = tx.plain(`UPDATE jobs SET leased_by = '', leased_to = 0, error = $4, run_at = $5, dead = $6
				WHERE id = $1 AND leased_by = $2 AND attempts = $3`,
				j.ID, j.LeasedBy, j.Attempts, failure, micros(retry), dead)
		}
		if err == nil && n == 0 {
			return vc.Errorf(vc.Conflict, "lease", "the job was lent again")
		}
		tx.enqueued = j.Key != "" // the next job of the same key may be due
		return err
	})
}

// Release gives jobs back that were not begun: they are due, and were not tried. Those that were lent again are left.
func (db *DB) Release(ctx context.Context, jobs []vc.Job) error {
	return db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		tx.enqueued = true
		for _, j := range jobs {
			if _, err := tx.plain(`UPDATE jobs SET leased_by = '', leased_to = 0, attempts = attempts - 1
				WHERE id = $1 AND leased_by = $2 AND attempts = $3`, j.ID, j.LeasedBy, j.Attempts); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeBack ends all leases, of jobs, webhooks and ledger transactions. It is for a server that knows that there is no other, and
// has borrowed nothing yet: what its predecessor died with is due at once.
func (db *DB) TakeBack(ctx context.Context) error {
	now := micros(db.now())
	return db.update(ctx, vc.Scope{}, func(tx *Tx) error {
		for _, table := range []string{"jobs", "webhooks", "ledger_transactions"} {
			if _, err := tx.plain(`UPDATE `+table+` SET leased_by = '', leased_to = $1 WHERE leased_by <> '' AND leased_to > $1`, now); err != nil {
				return err
			}
		}
		return nil
	})
}
