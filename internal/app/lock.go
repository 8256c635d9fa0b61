package app

import (
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/chancery-vc/chancery/internal/vc"
)

// lockFolder keeps a second server off a data folder: SQLite has one writer, and that writer's queue is in this
// process. The lock goes with the process, however it ends.
func lockFolder(folder string) (io.Closer, error) {
	file, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the operator names the folder
	if err != nil {
		return nil, vc.Errorf(vc.Unavailable, "data-folder", "the data folder cannot be used: %s", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, vc.Errorf(vc.Conflict, "data-folder-in-use", "another server uses the data folder %s", folder)
	}
	return file, nil
}
