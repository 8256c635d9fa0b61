package verifier

import (
	"bytes"
	"context"
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// JobPush tells the URL of a request its result.
const JobPush = "presentation.push"

// Poster sends a request over the network and bounds its size and time. *httpx.Client is one.
type Poster interface {
	Do(*http.Request) (httpx.Response, error)
}

// pushPayload says what is to be told, and nothing of what it says.
type pushPayload struct {
	Request    string `json:"request"`
	Submission string `json:"submission"`
}

func push(rows Rows, row vc.Submission) error {
	payload, err := json.Marshal(pushPayload{row.Request, row.ID})
	if err != nil {
		return err
	}
	return rows.Enqueue(vc.Job{ID: newID(), Scope: row.Scope, Kind: JobPush, Payload: payload})
}

// PushJob posts the result that a [JobPush] is about, as [Progress] has it. What the URL refuses for good is Invalid
// "push-refused", so that the job is dead; everything else is Unavailable "push-failed", and tried again. A submission that
// was deleted is NotFound, and told to nobody.
func (d *Desk) PushJob(ctx context.Context, job vc.Job) error {
	var payload pushPayload
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return vc.Errorf(vc.Invalid, "job-malformed", "the job cannot be read").Because(err)
	}
	if d.Poster == nil {
		return vc.Errorf(vc.Unavailable, "push-failed", "nothing is sent from here")
	}
	var (
		asked vc.PresentationRequest
		row   vc.Submission
	)
	err := d.Rows.View(ctx, job.Scope, func(rows Rows) (err error) {
		if asked, err = rows.PresentationRequest(payload.Request); err != nil {
			return there(err, "request")
		}
		row, err = rows.Submission(payload.Request, payload.Submission)
		return there(err, "submission")
	})
	if err != nil {
		return err
	}
	progress, err := d.judged(ctx, asked, row)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, asked.Push, bytes.NewReader(progress.Result))
	if err != nil {
		return vc.Errorf(vc.Invalid, "push-refused", "this is no URL that can be told").Because(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := d.Poster.Do(request)
	return delivered(answer.Status, err)
}

// delivered says what the answer to a push means. A URL that is not let now may be later: what it stands for changes.
func delivered(status int, err error) error {
	switch {
	case err != nil:
		return vc.Errorf(vc.Unavailable, "push-failed", "the result could not be sent").Because(err)
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500:
		return vc.Errorf(vc.Unavailable, "push-failed", "the result was answered with status %d", status)
	}
	return vc.Errorf(vc.Invalid, "push-refused", "the result was refused with status %d", status)
}
