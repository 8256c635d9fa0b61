// Package ledgersim is cheqd's ledger without a network: one http.Handler with the REST gateway and the CometBFT RPC of a
// node, over a state in memory. It decodes what is sent, and holds it to the rules that cheqd-node 4.2 holds it to: account
// signature and sequence, fee.payer, fees by the oracle's price, the documents' own rules, the signatures of every signer,
// and the links between versions. What it refuses, it refuses with the codes and words of the node.
//
//	POST tx ── check: decode, rules, account, fees ──> mempool ── Commit: once more, messages, fees ──> state
//	GET, abci_query ── state
//
// What it leaves out: other messages than did:cheqd's four, multisignatures, fee grants, fees in other coins, consensus.
// Its gas is a model, near what was measured.
package ledgersim

import (
	"cmp"
	"math/big"
	"net/http"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/spec/cheqd"
)

// Config is what a chain has in its genesis, and how it runs. The zero value is a testnet without money.
type Config struct {
	ChainID   string       // "": cheqd-local-1
	Namespace string       // of its DIDs; "": testnet
	Params    cheqd.Params // prices; without any: [USDParams]
	Price     cheqd.Price  // of a CHEQ; without one the oracle knows none
	Accounts  []Account    // that have money from the start
	Now       func() time.Time
	// BlockTime is the time from block to block; transactions wait for the next. 0: a block follows every broadcast, and
	// there are no others but those of Commit.
	BlockTime time.Duration
	// MaxTx is the size of the largest transaction that a node takes, in bytes; 0: 4 MiB.
	MaxTx int
}

// Account is an address with ncheq, a decimal number.
type Account struct{ Address, Balance string }

// Ledger is a chain of one node. It may be used by several goroutines.
type Ledger struct {
	config Config
	mux    *http.ServeMux

	mu      sync.Mutex
	height  int64
	time    time.Time // of the newest block
	state   state
	mempool []pending
	seen    map[string]bool   // hashes that the mempool's cache has
	checked map[string]uint64 // sequences as the mempool counts them, till the next block
	txs     map[string]*record
}

// pending is a transaction that waits.
type pending struct {
	raw  []byte
	hash string
}

// record is a transaction in a block.
type record struct {
	raw    []byte
	hash   string
	height int64
	index  int
	time   time.Time
	result result
}

// result is what a transaction came to.
type result struct {
	refusal           *failure
	data              []byte // TxMsgData
	gasWanted, gasUse uint64
	fee               *big.Int // taken; nil: none
	payer             string
}

// New starts a chain. Its clock is Config.Now, nil: the machine's. An account whose balance is no number has none.
func New(config Config) *Ledger {
	config.ChainID = cmp.Or(config.ChainID, "cheqd-local-1")
	config.Namespace = cmp.Or(config.Namespace, cheqd.Testnet)
	config.MaxTx = cmp.Or(config.MaxTx, 4<<20)
	if config.Now == nil {
		config.Now = time.Now
	}
	if len(config.Params.CreateDID) == 0 {
		config.Params = USDParams()
	}
	l := &Ledger{
		config: config, mux: http.NewServeMux(), height: 1, time: config.Now().UTC(),
		state: newState(), seen: map[string]bool{}, checked: map[string]uint64{}, txs: map[string]*record{},
	}
	for _, a := range config.Accounts {
		l.state.fund(a)
	}
	l.routes()
	return l
}

// ServeHTTP answers as a node's REST gateway and RPC do.
func (l *Ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.advance()
	l.mu.Unlock()
	l.mux.ServeHTTP(w, r)
}

// Fund gives an account ncheq, and opens it where it is new.
func (l *Ledger) Fund(account Account) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.fund(account)
}

// Commit makes a block of what waits.
func (l *Ledger) Commit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.block(l.config.Now().UTC())
}

// Height is the height of the newest block.
func (l *Ledger) Height() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance()
	return l.height
}

// advance makes the blocks that the clock says were made since the last.
func (l *Ledger) advance() {
	every := l.config.BlockTime
	if every <= 0 {
		return
	}
	passed := l.config.Now().Sub(l.time) / every
	if passed < 1 {
		return
	}
	l.block(l.time.Add(every))
	l.height += int64(passed - 1)
	l.time = l.time.Add((passed - 1) * every)
}

// block runs what waits. The time of blocks only grows.
func (l *Ledger) block(at time.Time) {
	if !at.After(l.time) {
		at = l.time.Add(time.Nanosecond)
	}
	l.height, l.time = l.height+1, at
	for i, p := range l.mempool {
		r := l.deliver(p.raw)
		if r.refusal != nil {
			delete(l.seen, p.hash)
		}
		l.txs[p.hash] = &record{p.raw, p.hash, l.height, i, at, r}
	}
	l.mempool = nil
	clear(l.checked)
}

// USDParams are the prices that live networks have had since version 4: 2, 1 and 0.4 USD for DIDs; 0.1, 0.4 and 0.2 USD for
// images, JSON and other resources.
func USDParams() cheqd.Params {
	fixed := func(tenths int64) []cheqd.FeeRange {
		n := new(big.Int).Mul(big.NewInt(tenths), big.NewInt(1e17))
		return []cheqd.FeeRange{{Denom: cheqd.USD, Min: n, Max: n}}
	}
	return cheqd.Params{
		CreateDID: fixed(20), UpdateDID: fixed(10), DeactivateDID: fixed(4), Image: fixed(1), JSON: fixed(4), Default: fixed(2),
	}
}

// CHEQParams are the prices of a new chain: in CHEQ.
func CHEQParams() cheqd.Params {
	between := func(least, most int64) []cheqd.FeeRange {
		r := cheqd.FeeRange{Denom: cheqd.Denom, Min: big.NewInt(least * 1e8)}
		if most > 0 {
			r.Max = big.NewInt(most * 1e8)
		}
		return []cheqd.FeeRange{r}
	}
	return cheqd.Params{
		CreateDID: between(500, 1000), UpdateDID: between(250, 0), DeactivateDID: between(100, 200),
		Image: between(200, 300), JSON: between(35, 600), Default: between(60, 200),
	}
}
