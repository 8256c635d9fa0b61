package app

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/vc"
)

// keptKeys reads the master keys that are there and makes none.
func (c Config) keptKeys() (local.MasterKeys, error) {
	if path := c.masterKeyPath(); c.MasterKey == "" && path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return local.MasterKeys{}, vc.Errorf(vc.NotFound, "master-key", "there is no master key in %s", path)
		}
	}
	keys, _, err := c.masterKeys()
	return keys, err
}

// fitsMasterKey refuses a database that was made under another master key, and leaves one that has none alone.
func fitsMasterKey(ctx context.Context, rows metaRows, keys local.MasterKeys) error {
	kept, err := rows.Meta(ctx, checkValue)
	switch {
	case vc.KindOf(err) == vc.NotFound:
		return vc.Errorf(vc.NotFound, "no-master-key", "no server has used this database yet")
	case err != nil:
		return err
	case !keys.Matches(kept):
		return vc.Errorf(vc.Conflict, "master-key-differs", "the database was made with another master key")
	}
	return nil
}
