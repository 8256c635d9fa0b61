package issuer

import (
	"context"
	"encoding/json"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Job kinds of this desk; [Desk.EraseJob] and [Desk.LapseJob] carry them out.
const (
	JobErase = "credential.erase"
	JobLapse = "credential.lapse"
)

type credentialJob struct {
	ID string `json:"id"`
}

// follow writes the jobs that a credential leaves behind: its erasure when delivery is over (for an API's caller,
// when its idempotency key is forgotten), the lapse of a draft.
func (d *Desk) follow(rows Rows, by vc.Caller, m made) error {
	payload, err := json.Marshal(credentialJob{ID: m.row.ID})
	if err != nil {
		return err
	}
	over := m.row.CreatedAt
	if m.row.State == vc.Awaited {
		over = m.row.ExpiresAt // a draft that lapses goes too; one that is completed goes before
		if err := rows.Enqueue(vc.Job{ID: newID(), Scope: by.Scope, Kind: JobLapse, Payload: payload, RunAt: over}); err != nil {
			return err
		}
	}
	if m.erase && (m.row.Exchange == "" || m.answered) {
		return eraseAt(rows, by, m.row, over.Add(d.window()))
	}
	return nil
}

// eraseAt writes the job that erases a credential.
func eraseAt(rows Rows, by vc.Caller, credential vc.Credential, at time.Time) error {
	payload, err := json.Marshal(credentialJob{ID: credential.ID})
	if err != nil {
		return err
	}
	return rows.Enqueue(vc.Job{ID: newID(), Scope: by.Scope, Kind: JobErase, Payload: payload, RunAt: at})
}

// Erase destroys what a credential said and whose it was, and why its status was changed. Ids, type, issuer, dates, status entries and the keyed
// digests of subject and recipient stay, so that it can still be revoked. Erasing again changes nothing.
func (d *Desk) Erase(ctx context.Context, by vc.Caller, id string) (vc.Credential, error) {
	var credential vc.Credential
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		if credential, err = rows.CredentialForUpdate(id); err != nil {
			return named(err)
		}
		if !credential.ErasedAt.IsZero() {
			return nil
		}
		credential.ErasedAt = d.now()
		credential.ChangedAt = credential.ErasedAt
		credential.Body, credential.BodyKey, credential.Digest = nil, nil, nil // a digest tells guessed claims
		if credential.State == vc.Awaited {
			credential.State = vc.Lapsed
		}
		if err := rows.UpdateCredential(credential); err != nil {
			return err
		}
		for _, entry := range credential.Entries {
			if err := rows.ForgetReasons(entry.List, entry.Index); err != nil {
				return err
			}
		}
		if err := d.eraseOffer(rows, by, credential); err != nil {
			return err
		}
		return rows.Append(vc.Entry{
			ID: newID(), Scope: by.Scope, At: credential.ErasedAt, Action: "credential.erased",
			Principal: by.Principal, Door: by.Door, Request: by.Request,
			Object: object(credential), Event: true, Subject: credential.ID,
		})
	})
	if err != nil {
		return vc.Credential{}, err
	}
	return credential, d.scrub(ctx)
}

// eraseOffer destroys what the exchange and the offering said that a credential came of; the latter where that was for its recipient
// alone: they say the same, of the same person. The offering is over then.
func (d *Desk) eraseOffer(rows Rows, by vc.Caller, credential vc.Credential) error {
	if credential.Exchange == "" {
		return nil
	}
	exchange, err := rows.Exchange(credential.Exchange)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound: // its record is gone, but subscribers may have been told of it
		err := rows.ForgetExchange(vc.Exchange{ID: credential.Exchange})
		if err != nil && vc.KindOf(err) == vc.NotFound {
			return nil
		}
		return err
	case err != nil:
		return err
	}
	if err := rows.ForgetExchange(exchange); err != nil || exchange.Offering == "" {
		return err
	}
	offering, err := rows.OfferingForUpdate(exchange.Offering)
	if err != nil || !offering.Targeted {
		return err
	}
	return d.withdraw(rows, by, offering)
}

// scrub removes what was just destroyed from the store's files.
func (d *Desk) scrub(ctx context.Context) error {
	if d.Scrub == nil {
		return nil
	}
	return d.Scrub(ctx)
}

// EraseJob carries out a job of kind [JobErase].
func (d *Desk) EraseJob(ctx context.Context, job vc.Job) error {
	var payload credentialJob
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return err
	}
	_, err := d.Erase(ctx, systemCaller(job), payload.ID)
	return err
}

// LapseJob carries out a job of kind [JobLapse].
func (d *Desk) LapseJob(ctx context.Context, job vc.Job) error {
	var payload credentialJob
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return err
	}
	by := systemCaller(job)
	return d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		credential, err := rows.CredentialForUpdate(payload.ID)
		if err != nil || credential.State != vc.Awaited {
			return err
		}
		credential.State, credential.ChangedAt = vc.Lapsed, d.now()
		if err := rows.UpdateCredential(credential); err != nil {
			return err
		}
		return rows.Append(vc.Entry{
			ID: newID(), Scope: by.Scope, At: credential.ChangedAt, Action: "credential.lapsed", Principal: by.Principal,
			Object: object(credential), Event: true, Subject: credential.ID,
		})
	})
}

func systemCaller(job vc.Job) vc.Caller {
	return vc.Caller{Scope: job.Scope, Principal: "system", Door: "work", Request: job.ID}
}
