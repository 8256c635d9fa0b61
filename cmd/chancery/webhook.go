package main

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

type webhookCommands struct {
	Create       webhookCreate     `cmd:"" help:"Push events to a URL; the secret that signs them is shown this once." example:"chancery webhook create https://registry.example/chancery --event 'credential.*'"`
	List         webhookList       `cmd:"" help:"List webhooks." example:"chancery webhook list"`
	Get          webhookGet        `cmd:"" help:"Show a webhook, and how it fares." example:"chancery webhook get 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Update       webhookUpdate     `cmd:"" help:"Change a webhook; what is not named stays." example:"chancery webhook update 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --enable"`
	Delete       webhookDelete     `cmd:"" help:"Delete a webhook with its deliveries." example:"chancery webhook delete 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Deliveries   webhookDeliveries `cmd:"" help:"List deliveries that did not succeed at once." example:"chancery webhook deliveries 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --state dead"`
	Replay       webhookReplay     `cmd:"" help:"Send again what is dead, one delivery, or all from a position." example:"chancery webhook replay 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --dead"`
	RotateSecret webhookRotate     `cmd:"" help:"Give a webhook a new secret, shown this once; for an overlap the old one signs too." example:"chancery webhook rotate-secret 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --overlap 24h"`
	Test         webhookTest       `cmd:"" help:"Send a test message, and say how it was answered." example:"chancery webhook test 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
}

func showWebhook(p page, h sdk.Webhook) {
	state := "enabled"
	if !h.Enabled {
		state = "disabled " + stamp(h.DisabledAt) + " (" + h.DisabledFor + ")"
	}
	p.card("webhook", h.URL, "id", h.ID, "name", h.Name, "organisation", h.Organisation, "events", first(strings.Join(h.Events, ", "), "all"),
		"headers", strings.Join(h.Headers, ", "), "state", state, "position", strconv.FormatInt(h.Position, 10), "pending", count(h.Pending),
		"next attempt", stamp(h.NextAt), "failing since", stamp(h.FailingSince), "last delivered", stamp(h.DeliveredAt),
		"created", stamp(h.CreatedAt), "old secret until", stamp(h.PreviousExpiresAt))
	if h.Secret != "" {
		p.linef("\nsecret (shown once, keep it): %s", h.Secret)
	}
}

// count writes a number that is worth a word.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// headersOf reads NAME: VALUE lines.
func headersOf(lines []string) (map[string]string, error) {
	out := map[string]string{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, usage("a header is NAME: VALUE")
		}
		out[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return out, nil
}

type webhookCreate struct {
	remote
	URL    string   `arg:"" name:"url" help:"Where to: https, and no private address unless the server was set to reach it."`
	Name   string   `placeholder:"TEXT" help:"What it is for."`
	Event  []string `placeholder:"TYPE" help:"Only events of this type; credential.* for all that begin so. May be repeated."`
	Header []string `sep:"none" placeholder:"NAME:VALUE" help:"Send this header with every message. May be repeated."`
	After  *int64   `placeholder:"N" help:"Begin behind this position of the journal; by default with what happens next."`
}

// Run makes a webhook.
func (c *webhookCreate) Run(ctx context.Context, std streams) error {
	headers, err := headersOf(c.Header)
	if err != nil {
		return err
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Webhook, error) {
		return s.CreateWebhook(ctx, sdk.NewWebhook{Name: c.Name, URL: c.URL, Events: c.Event, Headers: headers, After: c.After})
	}, showWebhook)
}

type webhookList struct{ listing }

// Run lists webhooks.
func (c *webhookList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Webhook], error) { return s.ListWebhooks(ctx, c.query()) },
		list([]string{"URL", "ID", "NAME", "EVENTS", "ENABLED", "PENDING", "FAILING SINCE"}, func(h sdk.Webhook) []string {
			return []string{
				h.URL, h.ID, h.Name, first(strings.Join(h.Events, ", "), "all"), first(h.DisabledFor, "yes"), count(h.Pending), stamp(h.FailingSince),
			}
		}))
}

type webhookGet struct{ byID }

// Run shows a webhook.
func (c *webhookGet) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Webhook, error) { return s.GetWebhook(ctx, c.ID) }, showWebhook)
}

type webhookUpdate struct {
	byID
	URL       *string  `name:"url" placeholder:"URL" help:"Where to."`
	Name      *string  `placeholder:"TEXT" help:"What it is for."`
	Event     []string `placeholder:"TYPE" xor:"events" help:"Only events of this type, in place of those before. May be repeated."`
	AllEvents bool     `xor:"events" help:"Events of every type."`
	Header    []string `sep:"none" placeholder:"NAME:VALUE" xor:"headers" help:"Send this header, in place of those before. May be repeated."`
	NoHeaders bool     `xor:"headers" help:"Send no headers of its own."`
	Enable    bool     `xor:"enabled" help:"Go on where it was."`
	Disable   bool     `xor:"enabled" help:"Send nothing more until it is enabled."`
}

// Run changes a webhook.
func (c *webhookUpdate) Run(ctx context.Context, std streams) error {
	patch := sdk.WebhookPatch{Name: c.Name, URL: c.URL}
	if c.AllEvents || len(c.Event) > 0 {
		events := append([]string{}, c.Event...)
		patch.Events = &events
	}
	if c.NoHeaders || len(c.Header) > 0 {
		headers, err := headersOf(c.Header)
		if err != nil {
			return err
		}
		patch.Headers = &headers
	}
	if c.Enable || c.Disable {
		patch.Enabled = &c.Enable
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Webhook, error) { return s.UpdateWebhook(ctx, c.ID, patch) }, showWebhook)
}

type webhookDelete struct{ byID }

// Run deletes a webhook.
func (c *webhookDelete) Run(ctx context.Context, std streams) error {
	return tell(std, c.remote, "deleted "+c.ID, func(s *sdk.Client) error { return s.DeleteWebhook(ctx, c.ID) })
}

type webhookDeliveries struct {
	byID
	State  string `enum:",pending,delivered,dead" default:"" placeholder:"STATE" help:"Only these: pending, delivered or dead."`
	Cursor string `placeholder:"CURSOR" help:"The page that begins here; the end of a page names it."`
	Limit  int    `default:"50" placeholder:"N" help:"How many, at most 1000."`
}

// Run lists deliveries.
func (c *webhookDeliveries) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Delivery], error) {
		return s.ListDeliveries(ctx, c.ID, sdk.DeliveryQuery{State: c.State, Cursor: c.Cursor, Limit: c.Limit})
	}, list([]string{"POSITION", "ID", "EVENT", "KEY", "STATE", "ATTEMPTS", "STATUS", "FAILURE", "NEXT"}, func(d sdk.Delivery) []string {
		return []string{
			strconv.FormatInt(d.Position, 10), d.ID, d.Event, d.Key, d.State, strconv.Itoa(d.Attempts), count(d.Status), d.Failure, stamp(d.NextAt),
		}
	}))
}

type webhookReplay struct {
	byID
	Delivery string `arg:"" optional:"" help:"Id of one delivery."`
	Dead     bool   `help:"All that are dead, the oldest first and as many as may wait."`
	From     int64  `placeholder:"N" help:"Every event from this position on, delivered or not."`
}

// Run sends events again.
func (c *webhookReplay) Run(ctx context.Context, std streams) error {
	chosen := 0
	for _, is := range []bool{c.Delivery != "", c.Dead, c.From != 0} {
		if is {
			chosen++
		}
	}
	if chosen != 1 {
		return usage("name a delivery, or give --dead or --from")
	}
	if c.Delivery != "" {
		return ask(std, c.remote, func(s *sdk.Client) (sdk.Delivery, error) { return s.ReplayDelivery(ctx, c.ID, c.Delivery) },
			func(p page, d sdk.Delivery) { p.line("sending " + d.ID + " again") })
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.WebhookReplayed, error) {
		if c.Dead {
			return s.ReplayDead(ctx, c.ID)
		}
		return s.ReplayFrom(ctx, c.ID, c.From)
	}, func(p page, r sdk.WebhookReplayed) {
		if c.Dead {
			p.linef("sending %d dead deliveries again", r.Replayed)
			return
		}
		p.linef("sending all from position %d again", r.Position+1)
	})
}

type webhookRotate struct {
	byID
	Overlap time.Duration `default:"24h" placeholder:"DURATION" help:"For how long the old secret signs too; at most 720h."`
}

// Run gives a webhook a new secret.
func (c *webhookRotate) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Webhook, error) { return s.RotateWebhookSecret(ctx, c.ID, c.Overlap) }, showWebhook)
}

type webhookTest struct{ byID }

// Run sends a test message. What was not delivered is a failure.
func (c *webhookTest) Run(ctx context.Context, std streams) error {
	delivered := true
	err := ask(std, c.remote, func(s *sdk.Client) (sdk.WebhookTrial, error) {
		trial, err := s.TestWebhook(ctx, c.ID)
		delivered = err != nil || trial.Delivered
		return trial, err
	}, func(p page, t sdk.WebhookTrial) {
		outcome := "delivered"
		if !t.Delivered {
			outcome = "not delivered: " + t.Failure
		}
		p.card("test", outcome, "status", count(t.Status), "took", strconv.FormatInt(t.Took, 10)+" ms")
	})
	if err == nil && !delivered {
		return quiet{statusFailed}
	}
	return err
}
