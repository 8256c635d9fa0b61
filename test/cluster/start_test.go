package cluster

import (
	"errors"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/pgtest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// together opens a server for each master key on one empty database, migrated or not, all at once, and gives their errors.
func together(t *testing.T, migrated bool, keys []string) []error {
	t.Helper()
	config := app.Config{DatabaseURL: pgtest.New(t), Listen: "127.0.0.1:0", PublicURL: "https://vc.example"}
	if migrated {
		check(t, app.Migrate(t.Context(), config))
	}
	errs := make([]error, len(keys))
	var opening sync.WaitGroup
	at := make(chan struct{})
	for i, key := range keys {
		mine := config
		mine.MasterKey = key
		opening.Go(func() {
			<-at
			a, err := app.Open(t.Context(), mine)
			if err == nil {
				t.Cleanup(func() { check(t, a.Close()) })
			}
			errs[i] = err
		})
	}
	close(at)
	opening.Wait()
	return errs
}

// TestStartTogether starts servers at once on an empty database: each finds it as the first one made it.
func TestStartTogether(t *testing.T) {
	key := local.NewMasterKey().Reveal()
	check(t, errors.Join(together(t, false, []string{key, key, key, key})...))
}

// TestOneMasterKey starts servers with different master keys at once on an empty database: one of them makes it its
// own, and no other may write to it.
func TestOneMasterKey(t *testing.T) {
	for range 5 {
		var keys []string
		for range 4 {
			keys = append(keys, local.NewMasterKey().Reveal())
		}
		started := 0
		for _, err := range together(t, true, keys) {
			var refused *vc.Error
			switch {
			case err == nil:
				started++
			case !errors.As(err, &refused) || refused.Code != "master-key-differs":
				t.Error(err)
			}
		}
		if started != 1 {
			t.Fatalf("%d servers with different master keys started on one database", started)
		}
	}
}
