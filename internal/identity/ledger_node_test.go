package identity_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
)

// ledgerNode is a node of cheqd that is not in this process, and who pays there.
type ledgerNode struct {
	rest, rpc, network string
	chainID            string // "": whatever it is
	key                string // of the account that pays: words, or 64 hexadecimal digits
	blocks             time.Duration
}

// TestLedgerNode has one suite pass against a node over the network: the simulator's, in a process of its own, always; and a real
// one, whose tokens it spends, where the environment names it (CONTRIBUTING.md).
func TestLedgerNode(t *testing.T) {
	t.Run("simulated", func(t *testing.T) { ledgerSuite(t, simulatedNode(t)) })
	t.Run("real", func(t *testing.T) {
		node := ledgerNode{
			rest: os.Getenv("CHEQD_REST_URL"), rpc: os.Getenv("CHEQD_RPC_URL"), network: cmp.Or(os.Getenv("CHEQD_NETWORK"), spec.Testnet),
			chainID: os.Getenv("CHEQD_CHAIN_ID"), key: os.Getenv("CHEQD_FEE_KEY"), blocks: 6 * time.Second,
		}
		if node.rest == "" || node.key == "" {
			t.Skip("no node: set CHEQD_REST_URL and CHEQD_FEE_KEY, of a funded account, to run the suite against a real one")
		}
		ledgerSuite(t, node)
	})
}

// simulatedNode starts "chancery ledger simulate".
func simulatedNode(t *testing.T) ledgerNode {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "chancery")
	if out, err := exec.Command("go", "build", "-o", binary, "github.com/chancery-vc/chancery/cmd/chancery").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	private, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	node := ledgerNode{network: spec.Testnet, key: hex.EncodeToString(private.Serialize()), blocks: 100 * time.Millisecond}
	address := spec.Address(spec.AddressPrefix, private.PubKey().SerializeCompressed())
	process := exec.Command(binary, "ledger", "simulate", "--listen", "127.0.0.1:0", "--block-time", node.blocks.String(), "--fund", address)
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	_, rest, _ := strings.Cut(line, " at ")
	node.rest, _, _ = strings.Cut(rest, ",")
	node.rpc = node.rest
	return node
}

// ledgerSuite is what a node must do: the law of DID methods, a DID's life, its versions, services and resources.
func ledgerSuite(t *testing.T, node ledgerNode) {
	t.Helper()
	_, body, err := nodeWorld(t, node).method.Call.Call(t.Context(), http.MethodGet, strings.TrimRight(node.rest, "/")+spec.QueryChainID().REST, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Nothing is paid on a chain that is not the one that was meant.
	if chain, err := spec.ParseChainID(body); err != nil || node.chainID != "" && chain != node.chainID {
		t.Fatalf("the node is of the chain %q (%v), not of %q", chain, err, node.chainID)
	}
	t.Run("law", func(t *testing.T) { ledgerLaw(t, nodeWorld(t, node)) })
	t.Run("life", func(t *testing.T) { ledgerLife(t, nodeWorld(t, node)) })
	t.Run("versions", func(t *testing.T) { ledgerVersions(t, nodeWorld(t, node)) })
	t.Run("services", func(t *testing.T) { ledgerRegistrar(t, nodeWorld(t, node)) })
	t.Run("resources", func(t *testing.T) { ledgerResources(t, nodeWorld(t, node), 64<<10) }) // of a block there is 200 KiB
}

// nodeWorld is a server with the node and its account.
func nodeWorld(t *testing.T, node ledgerNode) *ledgerWorld {
	t.Helper()
	w := ledgerWorldOf(t, map[string]cheqd.Network{node.network: {REST: node.rest, RPC: node.rpc}})
	var err error
	if w.payer, err = w.accounts().Import(t.Context(), caller("", ""), node.network, node.key); err != nil {
		t.Fatal(err)
	}
	if has, err := w.accounts().Balance(t.Context(), w.payer); err != nil || has.Sign() == 0 {
		t.Fatalf("the account %s has %v (%v)", w.payer.Address, has, err)
	}
	w.writer = w.newWriter()
	w.writer.Lease, w.writer.Resend, w.writer.Block = time.Minute, 5*node.blocks, node.blocks/10
	w.writer.Finish["law"] = func(ctx context.Context, tx vc.LedgerTransaction) error {
		tx.Intent, tx.Message, tx.Raw = nil, nil, nil
		return sql.For[cheqd.Rows](w.db).Update(ctx, tx.Scope, func(rows cheqd.Rows) error { return rows.UpdateLedgerTransaction(tx) })
	}
	w.start(w.writer)
	return w
}

// ledgerLaw is the law of DID methods, where a document is published by writing it to the ledger.
func ledgerLaw(t *testing.T, w *ledgerWorld) {
	t.Helper()
	network := strings.TrimPrefix(w.payer.Ledger, "cheqd:")
	scope := vc.Scope{Tenant: "t"}
	var made vc.Key
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	didtest.Run(t, didtest.Subject{
		Method: w.method, Options: map[string]string{"network": network}, Algorithms: []vc.Algorithm{vc.Ed25519, vc.P256},
		Missing: spec.DID{Namespace: network, ID: uuid.NewString()}.String(), Broken: []string{"did:cheqd:" + network + ":x"},
		Key: func(algorithm vc.Algorithm) vc.Key {
			var err error
			made, err = w.keys.Generate(t.Context(), scope, algorithm)
			check(err)
			return made
		},
		Publish: func(text string, _ []byte) {
			method, err := w.method.MethodID(text, made)
			check(err)
			recording, err := w.method.Record(vc.Identity{}, vc.Identity{DID: text, Method: "cheqd", Keys: []vc.IdentityKey{
				{Key: made, Method: method, Purposes: did.Purposes(), State: vc.KeyActive},
			}})
			check(err)
			signature, err := w.keys.Sign(t.Context(), made, recording.SignBytes)
			check(err)
			tx, err := w.method.Signed(recording, [][]byte{signature})
			check(err)
			tx.ID, tx.Scope, tx.Purpose, tx.Revision, tx.CreatedAt = uuid.Must(uuid.NewV7()).String(), scope, "law", 1, time.Now().UTC().Truncate(time.Microsecond)
			tx.UpdatedAt = tx.CreatedAt
			check(sql.For[identity.Rows](w.db).Update(t.Context(), scope, func(rows identity.Rows) error { return rows.InsertLedgerTransaction(tx) }))
			for tx.State.Open() {
				select {
				case <-t.Context().Done():
					t.Fatal("the ledger has not decided")
				case <-time.After(10 * time.Millisecond): // and is asked again
				}
				check(sql.For[identity.Rows](w.db).View(t.Context(), scope, func(rows identity.Rows) (err error) {
					tx, err = rows.LedgerTransaction(tx.ID)
					return err
				}))
			}
			check(tx.Failure())
		},
	})
}
