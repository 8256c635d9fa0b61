package verifier

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// JobPush tells the URL of a request its result.
const JobPush = "presentation.push"

// Poster sends a request over the network and bounds its size and time. *httpx.Client is one.
type Poster interface {
	Do(*http.Request) (httpx.Response, error)
}

// PushJob posts the result that a [JobPush] is about. What is refused for good is Invalid, so that the job is dead.
func (d *Desk) PushJob(ctx context.Context, job vc.Job) error { return errNotBuilt }
