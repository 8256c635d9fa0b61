package work

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Enqueuer writes a job in the transaction of the act that needs it.
type Enqueuer interface {
	Enqueue(vc.Job) error
}

// Sooner are the rows of jobs that are done by who writes them, see [Worker.Soon].
type Sooner interface {
	// EnqueueLent writes a job that is lent to its LeasedBy from the beginning, for so long, where at most so many unfinished jobs of its
	// key are ahead, all lent to the same; else an ordinary one. It says which.
	EnqueueLent(job vc.Job, lease time.Duration, ahead int) (lent bool, err error)
	// FinishJobs removes jobs of a worker, of the given keys, if it is lent them still.
	FinishJobs(worker string, ids, keys []string) error
}

// Lender lends due jobs of the given kinds to a worker until the lease ends; it never lends a job whose Key has an
// older unfinished job. A job that is neither given back nor renewed in time is lent again.
type Lender interface {
	Lend(ctx context.Context, worker string, kinds []string, max int, lease time.Duration) ([]vc.Job, error)
	// Renew has the leases of jobs that a worker has end so much later than now, and gives those that it has still.
	Renew(ctx context.Context, jobs []vc.Job, lease time.Duration) ([]vc.Job, error)
	// Return gives a job back: done (err nil, row removed), to be retried at the given time, or dead.
	Return(ctx context.Context, job vc.Job, failure string, retry time.Time, dead bool) error
	// Release has jobs lent that their worker has not begun: at once, and as if they had not been lent before.
	Release(ctx context.Context, jobs []vc.Job) error
}
