package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/standardwebhooks"
)

const statusGone = http.StatusGone

// What an attempt fails with, beside the codes of the guarded client.
const (
	failureStatus = "status" // an answer that is not of the 2xx kind
	failureForm   = "form"   // the message could not be made
)

// post sends messages to one webhook.
type post struct {
	desk    *Desk
	hook    vc.Webhook
	form    Form
	secrets secrets
}

// letter opens what a webhook's messages need.
func (d *Desk) letter(ctx context.Context, hook vc.Webhook) (Form, secrets, error) {
	form := d.form(hook.Form)
	if form == nil {
		return nil, secrets{}, vc.Errorf(vc.Internal, "webhook-form", "no door speaks the form %q", hook.Form)
	}
	sealed, err := d.open(ctx, hook)
	return form, sealed, err
}

// attempt posts an event once.
func (p *post) attempt(ctx context.Context, i *item) (o outcome) {
	defer func() {
		if r := recover(); r != nil {
			o = outcome{tried: true, failure: failureForm}
			p.desk.warn(ctx, "a webhook's message panicked", fmt.Errorf("panic: %v", r), "stack", string(debug.Stack()))
		}
	}()
	if i.entry.ID == "" { // its journal was cut behind the server's back
		return outcome{tried: true, failure: failureForm}
	}
	return p.deliver(ctx, i.entry)
}

func (p *post) deliver(ctx context.Context, e vc.Entry) outcome {
	message, ok, err := p.form.Message(ctx, p.hook, e)
	if err != nil {
		p.desk.warn(ctx, "making a webhook's message", err, "webhook", p.hook.ID, "event", e.ID)
		return outcome{tried: true, failure: failureForm}
	}
	if !ok {
		return outcome{passed: true}
	}
	request, err := p.request(ctx, e.ID, message)
	if err != nil {
		return outcome{tried: true, failure: failureForm}
	}
	answer, err := p.desk.Sender.Send(request)
	if err != nil {
		failure := "fetch-failed"
		if e, ok := errors.AsType[*vc.Error](err); ok {
			failure = e.Code
		}
		return outcome{tried: true, failure: failure}
	}
	o := outcome{tried: true, status: answer.Status}
	if answer.Status/100 != 2 {
		o.failure, o.after = failureStatus, retryAfter(answer.Header.Get("Retry-After"), p.desk.now())
	}
	return o
}

func (p *post) request(ctx context.Context, id string, m Message) (*http.Request, error) {
	target, query, asked := strings.Cut(p.hook.URL, "?")
	if target += m.Path; asked {
		target += "?" + query
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(m.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, values := range m.Header {
		r.Header[name] = values
	}
	for name, value := range p.secrets.Headers {
		r.Header.Set(name, value)
	}
	now := p.desk.now()
	r.Header.Set(standardwebhooks.HeaderID, id)
	r.Header.Set(standardwebhooks.HeaderTimestamp, standardwebhooks.Timestamp(now))
	r.Header.Set(standardwebhooks.HeaderSignature, p.secrets.sign(p.hook, id, now, m.Body))
	return r, nil
}

// retryAfter reads the header of RFC 9110 §10.2.3; 0 for none.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(seconds, int(mostAfter/time.Second)))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// Trial is what a test message came to.
type Trial struct {
	Delivered bool
	Status    int    // 0: there was no answer
	Failure   string // a code; "" when it was delivered
	Took      time.Duration
}

// PingEvent is the type of the event that a test sends. It is in no journal.
const PingEvent = "webhook.ping"

// Test sends a message that means nothing, at once and once, also to a disabled webhook. Like any other it is signed.
func (d *Desk) Test(ctx context.Context, by vc.Caller, id string) (Trial, error) {
	hook, err := d.Webhook(ctx, by, id)
	if err != nil {
		return Trial{}, err
	}
	form, sealed, err := d.letter(ctx, hook)
	if err != nil {
		return Trial{}, err
	}
	ping := vc.Entry{
		ID: newID(), Scope: hook.Scope, At: d.now(), Action: PingEvent, Object: "webhook/" + hook.ID, Subject: hook.ID, Event: true,
	}
	if err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		return rows.Append(entry(by, hook, ping.At, "webhook.tested", "", false))
	}); err != nil {
		return Trial{}, err
	}
	began := time.Now()
	o := (&post{desk: d, hook: hook, form: form, secrets: sealed}).attempt(ctx, &item{entry: ping})
	return Trial{Delivered: o.tried && o.failure == "", Status: o.status, Failure: o.failure, Took: time.Since(began)}, nil
}
