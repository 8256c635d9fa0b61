//go:build crashtest

package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// crashStep kills the process at the n-th passing of a named step of issuing, CHANCERY_TEST_CRASH=signed:37, or at the next passing
// of the one that a file names, CHANCERY_TEST_CRASH=@FILE; the file goes first. It exists in test builds only.
func crashStep() func(string) {
	setting := os.Getenv("CHANCERY_TEST_CRASH")
	if file, ok := strings.CutPrefix(setting, "@"); ok {
		return func(step string) {
			if named, err := os.ReadFile(file); err == nil && string(named) == step && os.Remove(file) == nil {
				die()
			}
		}
	}
	name, count, ok := strings.Cut(setting, ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil {
		return nil
	}
	var passed atomic.Int64
	return func(step string) {
		if step == name && passed.Add(1) == n {
			die()
		}
	}
}

func die() {
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {} // until the signal arrives
}
