//go:build crashtest

package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// crashStep kills the process at the n-th passing of a named step of issuing: CHANCERY_TEST_CRASH=signed:37.
// It exists in test builds only.
func crashStep() func(string) {
	name, count, ok := strings.Cut(os.Getenv("CHANCERY_TEST_CRASH"), ":")
	n, err := strconv.ParseInt(count, 10, 64)
	if !ok || err != nil {
		return nil
	}
	var passed atomic.Int64
	return func(step string) {
		if step == name && passed.Add(1) == n {
			_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
			select {} // until the signal arrives
		}
	}
}
