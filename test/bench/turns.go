package main

import (
	"context"
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// operation is something that runs on one core, and what it cost so far.
type operation struct {
	place, name string
	do          func() error
	n           int
	used        time.Duration
}

// figure has how often a core does it in a second of its own time: other programs do not count.
func (op *operation) figure() figure {
	return figure{rate: float64(op.n) / op.used.Seconds(), cpu: op.used / time.Duration(op.n), n: op.n}
}

// alternate runs all operations in turns until each had its time.
func alternate(ctx context.Context, length time.Duration, operations []*operation) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const turn = 50 * time.Millisecond
	for range max(1, length/turn) {
		for _, op := range operations {
			before := ownTime()
			for end := time.Now().Add(turn); time.Now().Before(end); op.n++ {
				if err := op.do(); err != nil {
					return fmt.Errorf("%s: %w", op.name, err)
				}
			}
			op.used += ownTime() - before
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// ownTime is what this process has used, user and system, the collector of garbage included.
func ownTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
