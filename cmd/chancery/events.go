package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/chancery-vc/chancery/sdk"
)

type eventsCommand struct {
	remote
	After  int64 `placeholder:"N" help:"Only those after this position."`
	Limit  int   `default:"100" placeholder:"N" help:"How many, at most 1000."`
	Follow bool  `short:"f" help:"Go on as they happen, until interrupted; with --json an event a line."`
}

var eventHeading = []string{"POSITION", "AT", "EVENT", "OBJECT", "SUBJECT"}

func eventRow(e sdk.Event) []string {
	return []string{strconv.FormatInt(e.Position, 10), stamp(e.At), e.Type, e.Object, e.Subject}
}

// Run lists events, or follows them.
func (c *eventsCommand) Run(ctx context.Context, std streams) error {
	if c.Follow {
		return c.follow(ctx, std)
	}
	return ask(std, c.remote, func(s *sdk.Client) ([]sdk.Event, error) {
		events, _, err := s.Events(ctx, c.After, c.Limit)
		return events, err
	}, func(p page, events []sdk.Event) {
		var rows [][]string
		for _, e := range events {
			rows = append(rows, eventRow(e))
		}
		p.table(eventHeading, rows)
	})
}

func (c *eventsCommand) follow(ctx context.Context, std streams) error {
	plain := c.remote
	plain.JSON = false // a stream is not kept
	client, _ := plain.client()
	err := client.StreamEvents(ctx, c.After, func(e sdk.Event) error {
		if c.JSON {
			return printJSON(std.out, e)
		}
		return paint(std, func(p page) {
			p.linef("%6d  %s  %-24s  %s", e.Position, stamp(e.At), e.Type, first(e.Subject, e.Object))
		})
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return reached(c.remote, err)
}

// first gives the first text that is one.
func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
