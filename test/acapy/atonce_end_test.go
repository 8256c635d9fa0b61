package acapy

import (
	"bufio"
	"database/sql"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// end is a server in a process of its own, which ends and starts on one address and one database, and the controller of its agent.
type end struct {
	*peers.Controller
	t           *testing.T
	binary      string
	env         []string
	listen      string
	log         string // path
	operator    string // API key, until the next start
	driver, dsn string
	db          *sql.DB // to look into; nil: not yet

	cmd  *exec.Cmd
	dead chan struct{}
}

// startEnd starts a server with one office. Its agent takes and stores what it is offered.
func startEnd(t *testing.T, binary, engine, name string) *end {
	t.Helper()
	e := &end{t: t, binary: binary, listen: suite.QuietAddress(t), log: filepath.Join(t.TempDir(), "log")}
	e.env, e.driver, e.dsn = database(t, engine)
	e.start()
	t.Cleanup(func() {
		_ = e.cmd.Process.Kill()
		<-e.dead
		if log, err := os.ReadFile(e.log); t.Failed() && err == nil {
			t.Logf("the %s's log\n%s", name, log[max(0, len(log)-8000):])
		}
	})
	inside := sdk.New("http://"+e.listen, e.operator)
	organisation := must(inside.CreateOrganisation(t.Context(), sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true}))
	inside.Organisation = organisation.ID
	key := must(inside.CreateAPIKey(t.Context(), sdk.NewPrincipal{
		Name: "controller", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}},
	}))
	e.Controller = (&peers.Controller{Name: name, URL: "http://" + e.listen + prefix, Header: http.Header{"X-Api-Key": {key.Secret}}}).For(t)
	return e
}

// start begins the process and waits until it says that it serves.
func (e *end) start() {
	log := must(os.OpenFile(e.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600))
	defer func() { _ = log.Close() }()
	e.cmd = exec.Command(e.binary, "serve", "--listen", e.listen, "--log-level", "warn", "--dev", "--acapy-preserve",
		"--acapy-auto", "credential-offer", "--acapy-auto", "store-credential")
	e.cmd.Env, e.cmd.Stderr = append(os.Environ(), e.env...), log
	out := must(e.cmd.StdoutPipe())
	done(e.cmd.Start())
	ready, dead := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(dead)
		operator := ""
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if said, key, ok := strings.Cut(lines.Text(), "): "); ok && strings.HasPrefix(said, "admin key (") {
				operator = key
			}
			if strings.Contains(lines.Text(), " at http") {
				ready <- operator
			}
		}
		_ = e.cmd.Wait() // how it ended is seen where it is ended
	}()
	e.dead = dead
	select {
	case e.operator = <-ready:
	case <-dead:
		e.t.Errorf("the server did not start: %s", e.cmd.ProcessState)
	case <-time.After(time.Minute):
		e.t.Error("the server does not start")
	}
}

// restarted ends the server in order, and starts it again.
func (e *end) restarted() {
	e.ended(syscall.SIGTERM)
	if !e.cmd.ProcessState.Success() {
		e.t.Errorf("the server ended with %s", e.cmd.ProcessState)
	}
	e.again()
}

// killed ends the server at once, and starts it again.
func (e *end) killed() {
	e.ended(syscall.SIGKILL)
	if status, ok := e.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		e.t.Errorf("the server ended by itself: %s", e.cmd.ProcessState)
	}
	e.again()
}

func (e *end) ended(by os.Signal) {
	if err := e.cmd.Process.Signal(by); err != nil {
		e.t.Error(err)
	}
	select {
	case <-e.dead:
	case <-time.After(time.Minute):
		e.t.Error("the server does not end")
		_ = e.cmd.Process.Kill()
		<-e.dead
	}
}

// again is start on another goroutine than the test's, where a failure is not to be thrown.
func (e *end) again() {
	defer func() {
		if r := recover(); r != nil {
			e.t.Errorf("the server does not start again: %v", r)
		}
	}()
	e.start()
}
