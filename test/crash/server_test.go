// Package crash kills the server at every step of issuing and at moments of chance, starts it again, and counts.
package crash

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/test/suite"
)

// server is a server process that is started and killed many times on one address and one database.
type server struct {
	t      testing.TB
	binary string
	env    []string
	listen string
	url    string
	admin  string // told at the first start
	log    string // path

	cmd  *exec.Cmd
	dead chan struct{}
}

func newServer(t testing.TB, binary string, env ...string) *server {
	listen := suite.QuietAddress(t)
	s := &server{t: t, binary: binary, env: env, listen: listen, url: "http://" + listen, log: filepath.Join(t.TempDir(), "log")}
	t.Cleanup(func() {
		if s.cmd != nil {
			s.kill()
		}
		if log, err := os.ReadFile(s.log); t.Failed() && err == nil {
			t.Logf("the server's log:\n%s", log[max(0, len(log)-8000):])
		}
	})
	return s
}

// start begins the process and waits until it says that it serves. crash is CHANCERY_TEST_CRASH.
func (s *server) start(crash string) {
	s.t.Helper()
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	cmd := s.command(crash)
	cmd.Stderr = log
	out, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	ready, dead := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(dead)
		admin := ""
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if secret := adminKey(lines.Text()); secret != "" {
				admin = secret
			}
			if strings.Contains(lines.Text(), " at http") {
				ready <- admin
			}
		}
		_ = cmd.Wait() // how it ended died tells
	}()
	s.cmd, s.dead = cmd, dead
	select {
	case admin := <-ready:
		if admin != "" {
			s.admin = admin
		}
	case <-dead:
		s.t.Fatalf("the server did not start: %s", cmd.ProcessState)
	case <-time.After(30 * time.Second):
		s.t.Fatal("the server does not start")
	}
}

// adminKey reads what a server says at its first start, or in development at each; "" where a line says something else.
func adminKey(line string) string {
	if said, secret, ok := strings.Cut(line, "): "); ok && strings.HasPrefix(said, "admin key (") {
		return secret
	}
	return ""
}

func (s *server) command(crash string) *exec.Cmd {
	cmd := exec.Command(s.binary, "serve", "--listen", s.listen, "--log-level", "warn")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "CHANCERY_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	cmd.Env = append(append(cmd.Env, s.env...), "CHANCERY_TEST_CRASH="+crash)
	return cmd
}

// kill sends SIGKILL and waits for the end.
func (s *server) kill() {
	s.t.Helper()
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
	s.died()
}

// died waits for the end and holds the server to having been killed: a server that gives up by itself is wrong.
func (s *server) died() {
	s.t.Helper()
	select {
	case <-s.dead:
	case <-time.After(40 * time.Second):
		s.t.Fatal("the server does not die")
	}
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		s.t.Errorf("the server ended by itself: %s", s.cmd.ProcessState)
	}
	s.cmd = nil
}
