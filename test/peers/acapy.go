package peers

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// ACAPy is a running agent of ACA-Py, https://github.com/openwallet-foundation/acapy, from PyPI as tools/acapy.sh installs it: an
// SQLite wallet in a folder of its own, no ledger, and the JSON-LD contexts that it carries.
type ACAPy struct {
	Controller *Controller
	Endpoint   string // where it takes messages

	cmd    *exec.Cmd
	home   string
	output lockedBuffer
	hooks  func()
	ended  chan struct{}
}

// ACAPyStart says what an agent is started with beside what all have; Flags as its command line has them.
type ACAPyStart struct {
	Label   string
	Flags   []string
	Webhook string // "URL#key" in place of the controller's hooks
	Trust   []byte // the one certificate, PEM, that it trusts for https; nil: those of the machine
}

// ErrNoPython is why there is no ACA-Py: what tools/acapy.sh prints, too.
var ErrNoPython = errors.New("no Python 3.13")

// OpenACAPy runs an agent until Close.
func OpenACAPy(start ACAPyStart) (*ACAPy, error) {
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "..", "..", "build", "acapy", "bin", "aca-py")
	if _, err := os.Stat(program); err != nil {
		if out, err := exec.Command(filepath.Join(dir, "..", "..", "tools", "acapy.sh")).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("tools/acapy.sh: %w: %s", err, out)
		}
		if _, err := os.Stat(program); err != nil {
			return nil, ErrNoPython
		}
	}
	a := &ACAPy{ended: make(chan struct{})}
	if a.home, err = os.MkdirTemp("", "acapy"); err != nil {
		return nil, err
	}
	inbound, admin, err := freePorts()
	if err != nil {
		return nil, err
	}
	hooks, closed := NewHooks("hooks")
	a.hooks = closed
	if start.Webhook == "" {
		start.Webhook = hooks.URL + "#" + hooks.Key
	}
	a.Endpoint = "http://127.0.0.1:" + inbound
	a.Controller = &Controller{
		Name: start.Label, URL: "http://127.0.0.1:" + admin, Header: http.Header{"X-Api-Key": {"admin"}}, Hooks: hooks,
	}
	a.cmd = exec.Command(program, append([]string{
		"start", "--no-ledger", "--wallet-type", "askar-anoncreds", "--wallet-name", "wallet", "--wallet-key", "key", "--auto-provision",
		"--endpoint", a.Endpoint, "-it", "http", "127.0.0.1", inbound, "-ot", "http", "--admin", "127.0.0.1", admin,
		"--admin-api-key", "admin", "--webhook-url", start.Webhook, "--label", start.Label, "--preserve-exchange-records",
		"--log-level", "warning",
	}, start.Flags...)...)
	a.cmd.Env = append(os.Environ(), "HOME="+a.home, "NO_PROXY=*", "PYTHONWARNINGS=ignore")
	if start.Trust != nil {
		file := filepath.Join(a.home, "trust.pem")
		if err := os.WriteFile(file, start.Trust, 0o600); err != nil {
			return nil, err
		}
		a.cmd.Env = append(a.cmd.Env, "SSL_CERT_FILE="+file)
	}
	a.cmd.Stdout, a.cmd.Stderr = &a.output, &a.output
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = a.cmd.Wait()
		close(a.ended)
	}()
	if err := a.ready(); err != nil {
		a.Close()
		return nil, fmt.Errorf("ACA-Py: %w\n%s", err, a.output.String())
	}
	return a, nil
}

// ready waits until the agent says that it is.
func (a *ACAPy) ready() error {
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); {
		select {
		case <-a.ended:
			return errors.New("it ended")
		case <-time.After(100 * time.Millisecond):
		}
		res, err := http.Get(a.Controller.URL + "/status/ready")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return errors.New("it does not get ready")
}

// PID is the agent's process.
func (a *ACAPy) PID() int { return a.cmd.Process.Pid }

// Close ends the agent.
func (a *ACAPy) Close() {
	if a.cmd.Process != nil {
		_ = a.cmd.Process.Signal(os.Interrupt)
		late := time.AfterFunc(10*time.Second, func() { _ = a.cmd.Process.Kill() })
		<-a.ended
		late.Stop()
	}
	a.hooks()
	_ = os.RemoveAll(a.home)
}

// Output is what the agent has written, for a failure.
func (a *ACAPy) Output() string { return a.output.String() }

// SharedACAPy is one [ACAPy] for all tests of a binary, started by the first that asks. TestMain closes it.
type SharedACAPy struct {
	Start ACAPyStart

	once  sync.Once
	agent *ACAPy
	err   error
}

// For gives the agent to a test, which is left out, or fails in CI, where there is no Python 3.13. What the agent wrote meanwhile is
// shown when the test fails.
func (s *SharedACAPy) For(t testing.TB) *Controller {
	t.Helper()
	s.once.Do(func() { s.agent, s.err = OpenACAPy(s.Start) })
	if errors.Is(s.err, ErrNoPython) {
		Missing(t, s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	from := len(s.agent.Output())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("ACA-Py wrote\n%s", s.agent.Output()[from:])
		}
	})
	return s.agent.Controller.For(t)
}

// Endpoint is where the agent takes messages; "" before it was started.
func (s *SharedACAPy) Endpoint() string {
	if s.agent == nil {
		return ""
	}
	return s.agent.Endpoint
}

// Close ends the agent, if one was started.
func (s *SharedACAPy) Close() {
	if s.agent != nil {
		s.agent.Close()
	}
}

// freePorts gives two ports that are free now.
func freePorts() (one, other string, err error) {
	var held [2]net.Listener // both at once, so that they differ
	var ports [2]string
	for i := range held {
		if held[i], err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			break
		}
		_, ports[i], _ = strings.Cut(held[i].Addr().String(), ":")
	}
	for _, l := range held {
		if l != nil {
			_ = l.Close()
		}
	}
	return ports[0], ports[1], err
}

// lockedBuffer takes what a process writes while others read it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
