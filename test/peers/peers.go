// Package peers lets tests ask libraries of other people, from npm, for their verdict: jose and did-jwt-vc verify
// what Chancery issued and issue what Chancery must verify, @digitalbazaar's libraries read its status lists.
//
//	peer := peers.Start(t)                                         one node process, ended with the test
//	peer.Call("jose.verifyCompact", peers.Verify{…}, &answer)      a refusal fails the test
//	err := peer.Try("didjwtvc.verify", peers.VerifyVC{…}, nil)     a refusal is the error
//
// The libraries come with "make peers" (npm ci from package-lock.json). The types in ops.go are the shapes of the
// operations.
package peers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// patience is how long one answer may take; the process is ended after that.
const patience = 60 * time.Second

// Peer is a running node process, for one test. It may be used by several goroutines; answers come in the order of the
// requests.
type Peer struct {
	t testing.TB
	*Process
}

// Process is a node process that several tests may share, each by [Process.For]. Starting one takes half a second.
type Process struct {
	mu     sync.Mutex
	next   int
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
}

// Start runs the peers until the test ends. Where node or the libraries are missing the test is skipped with a line
// that says what to do; in CI (CI=true) it fails.
func Start(t testing.TB) *Peer {
	t.Helper()
	p, err := Open()
	if err != nil {
		Missing(t, err)
	}
	t.Cleanup(p.Close)
	return p.For(t)
}

// Open runs the peers until Close. It fails where node or the libraries are missing.
func Open() (*Process, error) { return open(".", "peers.mjs") }

// open runs a program of a folder below test/peers, which has its own packages.
func open(below, program string) (*Process, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	dir = filepath.Join(dir, below)
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, errors.New("node (20 or newer) is not installed")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		return nil, errors.New(`the npm packages are not installed: run "make peers"`)
	}
	p := &Process{cmd: exec.Command(node, program)}
	p.cmd.Dir = dir
	p.cmd.Stderr = &p.stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.cmd.Start()
}

// For is the process as a test uses it.
func (p *Process) For(t testing.TB) *Peer { return &Peer{t, p} }

// Call asks op with args and reads the answer into out (nil: no matter). A refusal fails the test.
func (p *Peer) Call(op string, args, out any) {
	p.t.Helper()
	if err := p.Try(op, args, out); err != nil {
		p.t.Fatal(err)
	}
}

// Refusal is a library's own error: what it said no with.
type Refusal struct{ Op, Text string }

func (r *Refusal) Error() string { return r.Op + ": " + r.Text }

// Try is Call for a test that wants to be refused: it fails with a *Refusal. Whatever else goes wrong (the process
// died, the answer does not fit out) fails the test.
func (p *Peer) Try(op string, args, out any) error {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next++
	answer, err := p.exchange(request{ID: p.next, Op: op, Args: args})
	if err != nil {
		p.t.Fatalf("peers: %s: %v\n%s", op, err, p.stderr.String())
	}
	if answer.Error != nil {
		return &Refusal{Op: op, Text: *answer.Error}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer.OK, out); err != nil {
		p.t.Fatalf("peers: %s: answer: %v", op, err)
	}
	return nil
}

type request struct {
	ID   int    `json:"id"`
	Op   string `json:"op"`
	Args any    `json:"args"`
}

type response struct {
	ID    int             `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error *string         `json:"error"`
}

func (p *Process) exchange(request request) (response, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return response{}, err
	}
	// Killing the process ends the read below.
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return response{}, err
	}
	line, err = p.out.ReadBytes('\n')
	if err != nil {
		return response{}, fmt.Errorf("no answer: %w", err)
	}
	var answer response
	if err := json.Unmarshal(line, &answer); err != nil {
		return response{}, err
	}
	if answer.ID != request.ID {
		return response{}, fmt.Errorf("answer %d to request %d", answer.ID, request.ID)
	}
	return answer, nil
}

// Close closes standard input, which ends the program, and waits for it.
func (p *Process) Close() {
	_ = p.in.Close()
	late := time.AfterFunc(10*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	_ = p.cmd.Wait()
}

// Missing leaves a test out because of what [Open] said; in CI it fails.
func Missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(err)
	}
	t.Skipf("not run: %v", err)
}

// folder is test/peers of the project that the test runs in.
func folder() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		peers := filepath.Join(dir, "test", "peers")
		if _, err := os.Stat(filepath.Join(peers, "peers.mjs")); err == nil {
			return peers, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("test/peers is not above the working folder")
		}
		dir = parent
	}
}
