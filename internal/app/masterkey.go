package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/vc"
)

// checkValue is where the database keeps what tells its master key from any other.
const checkValue = "master-key-check"

// masterKeys reads the master key, or makes one on a fresh SQLite folder. fresh says that it was made now.
func (c Config) masterKeys() (keys local.MasterKeys, fresh bool, err error) {
	keys.Current, fresh, err = c.currentKey()
	if err != nil {
		return keys, false, err
	}
	if c.MasterKeyPrevious != "" {
		previous, err := local.ParseMasterKey(c.MasterKeyPrevious)
		if err != nil {
			return keys, false, vc.Errorf(vc.Invalid, "master-key", "the previous master key: %s", err)
		}
		keys.Previous = append(keys.Previous, previous)
	}
	return keys, fresh, nil
}

func (c Config) currentKey() (local.MasterKey, bool, error) {
	if c.MasterKey != "" {
		key, err := local.ParseMasterKey(c.MasterKey)
		if err != nil {
			return key, false, vc.Errorf(vc.Invalid, "master-key", "CHANCERY_MASTER_KEY: %s", err)
		}
		return key, false, nil
	}
	path := c.masterKeyPath()
	if path == "" {
		return local.MasterKey{}, false, vc.Errorf(vc.Invalid, "master-key",
			"with PostgreSQL the master key comes from CHANCERY_MASTER_KEY or --master-key-file; "+
				"make one with `chancery key master`")
	}
	if info, err := os.Stat(path); err == nil && c.MasterKeyFile == "" && info.Mode().Perm()&0o077 != 0 {
		return local.MasterKey{}, false, vc.Errorf(vc.Invalid, "master-key",
			"%s can be read by others: chmod 600 it, and think of it as known to them", path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) && c.DatabaseURL == "" {
		key := local.NewMasterKey()
		return key, true, writeSecret(path, key.Reveal()+"\n")
	}
	if err != nil {
		return local.MasterKey{}, false, vc.Errorf(vc.Unavailable, "master-key", "the master key cannot be read: %s", err)
	}
	key, err := local.ParseMasterKey(string(text))
	if err != nil {
		return key, false, vc.Errorf(vc.Invalid, "master-key", "%s: %s", path, err)
	}
	return key, false, nil
}

func (c Config) masterKeyPath() string {
	switch {
	case c.MasterKeyFile != "":
		return c.MasterKeyFile
	case c.DatabaseURL == "":
		return filepath.Join(c.Data, "master.key")
	}
	return ""
}

// writeSecret writes a file that only its owner may read, whole or not at all, and never over another: it is written
// under another name, and given its own when it is on the disk.
func writeSecret(path, text string) (err error) {
	defer func() {
		if err != nil {
			err = vc.Errorf(vc.Unavailable, "master-key", "the master key cannot be written: %s", err)
		}
	}()
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, ".master-key-") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, written := file.WriteString(text)
	if err := errors.Join(written, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	parent, err := os.Open(folder) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close())
}

// metaRows are the database's own notes.
type metaRows interface {
	Meta(ctx context.Context, key string) ([]byte, error)
	// ClaimMeta writes a note that is not there yet and gives the one that is.
	ClaimMeta(ctx context.Context, key string, value []byte) ([]byte, error)
}

// foreignMasterKey refuses a database of another master key before anything is written to it. One that has no check
// value, because it is new, passes.
func foreignMasterKey(ctx context.Context, rows metaRows, keys local.MasterKeys) error {
	kept, err := rows.Meta(ctx, checkValue)
	if err != nil || len(kept) == 0 || keys.Matches(kept) {
		return nil //nolint:nilerr // a database without the table yet is new
	}
	return errMasterKeyDiffers()
}

// checkMasterKey refuses a database that was made under another master key. A database that has none yet takes
// this one; but a key that was made just now never fits a database that has one.
func checkMasterKey(ctx context.Context, rows metaRows, keys local.MasterKeys) error {
	kept, err := rows.ClaimMeta(ctx, checkValue, keys.CheckValue()) // of servers that start together one wins
	if err != nil {
		return err
	}
	if !keys.Matches(kept) {
		return errMasterKeyDiffers()
	}
	return nil
}

func errMasterKeyDiffers() error {
	return vc.Errorf(vc.Conflict, "master-key-differs",
		"the database was made with another master key: start with that key, or with both while you rotate")
}
