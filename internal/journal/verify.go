package journal

import (
	"bytes"
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Fault is something wrong with a chain. Position is where it shows.
type Fault struct {
	Position int64
	Code     string // "missing", "changed", "reordered", "head-forged", "cut", "head-differs"
	Message  string
}

// Report is what [Verify] found.
type Report struct {
	Tenant  string
	Entries int64
	Head    vc.AuditHead
	Faults  []Fault
}

// walker goes along a chain. odd gathers entries whose hash does not follow from the one before.
type walker struct {
	Report
	reader   *Reader
	exported []vc.AuditHead
	hash     []byte
	odd      []oddity
}

type oddity struct {
	vc.Entry
	before []byte // the hash it should follow
}

// Verify walks a tenant's whole chain and holds it against the stored head and against those that were exported
// before. It finds entries that were changed, taken out, put in another order or cut off. The server may go on
// publishing meanwhile.
func Verify(ctx context.Context, reader *Reader, masters Masters, tenant string, exported ...vc.AuditHead) (Report, error) {
	w := walker{Report: Report{Tenant: tenant}, reader: reader, exported: exported}
	for _, x := range exported {
		if !Authentic(masters, x) {
			w.fault(x.Position, "head-forged", "the exported head is not authenticated by this master key")
		}
		if x.Tenant != tenant {
			w.fault(x.Position, "head-differs", "the exported head is of another tenant")
		}
	}
	if err := w.toHead(ctx); err != nil {
		return w.Report, err
	}
	w.blame()
	head := w.Head
	if head.Position > 0 && !Authentic(masters, head) {
		w.fault(head.Position, "head-forged", "the head is not authenticated by this master key")
	}
	switch {
	case w.Entries < head.Position:
		w.fault(w.Entries+1, "cut", "the chain ends at %d, its head says %d", w.Entries, head.Position)
	case w.Entries > head.Position:
		w.fault(head.Position+1, "head-differs", "there are entries after the head")
	case head.Position > 0 && !bytes.Equal(w.hash, head.Hash):
		w.fault(head.Position, "head-differs", "the chain does not end in its head")
	}
	for _, x := range exported {
		if x.Position > w.Entries {
			w.fault(w.Entries+1, "cut", "the chain ends at %d, the exported head says %d", w.Entries, x.Position)
		}
	}
	return w.Report, nil
}

// toHead walks until the chain ends where its head is. The head is read after the entries, so that what is
// published in between makes it longer, never shorter; then the walk goes on.
func (w *walker) toHead(ctx context.Context) error {
	for {
		walked := w.Entries
		if err := w.walk(ctx); err != nil {
			return err
		}
		if w.Head.Position > 0 && w.Entries == walked {
			return nil // nothing came that the head promised
		}
		var err error
		w.Head, err = w.reader.Head(ctx, vc.Scope{Tenant: w.Tenant})
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return err
		}
		if w.Entries >= w.Head.Position {
			return nil
		}
	}
}

func (w *walker) walk(ctx context.Context) error {
	for {
		entries, err := w.reader.Audit(ctx, vc.Scope{Tenant: w.Tenant}, w.Entries, maxRead)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if e.Position != w.Entries+1 {
				w.fault(w.Entries+1, "missing", "entries %d to %d are missing", w.Entries+1, e.Position-1)
			} else if !bytes.Equal(link(w.hash, e), e.Hash) {
				w.odd = append(w.odd, oddity{e, w.hash})
			}
			w.Entries, w.hash = e.Position, e.Hash
			for _, x := range w.exported {
				if x.Position == e.Position && !bytes.Equal(x.Hash, e.Hash) {
					w.fault(e.Position, "head-differs", "the chain is not the one the exported head ended")
				}
			}
		}
	}
}

// maxOdd is how many odd entries are looked at for whether they were moved: each is tried behind each.
const maxOdd = 24

// blame tells of each odd entry whether it was moved or changed.
func (w *walker) blame() {
	for i, e := range w.odd {
		switch from := w.origin(i); {
		case from > 0:
			w.fault(e.Position, "reordered", "entry %d was chained as entry %d", e.Position, from)
		default:
			w.fault(e.Position, "changed", "entry %d is not what was chained here: it, or one before it, was changed", e.Position)
		}
	}
}

// origin gives the position at which an odd entry's hash is right; 0 when there is none near the others.
func (w *walker) origin(i int) int64 {
	if len(w.odd) > maxOdd {
		return 0
	}
	e := w.odd[i].Entry
	for _, there := range w.odd {
		for _, behind := range w.odd {
			e.Position = there.Position
			if e.Position != w.odd[i].Position && (bytes.Equal(link(behind.before, e), e.Hash) || bytes.Equal(link(behind.Hash, e), e.Hash)) {
				return e.Position
			}
		}
	}
	return 0
}

func (r *Report) fault(position int64, code, format string, args ...any) {
	r.Faults = append(r.Faults, Fault{Position: position, Code: code, Message: fmt.Sprintf(format, args...)})
}
