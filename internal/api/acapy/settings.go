package acapy

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

// walletType is the one that every wallet is said to have where its maker named none.
const walletType = "askar"

// A flag of ACA-Py's: its name on the command line, its name among the settings, and what it is here.
type flagSwitch struct {
	name, key string
	flag      func(*vc.AgentSettings) **bool
}

var switches = []flagSwitch{
	{"auto-accept-invites", "debug.auto_accept_invites", func(s *vc.AgentSettings) **bool { return &s.AutoAcceptInvites }},
	{"auto-accept-requests", "debug.auto_accept_requests", func(s *vc.AgentSettings) **bool { return &s.AutoAcceptRequests }},
	{"auto-respond-credential-proposal", "debug.auto_respond_credential_proposal", func(s *vc.AgentSettings) **bool { return &s.AutoOffer }},
	{"auto-respond-credential-offer", "debug.auto_respond_credential_offer", func(s *vc.AgentSettings) **bool { return &s.AutoRequest }},
	{"auto-respond-credential-request", "debug.auto_respond_credential_request", func(s *vc.AgentSettings) **bool { return &s.AutoIssue }},
	{"auto-store-credential", "debug.auto_store_credential", func(s *vc.AgentSettings) **bool { return &s.AutoStore }},
	{"auto-respond-presentation-proposal", "debug.auto_respond_presentation_proposal", func(s *vc.AgentSettings) **bool { return &s.AutoAsk }},
	{"auto-respond-presentation-request", "debug.auto_respond_presentation_request", func(s *vc.AgentSettings) **bool { return &s.AutoPresent }},
	{"auto-verify-presentation", "debug.auto_verify_presentation", func(s *vc.AgentSettings) **bool { return &s.AutoVerify }},
	{"auto-ping-connection", "auto_ping_connection", func(s *vc.AgentSettings) **bool { return &s.AutoPing }},
	{"preserve-exchange-records", "preserve_exchange_records", func(s *vc.AgentSettings) **bool { return &s.Preserve }},
	{"public-invites", "public_invites", func(s *vc.AgentSettings) **bool { return &s.PublicInvites }},
	{"open-mediation", "mediation.open", func(s *vc.AgentSettings) **bool { return &s.OpenMediation }},
	{"debug-webhooks", "debug.webhooks", func(s *vc.AgentSettings) **bool { return &s.WholeWebhooks }},
}

// statusSetting chooses the status of offers that ask for none. It is Chancery's own.
const statusSetting = "chancery.credential_status"

// apply puts extra settings, by their names on the command line or in the environment, over those that are there. What has no
// like here is passed over, as ACA-Py does.
func apply(s *vc.AgentSettings, extra map[string]jsontext.Value) error {
	for given, value := range extra {
		if given == statusSetting {
			if json.Unmarshal(value, &s.CredentialStatus) != nil {
				return unready("Setting " + given + " is a string")
			}
			continue
		}
		name := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(given), "acapy_"), "_", "-")
		for _, one := range switches {
			if one.name != name && one.key != given {
				continue
			}
			on, ok := isOn(value)
			if !ok {
				return unready("Setting " + given + " is true or false")
			}
			*one.flag(s) = &on
		}
	}
	return nil
}

func isOn(value jsontext.Value) (on, ok bool) {
	switch value.Kind() {
	case 't', 'f':
		return value.Kind() == 't', true
	case '"':
		on, ok = booleans[unquoted(value)]
	case '0':
		text := string(value)
		on, ok = text == "1", text == "1" || text == "0"
	}
	return on, ok
}

// flagsOf writes flags that are set under their names among the settings.
func flagsOf(s vc.AgentSettings, into map[string]any) {
	for _, one := range switches {
		if flag := *one.flag(&s); flag != nil {
			into[one.key] = *flag
		}
	}
	if s.CredentialStatus != "" {
		into[statusSetting] = s.CredentialStatus
	}
}

func (d *Door) settings() []line {
	return []line{
		of(get, "/settings", access.TenantRead, d.showSettings),
		of(put, "/settings", access.AccessManage, d.putSettings),
	}
}

func (d *Door) showSettings(c *call) (any, error) {
	s, err := d.Agent.Settings(c.ctx(), c.scope)
	if err != nil {
		return nil, err
	}
	return d.shown(s), nil
}

// shown are the settings of a wallet. Of endorsing there is none.
func (d *Door) shown(s vc.AgentSettings) map[string]any {
	all := map[string]any{
		"endorser.author": false, "endorser.endorser": false, "endorser.auto_write": false, "endorser.auto_create_rev_reg": false,
		"endorser.auto_promote_author_did": false, "preserve_exchange_records": d.preserves(s), "wallet.type": typeOf(s),
	}
	for _, one := range switches {
		if flag := *one.flag(&s); flag != nil && *flag {
			all[one.key] = true
		}
	}
	if s.CredentialStatus != "" {
		all[statusSetting] = s.CredentialStatus
	}
	return all
}

// preserves says whether records of what has ended stay.
func (d *Door) preserves(s vc.AgentSettings) bool {
	if s.Preserve != nil {
		return *s.Preserve
	}
	return d.Settings.Preserve
}

func (d *Door) putSettings(c *call) (any, error) {
	var in struct {
		Extra map[string]jsontext.Value `json:"extra_settings"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	_, err := d.Agent.ChangeSettings(c.ctx(), c.by, func(s *vc.AgentSettings) error { return apply(s, in.Extra) })
	if err != nil {
		return nil, err
	}
	return d.showSettings(c)
}

// extra is what is kept of a wallet beside its settings: what it was asked to be, which means nothing here, and what its keys are
// called, by multikey.
type extra struct {
	Type string            `json:"wallet.type,omitempty"`
	Kids map[string]string `json:"kids,omitempty"`
}

func extraOf(s vc.AgentSettings) (kept extra) {
	if json.Unmarshal(s.Extra, &kept) != nil {
		return extra{}
	}
	return kept
}

func typeOf(s vc.AgentSettings) string {
	if kept := extraOf(s); kept.Type != "" {
		return kept.Type
	}
	return walletType
}
