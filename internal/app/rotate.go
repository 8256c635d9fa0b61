package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Rotation says what a rotation of the master key did. File is where the new key was written, "" when it came from
// outside.
type Rotation struct {
	Key      string `json:"key"` // id of the master key in force now
	DataKeys int    `json:"dataKeys"`
	Heads    int    `json:"heads"`
	File     string `json:"file,omitempty"`
}

// NewMasterKey makes a master key and gives its text form.
func NewMasterKey() string { return local.NewMasterKey().Reveal() }

// RotateMaster seals every data key and authenticates every audit head under the new master key, and leaves its check
// value. Nothing else in the database depends on the master key.
//
// The new key is the configuration's, the old one its previous. With SQLite, where neither is given, a new one is
// made in the place of the key file, and no server may run. On PostgreSQL servers that were given both keys go on.
// It may be run again after it was cut off.
func RotateMaster(ctx context.Context, config Config) (done Rotation, err error) {
	masters, next, err := config.rotatingKeys()
	if err != nil {
		return done, err
	}
	if config.DatabaseURL == "" {
		lock, err := lockFolder(config.Data)
		if err != nil {
			return done, err
		}
		defer func() { _ = lock.Close() }()
	}
	db, err := OpenDatabase(ctx, config)
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := fitsMasterKey(ctx, db, masters); err != nil {
		return done, err
	}
	if next != "" {
		if err := keepSecret(next, masters.Current.Reveal()+"\n"); err != nil {
			return done, err
		}
	}
	if done, err = rotate(ctx, db, masters, config.now()); err != nil || next == "" {
		return done, err
	}
	done.File = config.masterKeyPath()
	if err := os.Rename(next, done.File); err != nil {
		return done, vc.Errorf(vc.Unavailable, "master-key", "the new master key is in %s and must replace %s", next, done.File).Because(err)
	}
	return done, nil
}

func (c Config) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

// rotatingKeys gives the new key and the old. next is the file that the new one must be kept in before it is used;
// a rotation that was cut off goes on with the key that is there.
func (c Config) rotatingKeys() (keys local.MasterKeys, next string, err error) {
	if c.MasterKey != "" && c.MasterKeyPrevious == "" || c.DatabaseURL != "" && c.MasterKeyPrevious == "" {
		return keys, "", vc.Errorf(vc.Invalid, "master-key", "a rotation needs both keys: the new one in "+
			"CHANCERY_MASTER_KEY or --master-key-file, the old one in CHANCERY_MASTER_KEY_PREVIOUS")
	}
	keys, err = c.keptKeys()
	if err != nil || c.MasterKeyPrevious != "" {
		return keys, "", err
	}
	next = c.masterKeyPath() + ".next"
	text, err := os.ReadFile(next) //nolint:gosec // beside the file that the operator names
	fresh := local.NewMasterKey()
	if err == nil {
		fresh, err = local.ParseMasterKey(string(text))
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return keys, "", vc.Errorf(vc.Invalid, "master-key", "%s cannot be used", next).Because(err)
	}
	return local.MasterKeys{Current: fresh, Previous: []local.MasterKey{keys.Current}}, next, nil
}

// keepSecret writes a secret file, unless it is there from a rotation that was cut off.
func keepSecret(path, text string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return writeSecret(path, text)
}

func rotate(ctx context.Context, db *sql.DB, masters local.MasterKeys, now time.Time) (Rotation, error) {
	done := Rotation{Key: masters.Current.ID()}
	store, err := local.New(local.Config{Master: masters, Rows: db})
	if err != nil {
		return done, err
	}
	if done.DataKeys, err = store.Rewrap(ctx); err != nil {
		return done, err
	}
	if done.Heads, err = resealHeads(ctx, db, masters); err != nil {
		return done, err
	}
	if err := db.SetMeta(ctx, checkValue, masters.CheckValue()); err != nil {
		return done, err
	}
	return done, sql.For[journal.Appender](db).Update(ctx, vc.Scope{}, func(rows journal.Appender) error {
		return rows.Append(vc.Entry{At: now.UTC(), Action: "master-key.rotated", Principal: "system", Detail: "key=" + done.Key})
	})
}

// resealHeads authenticates heads anew. A head that the old key did not make is not ours to vouch for.
func resealHeads(ctx context.Context, db *sql.DB, masters local.MasterKeys) (n int, err error) {
	heads, err := db.AuditHeads(ctx)
	if err != nil {
		return 0, err
	}
	for len(heads) > 0 {
		head := heads[0]
		heads = heads[1:]
		if head.Key == masters.Current.ID() {
			continue
		}
		if !journal.Authentic(masters, head) {
			return n, vc.Errorf(vc.Conflict, "head-forged",
				"the head of an audit chain is not authentic, tenant %q: see `chancery audit verify`", head.Tenant)
		}
		err := db.ReplaceAuditHead(ctx, journal.Seal(masters, head))
		if vc.KindOf(err) == vc.Conflict { // a server went on meanwhile
			if heads, err = db.AuditHeads(ctx); err != nil {
				return n, err
			}
			continue
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
