package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load sends requests from n clients for a while.
type load struct {
	clients int
	length  time.Duration
	pid     int // of the server, for its CPU time
	request func(client, i int) *http.Request
	answer  func(client, i int, body []byte) error // nil: the status is enough
}

// figure is what a load measured.
type figure struct {
	rate     float64 // a second
	p50, p99 time.Duration
	cpu      time.Duration // of the server, a request
	n        int
}

func (l load) run(ctx context.Context) (figure, error) {
	ctx, cancel := context.WithTimeout(ctx, l.length)
	defer cancel()
	transport := &http.Transport{
		MaxIdleConnsPerHost: l.clients, DisableCompression: true,
		DialContext: (&net.Dialer{}).DialContext, WriteBufferSize: 16 << 10, ReadBufferSize: 16 << 10,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var (
		mu     sync.Mutex
		all    []time.Duration
		failed atomic.Pointer[error]
		wg     sync.WaitGroup
	)
	before, started := cpuTime(l.pid), time.Now()
	for c := range l.clients {
		wg.Go(func() {
			var took []time.Duration
			for i := 0; ctx.Err() == nil; i++ {
				at := time.Now()
				if err := l.one(client, c, i); err != nil {
					failed.Store(&err)
					cancel()
					break
				}
				took = append(took, time.Since(at))
			}
			mu.Lock()
			all = append(all, took...)
			mu.Unlock()
		})
	}
	wg.Wait()
	elapsed, used := time.Since(started), cpuTime(l.pid)-before
	if err := failed.Load(); err != nil {
		return figure{}, *err
	}
	if len(all) == 0 {
		return figure{}, fmt.Errorf("nothing was answered")
	}
	slices.Sort(all)
	return figure{
		rate: float64(len(all)) / elapsed.Seconds(), p50: all[len(all)/2], p99: all[len(all)*99/100],
		cpu: used / time.Duration(len(all)), n: len(all),
	}, nil
}

func (l load) one(client *http.Client, c, i int) error {
	response, err := client.Do(l.request(c, i))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %.300s", response.Status, body)
	}
	if l.answer != nil {
		return l.answer(c, i, body)
	}
	return nil
}

func post(url, token string, body []byte, header ...string) *http.Request {
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	return request
}

// cpuTime is what a process has used, user and system (proc_pid_stat(5), fields 14 and 15, in hundredths).
func cpuTime(pid int) time.Duration {
	if pid == 0 {
		return 0
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// resident is a process's peak and present memory in MiB.
func resident(pid int) (peak, now int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		kib, _ := strconv.Atoi(fields[1])
		switch fields[0] {
		case "VmHWM:":
			peak = kib / 1024
		case "VmRSS:":
			now = kib / 1024
		}
	}
	return peak, now
}
