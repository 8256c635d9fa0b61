package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

type credentialBatch struct {
	remote
	File   string `arg:"" help:"Orders: a JSON array, or an object with orders; - is standard input."`
	Type   string `placeholder:"TYPE" help:"Credential type of orders that name none."`
	Issuer string `placeholder:"DID" help:"Issuer of orders that name none."`
	Atomic bool   `help:"All or none."`
	Key    string `name:"idempotency-key" placeholder:"KEY" help:"Repeating a call with this key changes nothing."`
}

// Help shows the file.
func (credentialBatch) Help() string {
	return `An order: {"type": ID, "issuer": DID, "claims": {…}, "validUntil": TIME, …}, as POST /v1/credentials takes it.`
}

// Run issues a batch. It fails when an order did.
func (c *credentialBatch) Run(ctx context.Context, std streams) error {
	batch, err := c.read(std)
	if err != nil {
		return err
	}
	failed := 0
	err = ask(std, c.remote, func(s *sdk.Client) ([]sdk.BatchItem, error) {
		if err := c.complete(ctx, s, batch.Orders); err != nil {
			return nil, err
		}
		items, err := s.IssueBatch(ctx, batch)
		for _, item := range items {
			if item.Credential == nil {
				failed++
			}
		}
		return items, err
	}, func(p page, items []sdk.BatchItem) {
		var rows [][]string
		for _, item := range items {
			switch {
			case item.Credential != nil:
				rows = append(rows, []string{strconv.Itoa(item.Index), "issued", item.Credential.ID})
			case item.Problem != nil:
				rows = append(rows, []string{strconv.Itoa(item.Index), "failed", inLine(item.Problem)})
			}
		}
		p.table([]string{"ORDER", "OUTCOME", "CREDENTIAL"}, rows)
		p.linef("\n%d issued, %d failed", len(items)-failed, failed)
	})
	if err == nil && failed > 0 {
		return quiet{statusFailed}
	}
	return err
}

func (c *credentialBatch) read(std streams) (sdk.Batch, error) {
	out := sdk.Batch{Atomic: c.Atomic, IdempotencyKey: c.Key}
	text, err := std.readJSON(c.File)
	if err != nil {
		return out, err
	}
	var into any = &out
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) {
		into = &out.Orders
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return out, usagef("%s has no orders: %s", shown(c.File), strings.TrimPrefix(err.Error(), "json: "))
	}
	out.Atomic = out.Atomic || c.Atomic
	return out, nil
}

// complete fills in what orders leave to the command line.
func (c *credentialBatch) complete(ctx context.Context, s *sdk.Client, orders []sdk.Order) error {
	known := map[string]string{}
	for i := range orders {
		o := &orders[i]
		if o.Type == "" {
			o.Type = c.Type
		}
		if o.Issuer == "" {
			o.Issuer = c.Issuer
		}
		if o.Type == "" {
			return usagef("order %d names no type: give it one, or --type for all", i)
		}
		if known[o.Type] == "" {
			id, err := findType(ctx, s, o.Type)
			if err != nil {
				return err
			}
			known[o.Type] = id
		}
		o.Type = known[o.Type]
	}
	return nil
}

type credentialList struct {
	remote
	Type      string `placeholder:"TYPE" help:"Of this credential type."`
	Subject   string `placeholder:"DID" help:"About them."`
	Recipient string `placeholder:"DID" help:"Given to them."`
	Issuer    string `placeholder:"DID" help:"Issued by it."`
	Status    string `placeholder:"STATUS" help:"active, suspended or revoked."`
	State     string `placeholder:"STATE" help:"awaited, issued or lapsed."`
	Issuance  string `placeholder:"ID" help:"Of one issuance."`
	From      moment `placeholder:"TIME" help:"Issued then or later."`
	To        moment `placeholder:"TIME" help:"Issued before."`
	Cursor    string `placeholder:"CURSOR" help:"The page that begins here; the end of a page names it."`
	Limit     int    `default:"50" placeholder:"N" help:"How many, at most 1000."`
	CSV       bool   `name:"csv" help:"All that match, as CSV."`
}

// Run lists credentials.
func (c *credentialList) Run(ctx context.Context, std streams) error {
	q := sdk.CredentialQuery{
		Subject: c.Subject, Recipient: c.Recipient, Issuer: c.Issuer, Status: c.Status, State: c.State,
		Issuance: c.Issuance, From: c.From.Time, To: c.To.Time, Cursor: c.Cursor, Limit: c.Limit,
	}
	narrow := func(s *sdk.Client) (err error) {
		if c.Type != "" {
			q.Type, err = findType(ctx, s, c.Type)
		}
		return err
	}
	if c.CSV {
		client, _ := c.client()
		q.Limit, q.Cursor = 0, ""
		if err := narrow(client); err != nil {
			return reached(c.remote, err)
		}
		return reached(c.remote, client.ExportCredentials(ctx, q, std.out))
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Credential], error) {
		if err := narrow(s); err != nil {
			return sdk.List[sdk.Credential]{}, err
		}
		return s.ListCredentials(ctx, q)
	}, list([]string{"ID", "TYPE", "STATE", "STATUS", "ISSUED", "VALID UNTIL", "ISSUER"}, func(k sdk.Credential) []string {
		return []string{k.ID, k.TypeName, k.State, k.Status, stamp(k.IssuedAt), stamp(k.ValidUntil), brief(k.Issuer, 40)}
	}))
}

// decodeSignature reads a signature, with or without padding.
func decodeSignature(text string) ([]byte, error) {
	out, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(text), "="))
	if err != nil {
		return nil, usage(fmt.Sprintf("--signature is not base64url: %v", err))
	}
	return out, nil
}
