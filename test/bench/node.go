package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
)

// peers is the folder of the npm packages, from the project's root.
const peers = "test/peers"

// nodeSuites are the suites that @digitalbazaar/vc is measured with.
var nodeSuites = [...]string{dataintegrity.EdDSARDFC2022, dataintegrity.ECDSARDFC2019, dataintegrity.Ed25519Signature2020}

// nodeJob asks bench.mjs for one suite.
type nodeJob struct {
	Name     string          `json:"name"`
	Suite    string          `json:"suite"`
	Alg      string          `json:"alg"`
	JWK      json.RawMessage `json:"jwk"` // private
	DID      string          `json:"did"`
	Method   string          `json:"method"`
	Document json.RawMessage `json:"document"`
	Secured  json.RawMessage `json:"secured"`
}

// nodeAnswer is bench.mjs's line for a job.
type nodeAnswer struct {
	Name         string
	Secured      json.RawMessage
	Sign, Verify nodeCount
}

type nodeCount struct{ N, CPU int } // CPU in microseconds

func (c nodeCount) figure() figure {
	used := time.Duration(c.CPU) * time.Microsecond
	return figure{rate: float64(c.N) / used.Seconds(), cpu: used / time.Duration(max(1, c.N)), n: c.N}
}

// nodeProofs has @digitalbazaar/vc secure and verify the same documents under the same keys. Each side verifies what the
// other signed before it is believed.
func nodeProofs(ctx context.Context, o options, t *table, cases []proofCase, canonical dataintegrity.RDFC, derived []byte) error {
	node, err := findNode()
	if err != nil {
		fmt.Println("not run: @digitalbazaar/vc:", err)
		return nil
	}
	request, asked, err := nodeRequest(o, cases, derived)
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, node, "bench.mjs")
	command.Dir, command.Stdin, command.Stderr = peers, bytes.NewReader(request), os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	decoder := json.NewDecoder(out)
	for {
		var answer nodeAnswer
		if err := decoder.Decode(&answer); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return errors.Join(err, command.Wait())
		}
		if err := asked[answer.Name].verify(ctx, answer.Secured, canonical); err != nil {
			return errors.Join(fmt.Errorf("%s, signed by @digitalbazaar/vc: %w", answer.Name, err), command.Cancel(), command.Wait())
		}
		t.row("Node", answer.Name+": sign", answer.Sign.figure())
		t.row("Node", answer.Name+": verify", answer.Verify.figure())
	}
	if err := command.Wait(); err != nil {
		return fmt.Errorf("bench.mjs: %w", err)
	}
	return nil
}

func nodeRequest(o options, cases []proofCase, derived []byte) ([]byte, map[string]proofCase, error) {
	documents := map[string]json.RawMessage{degreeURL: derived}
	for _, shipped := range known.All() {
		documents[shipped.URL] = shipped.Document
	}
	var jobs []nodeJob
	asked := map[string]proofCase{}
	for _, c := range cases {
		if !slices.Contains(nodeSuites[:], c.suite.Name) {
			continue
		}
		private, err := jose.PrivateJWK(c.by.private)
		if err != nil {
			return nil, nil, err
		}
		jobs = append(jobs, nodeJob{
			Name: c.name, Suite: c.suite.Name, Alg: c.by.algorithm, JWK: private, DID: c.by.did, Method: c.by.method,
			Document: c.document, Secured: c.secured,
		})
		asked[c.name] = c
	}
	request, err := json.Marshal(map[string]any{"seconds": o.seconds.Seconds(), "known": documents, "jobs": jobs})
	return request, asked, err
}

// findNode fails where Node or the packages are missing.
func findNode() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", errors.New("node (20 or newer) is not installed")
	}
	if _, err := os.Stat(filepath.Join(peers, "node_modules", "@digitalbazaar", "eddsa-rdfc-2022-cryptosuite")); err != nil {
		return "", errors.New(`the npm packages are not installed: run "make peers"`)
	}
	return node, nil
}

// suiteNames are a suite's in its rows, and its algorithm's.
type suiteNames struct{ name, algorithm string }

// suiteRatios holds the suites against the bare signature and against Node.
func (t *table) suiteRatios() {
	if len(t.suites) == 0 {
		return
	}
	ratio := func(name, place, other, operation string) string {
		ours, theirs := t.figures["proof "+name+": "+operation], t.figures[place+" "+other+": "+operation]
		if theirs.rate == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f", ours.rate/theirs.rate)
	}
	fmt.Printf("\n%-42s %12s %12s %12s %12s\n", "proof suite, operations of one core", "sign/raw", "verify/raw", "sign/Node", "verify/Node")
	for _, s := range t.suites {
		fmt.Printf("%-42s %12s %12s %12s %12s\n", s.name,
			ratio(s.name, "raw", s.algorithm, "sign"), ratio(s.name, "raw", s.algorithm, "verify"),
			ratio(s.name, "Node", s.name, "sign"), ratio(s.name, "Node", s.name, "verify"))
	}
}

// proofAims are what embedded proofs are held to.
func (t *table) proofAims(line func(string, float64, string, string)) {
	if refused := t.figures["proof a poison graph: refuse"]; refused.rate > 0 {
		line("a poison graph is refused after, in ms", 1e3/refused.rate, "%.0f", "<= 100")
	}
	for _, operation := range []string{"sign", "verify"} {
		jcs := t.figures["proof "+dataintegrity.EdDSAJCS2022+": "+operation]
		if raw := t.figures["raw "+jose.EdDSA+": "+operation]; raw.rate > 0 {
			line(dataintegrity.EdDSAJCS2022+" "+operation+" / raw Ed25519", jcs.rate/raw.rate, "%.2f", ">= 0.60")
		}
	}
	for _, operation := range []string{"sign", "verify"} {
		rdfc := t.figures["proof "+dataintegrity.EdDSARDFC2022+": "+operation]
		if node := t.figures["Node "+dataintegrity.EdDSARDFC2022+": "+operation]; node.rate > 0 {
			line(dataintegrity.EdDSARDFC2022+" "+operation+" / @digitalbazaar/vc in Node", rdfc.rate/node.rate, "%.1f", ">= 10")
		}
	}
}
