package status

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// Config is what a Service is made of.
type Config struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Vault     keys.Vault
	PublicURL string           // lists are published at <PublicURL>/status/<id>
	Length    int64            // entries of a new list; less than 131072 means that
	Block     int64            // values leased at a time; 0: 256 to 4096, as demand goes
	Now       func() time.Time // nil: time.Now
	TTL       time.Duration    // how often a list is looked at for changes; less than a second means that
}

// Service is the status service. It is safe for concurrent use.
type Service struct{ Config }

// New makes a Service.
func New(config Config) *Service { return &Service{Config: config} }

// Wanted says which status entries one credential needs.
type Wanted struct {
	Identity string // id of the identity that issues, and publishes the list
	Dialect  string // BitstringStatusList or StatusList2021
	Purposes []vc.StatusPurpose
	Size     int                // bits of an entry of purpose message: 1, 2, 4 or 8; 0: as many as Messages need
	Messages []vc.StatusMessage // of purpose message
}

// Reserve takes one entry for each purpose.
func (s *Service) Reserve(ctx context.Context, scope vc.Scope, wanted Wanted) ([]vc.StatusEntry, error) {
	return nil, errNotBuilt
}

// Projection is a list as its journal makes it at one revision. Bits must not be written.
type Projection struct {
	List      vc.StatusList
	Bits      *statuslist.Bitstring
	Revision  int64
	ChangedAt time.Time // of the newest change; when the list was made, if there is none
}

// Projection gives a list's present state.
func (s *Service) Projection(ctx context.Context, scope vc.Scope, list string) (Projection, error) {
	return Projection{}, errNotBuilt
}

// Changed says that a list's journal has grown on this server.
func (s *Service) Changed(list string) {}

// Value gives one entry's value, straight from the journal.
func (s *Service) Value(ctx context.Context, scope vc.Scope, list string, index int64) (int, error) {
	return 0, errNotBuilt
}

// Lookup finds a list by its public id.
func (s *Service) Lookup(ctx context.Context, list string) (vc.Scope, vc.StatusList, error) {
	return vc.Scope{}, vc.StatusList{}, errNotBuilt
}

// Own recognises the URL of a list that this server publishes.
func (s *Service) Own(url string) (list string, ok bool) { return "", false }

// Close waits for leases that are under way.
func (s *Service) Close() {}

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "not built")
