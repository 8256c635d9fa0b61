package main

import (
	"context"
	"strconv"

	"github.com/chancery-vc/chancery/sdk"
)

type didcommCommands struct {
	Connections didcommConnections    `cmd:"" help:"List peers." example:"chancery didcomm connections --state completed"`
	Letters     didcommLetterCommands `cmd:"" help:"Messages on their way."`
}

type didcommLetterCommands struct {
	List   didcommLetters `cmd:"" default:"withargs" help:"List messages on their way." example:"chancery didcomm letters --dead"`
	Revive didcommRevive  `cmd:"" help:"Send a dead message again." example:"chancery didcomm letters revive 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
}

type didcommConnections struct {
	remote
	State  string `enum:",invited,requested,responded,completed,failed,ended" default:"" placeholder:"STATE" help:"Only these: invited, requested, responded, completed, failed or ended."`
	Cursor string `placeholder:"CURSOR" help:"The page that begins here; the end of a page names it."`
	Limit  int    `default:"50" placeholder:"N" help:"How many, at most 1000."`
}

// Run lists connections.
func (c *didcommConnections) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Connection], error) {
		return s.ListConnections(ctx, sdk.ConnectionQuery{State: c.State, Cursor: c.Cursor, Limit: c.Limit})
	}, list([]string{"ID", "PEER", "ROLE", "STATE", "PROTOCOL", "THEIR DID", "ERROR", "CHANGED"}, func(k sdk.Connection) []string {
		return []string{k.ID, first(k.Alias, k.Label), k.Role, k.State, k.Protocol, first(k.TheirPublicDID, k.TheirDID), k.Error, stamp(k.UpdatedAt)}
	}))
}

type didcommLetters struct {
	remote
	Dead       bool   `help:"Only those that are not tried any more."`
	State      string `enum:",waiting,held,sent,dead" default:"" placeholder:"STATE" help:"Only these: waiting, held, sent or dead."`
	Connection string `placeholder:"ID" help:"Only those of this connection."`
	Cursor     string `placeholder:"CURSOR" help:"The page that begins here; the end of a page names it."`
	Limit      int    `default:"50" placeholder:"N" help:"How many, at most 1000."`
}

// Run lists letters.
func (c *didcommLetters) Run(ctx context.Context, std streams) error {
	q := sdk.LetterQuery{State: c.State, Connection: c.Connection, Cursor: c.Cursor, Limit: c.Limit}
	switch {
	case c.Dead && c.State != "" && c.State != "dead":
		return usage("--dead and --state are two ways to say one thing")
	case c.Dead:
		q.State = "dead"
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Letter], error) { return s.ListLetters(ctx, q) },
		list([]string{"ID", "TYPE", "WAY", "STATE", "CONNECTION", "SUBJECT", "ATTEMPTS", "FAILURE", "CHANGED"}, func(l sdk.Letter) []string {
			return []string{l.ID, l.Type, l.Way, l.State, l.Connection, l.Subject, strconv.Itoa(l.Attempts), l.Failure, stamp(l.UpdatedAt)}
		}))
}

type didcommRevive struct{ byID }

// Run sends a letter again.
func (c *didcommRevive) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Letter, error) { return s.ReviveLetter(ctx, c.ID) },
		func(p page, l sdk.Letter) { p.line("sending " + l.ID + " again") })
}
