package status

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// What is kept in memory, at most. A list's bits take 16 KiB and more.
const (
	maxPools = 1024
	maxLists = 1024
	maxCells = 128
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
	Alone     bool             // no other server has the store
	// Sleep waits for a time, or until ctx ends and gives its error; nil: by the wall's clock.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Service is the status service. It is safe for concurrent use.
type Service struct {
	config Config
	prefix string // of the URLs of own lists

	mu           sync.Mutex // guards the step from missing pool or cell to a new one
	pools        *lru.Cache[poolKey, *pool]
	cells        *lru.Cache[listKey, *cell]
	lists        *lru.Cache[listKey, vc.StatusList] // what does not change about them: Next is not kept
	permutations *lru.Cache[string, *statuslist.Permutation]
	flight       singleflight.Group
	leases       sync.WaitGroup
}

// listKey is a list as seen from a scope: what one scope may read another may not.
type listKey struct {
	scope vc.Scope
	id    string
}

// New makes a Service.
func New(c Config) *Service {
	c.Length = max(c.Length, statuslist.MinLength)
	c.TTL = max(c.TTL, rebuildEvery)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	return &Service{
		config:       c,
		prefix:       strings.TrimSuffix(c.PublicURL, "/") + "/status/",
		pools:        bounded[poolKey, *pool](maxPools),
		cells:        bounded[listKey, *cell](maxCells),
		lists:        bounded[listKey, vc.StatusList](maxLists),
		permutations: bounded[string, *statuslist.Permutation](maxLists),
	}
}

func bounded[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return c
}

// Close waits for the leases that are under way. Nothing is lost without it but the values they lease.
func (s *Service) Close() { s.leases.Wait() }

// Own recognises the URL of a list that this server publishes, and gives the list's id. Whether there is such a list
// [Service.Lookup] tells.
func (s *Service) Own(url string) (list string, ok bool) {
	list, ok = strings.CutPrefix(url, s.prefix)
	if !ok || !isID(list) {
		return "", false
	}
	return list, true
}

// Lookup finds a list by its public id, from whatever scope: it is for those who serve lists to everyone and verify
// what this server issued. Of the list's fields Next is not kept up to date. It fails with [vc.NotFound]
// "status-list-not-found".
func (s *Service) Lookup(ctx context.Context, list string) (vc.Scope, vc.StatusList, error) {
	if !isID(list) {
		return vc.Scope{}, vc.StatusList{}, notFound()
	}
	if l, ok := s.lists.Get(listKey{id: list}); ok { // lists are never deleted, nor moved
		return l.Scope, l, nil
	}
	scope, _, err := s.config.Directory.Lookup(ctx, store.HandleStatusList, list)
	if err != nil {
		return vc.Scope{}, vc.StatusList{}, named(err)
	}
	l, err := s.list(ctx, scope, list)
	if err != nil {
		return vc.Scope{}, vc.StatusList{}, err
	}
	s.lists.Add(listKey{id: list}, l)
	return scope, l, nil
}

// Used counts the places in a list that credentials of the scope have, also those that were prepared and are not completed; 0 where
// the scope has no such list.
func (s *Service) Used(ctx context.Context, scope vc.Scope, list string) (n int64, err error) {
	if !isID(list) {
		return 0, nil
	}
	err = store.Look(ctx, s.config.Rows, scope, func(r Rows) (err error) {
		n, err = r.CountStatusEntries(list)
		return err
	})
	return n, err
}

// list gives a list of a scope.
func (s *Service) list(ctx context.Context, scope vc.Scope, id string) (list vc.StatusList, err error) {
	key := listKey{scope, id}
	if list, ok := s.lists.Get(key); ok {
		return list, nil
	}
	err = store.Look(ctx, s.config.Rows, scope, func(r Rows) error {
		list, err = r.StatusList(id)
		return named(err)
	})
	if err == nil {
		s.lists.Add(key, list)
	}
	return list, err
}

// Lists gives a page of the lists of a scope.
func (s *Service) Lists(ctx context.Context, scope vc.Scope, page vc.Page) (lists []vc.StatusList, err error) {
	err = store.Look(ctx, s.config.Rows, scope, func(r Rows) error {
		lists, err = r.StatusLists(page)
		return err
	})
	return lists, err
}

// Value gives one entry's value, straight from the journal: it is exact, where a published list may be a second
// behind. It fails with [vc.NotFound] "status-list-not-found" and [vc.Invalid] "status-index-range".
func (s *Service) Value(ctx context.Context, scope vc.Scope, list string, index int64) (value int, err error) {
	l, err := s.list(ctx, scope, list)
	if err != nil {
		return 0, err
	}
	if index < 0 || index >= l.Length {
		return 0, vc.Errorf(vc.Invalid, "status-index-range", "the list has no such index")
	}
	err = store.Look(ctx, s.config.Rows, scope, func(r Rows) error {
		change, err := r.LastStatusChange(list, index)
		if err != nil && vc.KindOf(err) == vc.NotFound {
			return nil // never changed
		}
		value = change.Value
		return err
	})
	return value, err
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

func notFound() error {
	return vc.Errorf(vc.NotFound, "status-list-not-found", "there is no such status list")
}

// named gives a NotFound of the store the noun's name; other errors pass.
func named(err error) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return notFound()
	}
	return err
}

// cancelled is for who stopped waiting; what was waited for goes on.
func cancelled(ctx context.Context) error {
	return vc.Errorf(vc.Unavailable, "cancelled", "the request ended before the store answered").Because(ctx.Err())
}
