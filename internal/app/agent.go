package app

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/api"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/api/acapy"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/protocol/didcomm"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

// Agents says how the agents of this server are run: what offices find where they set nothing themselves, and how the admin API
// of ACA-Py asks who calls.
type Agents struct {
	Endpoint      string   // where peers send messages; "" is the public URL and /didcomm, "none" is nowhere: we come for them
	Label         string   // how peers are told who we are; "" is the office's name
	Multitenant   bool     // the admin API has sub-wallets: a tenant is known by its wallet's token
	Insecure      bool     // the admin API asks nobody who calls; with Dev alone
	Seeds         bool     // DIDs may be made of seeds that clients send
	Webhooks      []string // URLs that are told of every wallet; "#" and a key may follow
	WholeWebhooks bool     // they are told the whole record
	Auto          []string // what is answered without asking: "invites", "requests", "credential-offer"…
	Preserve      bool     // records of what has ended are kept
	PublicInvites bool
	OpenMediation bool   // whoever asks for mediation gets it
	StatusType    string // of offers that ask for no status; "": none
}

// answers are what Auto may name, in ACA-Py's words.
func answers(s *vc.AgentSettings) map[string]**bool {
	return map[string]**bool{
		"invites": &s.AutoAcceptInvites, "requests": &s.AutoAcceptRequests,
		"credential-proposal": &s.AutoOffer, "credential-offer": &s.AutoRequest, "credential-request": &s.AutoIssue,
		"store-credential": &s.AutoStore, "presentation-proposal": &s.AutoAsk, "presentation-request": &s.AutoPresent,
		"verify-presentation": &s.AutoVerify, "ping-connection": &s.AutoPing,
	}
}

func (c Config) validateAgents(bad func(string, ...any) error) error {
	var settings vc.AgentSettings
	for _, name := range c.Agents.Auto {
		if answers(&settings)[name] == nil {
			return bad("--acapy-auto: there is nothing that is called %q", name)
		}
	}
	if at := c.Agents.Endpoint; at != "" && at != noEndpoint {
		u, err := url.Parse(at)
		if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme) {
			return bad("--didcomm-endpoint: %q is no URL that peers can call, nor %q", at, noEndpoint)
		}
	}
	for _, at := range c.Agents.Webhooks {
		target, _, _ := strings.Cut(at, "#") // what follows is a key
		u, err := url.Parse(target)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
			return bad("--acapy-webhook: %q is no URL that can be told", target)
		}
	}
	if !slices.Contains([]string{"", "BitstringStatusListEntry", "StatusList2021Entry"}, c.Agents.StatusType) {
		return bad("--acapy-status: there is no status that is called %q", c.Agents.StatusType)
	}
	if c.Agents.Insecure && !c.Dev {
		return bad("--acapy-insecure asks nobody who calls: with --dev only")
	}
	return nil
}

// settings are those of offices that have none.
func (c Config) agentSettings() vc.AgentSettings {
	yes := true
	s := vc.AgentSettings{Label: c.Agents.Label, CredentialStatus: c.Agents.StatusType}
	for _, name := range c.Agents.Auto {
		*answers(&s)[name] = &yes
	}
	for flag, set := range map[**bool]bool{
		&s.Preserve: c.Agents.Preserve, &s.PublicInvites: c.Agents.PublicInvites, &s.OpenMediation: c.Agents.OpenMediation,
		&s.WholeWebhooks: c.Agents.WholeWebhooks,
	} {
		if set {
			*flag = &yes
		}
	}
	return s
}

// noEndpoint says that peers cannot call this server: answers come back on the way that its messages go, or from a mediator.
const noEndpoint = "none"

// endpoint is where peers send messages; "": nowhere.
func (a *App) endpoint() string {
	switch a.Config.Agents.Endpoint {
	case "":
		return a.URL + didcomm.Prefix
	case noEndpoint:
		return ""
	}
	return a.Config.Agents.Endpoint
}

// A dead peer is tried for about a day: the desk says when it is enough, and no job dies without its letter.
const (
	lettersAt       = 64
	lettersLongest  = 5 * time.Minute
	lettersAttempts = 1 << 30
)

// How long what has served is kept: that a message came, what subscribers are told beside an event, letters that were sent, and
// those that nobody came for.
const (
	receiptsKept  = 30 * 24 * time.Hour
	noticesKept   = 7 * 24 * time.Hour
	lettersKept   = 24 * time.Hour
	abandonedKept = 30 * 24 * time.Hour
)

var (
	_ agent.Sweeper = (*sql.DB)(nil)
	_ agent.Overdue = (*sql.DB)(nil)
)

func (a *App) sweepLetters(ctx context.Context, now time.Time, max int) (int, error) {
	return a.DB.SweepLetters(ctx, now.Add(-lettersKept), now.Add(-abandonedKept), max)
}

func (a *App) sweepPeers(ctx context.Context, now time.Time, max int) (int, error) {
	return a.Agent.Sweep(ctx, a.DB, now, max)
}

// buildAgent makes the desk of peers, its wire, and a worker of its own: peers that are slow hold up nothing else.
func (a *App) buildAgent(stores map[string]keys.Store, client *httpx.Client) {
	c := a.Config
	a.Wire = &didcomm.Wire{
		Log: a.log,
		Client: httpx.NewClient(httpx.ClientConfig{
			AllowNet: c.AllowNet, AllowLoopbackHTTP: c.Dev, MaxRedirects: -1, Timeout: didcomm.ClientTimeout, MaxBody: didcomm.MaxAnswer,
			UserAgent: "chancery-didcomm",
		}),
	}
	a.Agent = &agent.Desk{
		Rows: sql.For[agent.Rows](a.DB), Directory: a.DB, Keys: stores, KeyStore: local.Name, Vault: a.Keys,
		Identity: a.Identity, Issuer: a.Issuer, Holder: a.Holder, Verifier: a.Verifier,
		Post: a.Wire, Check: a.Wire.Client.CheckSocket, Fetcher: client, Endpoint: a.endpoint(), Defaults: c.agentSettings(),
		Formats: []agent.CredentialFormat{agent.LDProof{}},
		Scrub:   a.DB.Scrub, Log: a.log, Now: c.Now, Step: c.Step,
	}
	a.Wire.Agent = a.Agent
	if c.DatabaseURL != "" { // there may be others
		a.Wire.Look = 5 * time.Second
	}
	a.Letters = &work.Worker{
		Lender: a.DB, Log: a.log, Now: c.Now, At: lettersAt, Longest: lettersLongest, Attempts: lettersAttempts,
		Handlers: map[string]work.Handler{
			agent.JobSend: a.Agent.SendJob, agent.JobReceive: a.Agent.ReceiveJob, agent.JobPickup: a.Agent.PickupJob,
		},
	}
	a.Agent.Worker = a.Letters
}

// admin is ACA-Py's admin API.
func (a *App) admin(stopping <-chan struct{}) *acapy.Door {
	c := a.Config.Agents
	return &acapy.Door{
		Access: a.Access, Agent: a.Agent, Identity: a.Identity, Issuer: a.Issuer, Holder: a.Holder, Verifier: a.Verifier,
		Status: a.Status, Description: api.ACAPy, Notify: a.Notify, Journal: a.Reader, Ready: a.DB.Ping, URL: a.URL, Version: Version(), Log: a.log, Now: a.Config.Now,
		Stopping: stopping, Subscriptions: &a.hooks,
		Settings: acapy.Settings{
			Multitenant: c.Multitenant, Insecure: c.Insecure, Seeds: c.Seeds, Webhooks: c.Webhooks, Label: c.Label, Preserve: c.Preserve,
			Endpoint: a.endpoint(), Cheqd: len(a.Config.Cheqd.Networks) > 0,
		},
	}
}

// tellWallets makes the webhooks of agents those that settings name, also of wallets that nobody calls: each minute.
func (a *App) tellWallets(ctx context.Context) {
	admin := a.admin(nil)
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := admin.Reconcile(ctx); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "webhooks of wallets", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
