package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

type keyCommands struct {
	Create keyCreate       `cmd:"" help:"Make a signing key that no DID has yet." example:"chancery key create --algorithm P-256"`
	List   keyList         `cmd:"" help:"List signing keys." example:"chancery key list"`
	Master keyMaster       `cmd:"" help:"Print a new master key; no server is needed." example:"export CHANCERY_MASTER_KEY=$(chancery key master)"`
	Rotate keyRotateMaster `cmd:"" name:"rotate-master" help:"Put the database under a new master key." example:"chancery key rotate-master --data /var/lib/chancery"`
}

type keyCreate struct {
	remote
	Algorithm string `default:"Ed25519" enum:"Ed25519,P-256,P-384,secp256k1" help:"${enum}."`
}

// Run makes a key.
func (c *keyCreate) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Key, error) { return s.CreateKey(ctx, c.Algorithm) }, func(p page, k sdk.Key) {
		p.card("key", k.ID, "algorithm", k.Algorithm, "store", k.Store, "created", stamp(k.CreatedAt), "public", string(k.PublicJWK))
	})
}

type keyList struct{ listing }

// Run lists keys.
func (c *keyList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Key], error) { return s.ListKeys(ctx, c.query()) },
		list([]string{"ID", "ALGORITHM", "STORE", "CREATED"}, func(k sdk.Key) []string {
			return []string{k.ID, k.Algorithm, k.Store, stamp(k.CreatedAt)}
		}))
}

type keyMaster struct{ output }

// Run prints a master key.
func (c *keyMaster) Run(std streams) error {
	key := app.NewMasterKey()
	if c.JSON {
		return printJSON(std.out, map[string]string{"masterKey": key})
	}
	_, err := fmt.Fprintln(std.out, key)
	return err
}

type keyRotateMaster struct {
	output
	database
}

// Help tells the two ways.
func (keyRotateMaster) Help() string {
	return "With SQLite and a key file, stop the server first: a new key is made and takes the file's place. " +
		"With PostgreSQL nothing stops: restart every server with the new key in CHANCERY_MASTER_KEY_PREVIOUS, then every one with " +
		"the new key in CHANCERY_MASTER_KEY and the old one in CHANCERY_MASTER_KEY_PREVIOUS, run this with both, then take the old one away."
}

// Run rotates the master key.
func (c *keyRotateMaster) Run(ctx context.Context, std streams) error {
	done, err := app.RotateMaster(ctx, c.config())
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, done)
	}
	return paint(std, func(p page) {
		p.card("master key", done.Key, "data keys sealed anew", strconv.Itoa(done.DataKeys),
			"audit heads sealed anew", strconv.Itoa(done.Heads), "key file", done.File)
	})
}
