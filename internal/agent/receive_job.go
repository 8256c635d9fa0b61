package agent

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// ReceiveJob handles a message that was put aside, because something that it needs was away. It is dead when it cannot be handled.
func (d *Desk) ReceiveJob(ctx context.Context, job vc.Job) error {
	var what letterJob
	if err := json.Unmarshal(job.Payload, &what); err != nil {
		return vc.Errorf(vc.Internal, "job-payload", "the job names no letter").Because(err)
	}
	letter, body, err := d.putAside(ctx, job.Scope, what.Letter)
	if err != nil || letter.State != vc.LetterWaiting {
		return absent(err)
	}
	err = d.again(ctx, letter, body, job.ID)
	if err == nil {
		return nil // the letter went with what was done
	}
	letter.Attempts++
	if vc.KindOf(err) != vc.Unavailable && !errors.Is(err, errAgain) || letter.Attempts >= maxAttempts {
		d.warn(ctx, "a message that was put aside cannot be handled", err, "letter", letter.ID)
		return d.bury(ctx, system(job), letter, failureOf(err), d.unhandled(ctx, body, job.ID, failureOf(err)))
	}
	if err := d.retried(ctx, letter, failureOf(err)); err != nil {
		return err
	}
	return vc.Errorf(vc.Unavailable, failureOf(err), "the message cannot be handled now").Because(err)
}

func (d *Desk) putAside(ctx context.Context, scope vc.Scope, id string) (letter vc.Letter, body letterBody, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		body = letterBody{}
		if letter, err = t.Rows.Letter(id); err != nil || letter.BodyKey == nil {
			return err
		}
		return unseal(t.Vault, letterLabel+letter.ID, letter.BodyKey, letter.Body, &body)
	})
	return letter, body, err
}

// again handles a message from where Receive left it.
func (d *Desk) again(ctx context.Context, letter vc.Letter, body letterBody, request string) error {
	recipient, err := d.recipient(ctx, body.To)
	if err != nil {
		return err
	}
	from, err := didcomm.ParseVerkey(body.From)
	if err != nil {
		return err
	}
	in, vault, err := d.inbound(ctx, recipient, body.Message, from, request)
	if err != nil {
		return err
	}
	t, err := d.handle(ctx, vault, in, &letter)
	if err != nil {
		return err
	}
	if !t.again {
		d.unpack(ctx, in)
	}
	return nil
}

// unhandled notes, at the record that a message is about, that it could not be handled: nil where nothing is to be noted. The record
// keeps its state: the letter may be revived.
func (d *Desk) unhandled(ctx context.Context, body letterBody, request, failure string) func(*Turn) error {
	recipient, err := d.recipient(ctx, body.To)
	if err != nil {
		return nil
	}
	from, err := didcomm.ParseVerkey(body.From)
	if err != nil {
		return nil
	}
	in, _, err := d.inbound(ctx, recipient, body.Message, from, request)
	if err != nil {
		return nil
	}
	found, ok := d.handlerOf(in.Type)
	if !ok || found.handler.Refused == nil {
		return nil
	}
	return func(t *Turn) error {
		return found.handler.Refused(d, t, in, &Refusal{Code: CodeUnhandled, Text: failure, Silent: true})
	}
}
