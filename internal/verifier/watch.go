package verifier

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// What became of a request, as [Progress] has it. All but the first are final.
const (
	ProgressPending  = "pending"
	ProgressVerified = "verified"
	ProgressFailed   = "failed"
	ProgressExpired  = "expired"
)

// Progress is what became of a request. Result is what its asker is told, in events and at its Push URL, JSON:
//
//	{"state": "…", "verification_status": "verified" | "failed" | "expired" | "pending",
//	 "result"?: {"holder": "did:…", "credentials": [{"type": […], "issuer": "did:…", "credentialSubject": …}],
//	             "matches": [{"descriptor": "q0", "credential": 0}]},
//	 "errors"?: [{"check": "status", "code": "revoked", "message": "…"}]}
type Progress struct {
	Status  string
	Result  []byte
	Request vc.PresentationRequest
}

// Final says whether nothing will change any more.
func (p Progress) Final() bool { return p.Status != ProgressPending }

// Progress gives what became of a request of the scope, by its newest submission. NotFound "request-not-found".
func (d *Desk) Progress(ctx context.Context, scope vc.Scope, request string) (Progress, error) {
	var (
		asked  vc.PresentationRequest
		newest []vc.Submission
	)
	err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		newest = nil
		if asked, err = rows.PresentationRequest(request); err != nil || asked.Login {
			return err
		}
		if asked.Once && asked.Status == vc.RequestPending { // there is none yet
			return nil
		}
		newest, err = rows.Submissions(request, vc.Page{Limit: 1})
		return err
	})
	switch {
	case err != nil:
		return Progress{}, there(err, "request")
	case asked.Login:
		return Progress{}, vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	case len(newest) > 0 && newest[0].Status != vc.SubmissionPending:
		return d.judged(ctx, asked, newest[0])
	case !asked.ExpiresAt.After(d.now()):
		return told(asked, ProgressExpired, verdict{})
	}
	return told(asked, ProgressPending, verdict{})
}

// judged is the progress of a request by a submission that was judged. A verdict of another's making is not looked into.
func (d *Desk) judged(ctx context.Context, asked vc.PresentationRequest, row vc.Submission) (Progress, error) {
	view, err := d.opened(ctx, row)
	if err != nil {
		return Progress{}, err
	}
	var noted verdict
	if json.Unmarshal(view.Verdict, &noted) != nil {
		noted = verdict{}
	}
	return told(asked, string(row.Status), noted)
}

// lookEvery is how often a watch looks where [Desk.Look] does not say.
const lookEvery = 500 * time.Millisecond

// Watch gives what becomes of the request with that state: at once as it is, and whenever it changes, until it is final,
// over, or ctx ends. What another server judges is seen within [Desk.Look]. An error ends it: NotFound "request-not-found",
// whosever the state is; ctx's own is not given.
func (d *Desk) Watch(ctx context.Context, state string) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) {
		scope, id, err := d.Directory.Lookup(ctx, store.HandleState, state)
		if err != nil {
			yield(Progress{}, there(err, "request"))
			return
		}
		bell, leave := d.bells.listen(id)
		defer leave()
		every := d.Look
		if every <= 0 {
			every = lookEvery
		}
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for last := ""; ; {
			progress, err := d.Progress(ctx, scope, id)
			if err == nil && !progress.Request.ArchivedAt.IsZero() {
				err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(Progress{}, err)
				return
			}
			if progress.Status != last && !yield(progress, nil) || progress.Final() {
				return
			}
			last = progress.Status
			select {
			case <-ctx.Done():
				return
			case <-bell:
			case <-ticker.C:
			}
		}
	}
}

// maxBells is how many requests are listened for. Who comes after only looks.
const maxBells = 4096

// bells wake who watches a request on this server. The zero value is ready.
type bells struct {
	mu     sync.Mutex
	waking map[string]map[chan struct{}]bool
}

// listen gives a channel that has something whenever the request's bell rang.
func (b *bells) listen(id string) (bell <-chan struct{}, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waking == nil {
		b.waking = map[string]map[chan struct{}]bool{}
	}
	if b.waking[id] == nil {
		if len(b.waking) >= maxBells {
			return nil, func() {}
		}
		b.waking[id] = map[chan struct{}]bool{}
	}
	own := make(chan struct{}, 1)
	b.waking[id][own] = true
	return own, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if delete(b.waking[id], own); len(b.waking[id]) == 0 {
			delete(b.waking, id)
		}
	}
}

func (b *bells) ring(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for bell := range b.waking[id] {
		select {
		case bell <- struct{}{}:
		default: // it rang already
		}
	}
}
