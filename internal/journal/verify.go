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
	Code     string // "missing", "changed", "head-forged", "cut", "head-differs"
	Message  string
}

// Report is what [Verify] found.
type Report struct {
	Tenant  string
	Entries int64
	Head    vc.AuditHead
	Faults  []Fault
}

// Verify walks a tenant's whole chain and holds it against the stored head and against a head that was exported
// before, when there is one. It finds entries that were changed, taken out, put in another order or cut off.
func Verify(ctx context.Context, reader *Reader, masters Masters, tenant string, exported *vc.AuditHead) (Report, error) {
	report := Report{Tenant: tenant}
	scope := vc.Scope{Tenant: tenant}
	head, err := reader.Head(ctx, scope)
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return report, err
	}
	report.Head = head
	if head.Position > 0 && !Authentic(masters, head) {
		report.fault(head.Position, "head-forged", "the head is not authenticated by this master key")
	}
	if exported != nil && !Authentic(masters, *exported) {
		report.fault(exported.Position, "head-forged", "the exported head is not authenticated by this master key")
	}
	hash, err := report.walk(ctx, reader, scope, exported)
	if err != nil {
		return report, err
	}
	switch {
	case report.Entries < head.Position:
		report.fault(report.Entries+1, "cut", "the chain ends at %d, its head says %d", report.Entries, head.Position)
	case report.Entries > head.Position:
		report.fault(head.Position+1, "head-differs", "there are entries after the head")
	case head.Position > 0 && !bytes.Equal(hash, head.Hash):
		report.fault(head.Position, "head-differs", "the chain does not end in its head")
	}
	if exported != nil && exported.Position > report.Entries {
		report.fault(report.Entries+1, "cut", "the chain ends at %d, the exported head says %d", report.Entries, exported.Position)
	}
	return report, nil
}

func (r *Report) walk(ctx context.Context, reader *Reader, scope vc.Scope, exported *vc.AuditHead) (hash []byte, err error) {
	for {
		entries, err := reader.Audit(ctx, scope, r.Entries, maxRead)
		if err != nil || len(entries) == 0 {
			return hash, err
		}
		for _, e := range entries {
			if e.Position != r.Entries+1 {
				r.fault(r.Entries+1, "missing", "entries %d to %d are missing", r.Entries+1, e.Position-1)
			}
			if want := link(hash, e); !bytes.Equal(want, e.Hash) {
				r.fault(e.Position, "changed", "entry %d is not what was chained here: it, or one before it, was changed", e.Position)
			}
			r.Entries, hash = e.Position, e.Hash
			if exported != nil && exported.Position == e.Position && !bytes.Equal(exported.Hash, e.Hash) {
				r.fault(e.Position, "head-differs", "the chain is not the one the exported head ended")
			}
		}
	}
}

func (r *Report) fault(position int64, code, format string, args ...any) {
	r.Faults = append(r.Faults, Fault{Position: position, Code: code, Message: fmt.Sprintf(format, args...)})
}
