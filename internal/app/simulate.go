package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
)

// simulatedPrice is what a CHEQ costs on a simulated ledger, in USD.
const simulatedPrice = "0.05"

// SimulateLedger answers as a node of cheqd does, its testnet by name, until ctx ends. Nothing of it stays. Accounts are
// addresses, each of which has 100,000 CHEQ from the start.
func SimulateLedger(ctx context.Context, listen string, blocks time.Duration, accounts []string, out io.Writer) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil || !loopback(host) {
		return vc.Errorf(vc.Invalid, "configuration", "--listen: a simulated ledger is for this machine: %q is not a host:port on loopback", listen)
	}
	ledger, err := simulatedLedger(blocks)
	if err != nil {
		return err
	}
	for _, address := range accounts {
		if err := spec.CheckAddress(spec.AddressPrefix, address); err != nil {
			return vc.Errorf(vc.Invalid, "configuration", "--fund: %q is no address of cheqd", address)
		}
		ledger.Fund(ledgersim.Account{Address: address, Balance: simulatedBalance})
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	if err != nil {
		return vc.Errorf(vc.Unavailable, "listen", "cannot listen on %s: %s", listen, err)
	}
	server := httpx.Server("", ledger)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	_, _ = fmt.Fprintf(out, "a simulated cheqd testnet at http://%s, REST and RPC; it forgets everything when it ends\n", listener.Addr())
	select {
	case err = <-ended:
	case <-ctx.Done():
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		err = errors.Join(server.Shutdown(stop), closed(<-ended))
	}
	return closed(err)
}

// closed takes away that a server was closed.
func closed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// simulatedBalance is 100,000 CHEQ.
const simulatedBalance = "100000000000000"

func simulatedLedger(blocks time.Duration) (*ledgersim.Ledger, error) {
	price, err := spec.ParsePrice(simulatedPrice)
	if err != nil {
		return nil, err
	}
	return ledgersim.New(ledgersim.Config{Price: price, BlockTime: blocks}), nil
}

// fundedLedger starts a simulated ledger on a free port, and gives its URL and what ends it.
func fundedLedger(ctx context.Context) (ledger *ledgersim.Ledger, url string, end func() error, err error) {
	if ledger, err = simulatedLedger(100 * time.Millisecond); err != nil {
		return nil, "", nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", nil, vc.Errorf(vc.Unavailable, "listen", "cannot listen: %s", err)
	}
	server := httpx.Server("", ledger)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	return ledger, "http://" + listener.Addr().String(), func() error {
		return errors.Join(server.Close(), closed(<-ended))
	}, nil
}

// ledgerAccounts makes accounts beside the running server.
func (a *App) ledgerAccounts(method cheqd.Method) cheqd.Accounts {
	return cheqd.Accounts{Rows: a.Ledger.Rows, Keys: a.Keys, Method: method, Now: a.Config.Now}
}
