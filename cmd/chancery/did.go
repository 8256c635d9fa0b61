package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

type didCommands struct {
	Create     didCreate     `cmd:"" help:"Make a DID and its key." example:"chancery did create --method web --domain vc.example.org --name 'University of Tromsø'"`
	List       didList       `cmd:"" help:"List DIDs." example:"chancery did list"`
	Get        didGet        `cmd:"" help:"Show a DID of the server, by id or DID." example:"chancery did get did:web:vc.example.org"`
	AddKey     didAddKey     `cmd:"" help:"Add a key beside those in use." example:"chancery did add-key did:web:vc.example.org --method-type Ed25519VerificationKey2018"`
	Rotate     didRotate     `cmd:"" help:"Add a key and retire those in use." example:"chancery did rotate did:web:vc.example.org"`
	Retire     didRetire     `cmd:"" help:"Retire a key: it verifies and signs no more." example:"chancery did retire did:web:vc.example.org '#key-1'"`
	Compromise didCompromise `cmd:"" help:"Give a key up as compromised: it leaves the document." example:"chancery did compromise did:web:vc.example.org '#key-1'"`
	Deactivate didDeactivate `cmd:"" help:"End a DID: it signs no more." example:"chancery did deactivate did:web:vc.example.org"`
	Resolve    didResolve    `cmd:"" help:"Resolve any DID that the server can." example:"chancery did resolve did:web:vc.example.org"`
}

func showDID(p page, d sdk.DID) {
	p.card("did", d.DID, "id", d.ID, "name", d.Name, "organisation", d.Organisation, "created", stamp(d.CreatedAt),
		"deactivated", stamp(d.DeactivatedAt))
	var rows [][]string
	for _, k := range d.Keys {
		rows = append(rows, []string{strings.TrimPrefix(k.Method, d.DID), k.Algorithm, cmp.Or(k.Type, "-"), k.State, stamp(k.AddedAt), k.KeyID})
	}
	p.line("")
	p.table([]string{"METHOD", "ALGORITHM", "TYPE", "STATE", "ADDED", "KEY"}, rows)
}

type didCreate struct {
	remote
	Method    string            `default:"key" placeholder:"METHOD" help:"key, jwk, web, peer, empe or cheqd."`
	Algorithm string            `placeholder:"ALGORITHM" help:"Of its key: Ed25519, P-256, P-384 or secp256k1."`
	Name      string            `placeholder:"NAME" help:"What it is called here."`
	Domain    string            `placeholder:"HOST" help:"did:web: where its document is."`
	Path      string            `placeholder:"PATH" help:"did:web: below which path."`
	Type      string            `name:"method-type" placeholder:"TYPE" help:"did:web, did:cheqd: what its document lists the key as."`
	Option    map[string]string `placeholder:"NAME=VALUE" help:"Another option of the method: did:empe has network, did:cheqd network and assertionMethodType, did:peer numalgo and endpoint."`
	KeyID     string            `name:"key" placeholder:"ID" help:"Use this key instead of a new one."`
}

// Run makes a DID.
func (c *didCreate) Run(ctx context.Context, std streams) error {
	options := c.Option
	for name, value := range map[string]string{"domain": c.Domain, "path": c.Path, "verificationMethodType": c.Type} {
		if value != "" {
			if options == nil {
				options = map[string]string{}
			}
			options[name] = value
		}
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.DID, error) {
		return s.CreateDID(ctx, sdk.NewDID{Method: c.Method, Algorithm: c.Algorithm, Name: c.Name, Options: options, KeyID: c.KeyID})
	}, showDID)
}

type didList struct{ shelved }

// Run lists DIDs.
func (c *didList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.DID], error) { return s.ListDIDs(ctx, c.query()) },
		list([]string{"DID", "NAME", "KEYS", "ID", "CREATED", "DEACTIVATED"}, func(d sdk.DID) []string {
			return []string{d.DID, d.Name, fmt.Sprint(len(d.Keys)), d.ID, stamp(d.CreatedAt), stamp(d.DeactivatedAt)}
		}))
}

// byDID is a command about one DID.
type byDID struct {
	remote
	ID string `arg:"" name:"did" help:"A DID of the server, or its id."`
}

type didGet struct{ byDID }

// Run shows a DID.
func (c *didGet) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.DID, error) { return s.GetDID(ctx, c.ID) }, showDID)
}

type didAddKey struct {
	byDID
	Algorithm string `default:"Ed25519" placeholder:"ALGORITHM" help:"Of the new key: Ed25519, P-256, P-384 or secp256k1."`
	Type      string `name:"method-type" placeholder:"TYPE" help:"What the document lists it as, such as Multikey or Ed25519VerificationKey2018; by default as the key in use."`
}

// Run adds a key to a DID.
func (c *didAddKey) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.DID, error) {
		return s.AddDIDKey(ctx, c.ID, sdk.NewDIDKey{Algorithm: c.Algorithm, Type: c.Type})
	}, showDID)
}

type didRotate struct {
	byDID
	Algorithm string `placeholder:"ALGORITHM" help:"Of the new key; by default that of the key in use."`
}

// Run rotates a DID.
func (c *didRotate) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.DID, error) { return s.RotateDID(ctx, c.ID, c.Algorithm) }, showDID)
}

// byMethod is a command about one key of a DID.
type byMethod struct {
	byDID
	Method string `arg:"" help:"Verification method: a DID URL, or its part from # on."`
}

func (c byMethod) setState(ctx context.Context, std streams, state string) error {
	method := c.Method
	if strings.HasPrefix(method, "#") && strings.HasPrefix(c.ID, "did:") {
		method = c.ID + method
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.DID, error) { return s.SetDIDKeyState(ctx, c.ID, method, state) }, showDID)
}

type didRetire struct{ byMethod }

// Run retires a key.
func (c *didRetire) Run(ctx context.Context, std streams) error {
	return c.setState(ctx, std, "retired")
}

type didCompromise struct{ byMethod }

// Run gives a key up.
func (c *didCompromise) Run(ctx context.Context, std streams) error {
	return c.setState(ctx, std, "compromised")
}

type didDeactivate struct{ byDID }

// Run ends a DID.
func (c *didDeactivate) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.DID, error) { return s.DeactivateDID(ctx, c.ID) }, showDID)
}

type didResolve struct {
	remote
	DID string `arg:"" name:"did" help:"Any DID."`
}

// Run resolves a DID.
func (c *didResolve) Run(ctx context.Context, std streams) error {
	answer, err := c.resolveDID(ctx, c.DID)
	if err != nil {
		return err
	}
	var result struct {
		Document json.RawMessage `json:"didDocument"`
		Metadata struct {
			Error   string `json:"error"`
			Message string `json:"errorMessage"`
		} `json:"didResolutionMetadata"`
	}
	if err := json.Unmarshal(answer, &result); err != nil {
		return errors.New("what the server answered is no resolution result")
	}
	switch {
	case c.JSON:
		err = (&tape{answer: answer}).write(std.out)
	case result.Metadata.Error == "":
		err = paint(std, func(p page) { p.document(result.Document) })
	}
	if err == nil && result.Metadata.Error != "" {
		err = &sdk.Problem{Type: result.Metadata.Error, Detail: result.Metadata.Message}
	}
	return err
}
