package acapy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// A sub-wallet is a tenant, with one organisation.
func (d *Door) multitenancy() []line {
	of := func(method, pattern string, needs access.Permission, act act) line {
		return line{method: method, pattern: "/multitenancy/wallet" + pattern, auth: admin, needs: needs, act: act}
	}
	return []line{
		of(post, "", access.TenantManage, d.createWallet),
		of(get, "s", access.TenantRead, d.listWallets),
		of(get, "/{wallet_id}", access.TenantRead, d.getWallet),
		of(put, "/{wallet_id}", access.TenantManage, d.updateWallet),
		of(remove, "/{wallet_id}", access.TenantManage, d.removeWallet),
		of(post, "/{wallet_id}/remove", access.TenantManage, d.removeWallet),
		of(post, "/{wallet_id}/token", access.TenantManage, d.walletToken),
	}
}

// walletRecord is a wallet. Nobody ever gets its key: it has none of its own.
type walletRecord struct {
	WalletID          string         `json:"wallet_id"`
	KeyManagementMode string         `json:"key_management_mode"`
	Settings          map[string]any `json:"settings"`
	CreatedAt         stamp          `json:"created_at"`
	UpdatedAt         stamp          `json:"updated_at"`
	Token             string         `json:"token,omitzero"`
}

func walletOf(w access.Wallet) walletRecord {
	s := w.Settings
	s.Webhooks = slices.Clone(s.Webhooks)
	for i, url := range s.Webhooks { // nobody is told the keys, also not of those that lie there unsealed still
		s.Webhooks[i], _, _ = strings.Cut(url, "#")
	}
	settings := map[string]any{
		"wallet.type": typeOf(s), "wallet.name": s.Wallet, "dbstore.key": nil, "wallet.webhook_urls": filled(s.Webhooks),
		"wallet.dispatch_type": dispatchOf(s), "wallet.id": wireID(w.Tenant.ID),
	}
	if s.Label != "" {
		settings["default_label"] = s.Label
	}
	if s.ImageURL != "" {
		settings["image_url"] = s.ImageURL
	}
	flagsOf(s, settings)
	return walletRecord{
		WalletID: wireID(w.Tenant.ID), KeyManagementMode: "managed", Settings: settings, CreatedAt: stamp(w.Tenant.CreatedAt),
		UpdatedAt: stamp(s.UpdatedAt),
	}
}

// walletBody is what is asked of a wallet.
type walletBody struct {
	Name     string                    `json:"wallet_name"`
	Type     string                    `json:"wallet_type"`
	Label    *string                   `json:"label"`
	ImageURL *string                   `json:"image_url"`
	Webhooks []string                  `json:"wallet_webhook_urls"`
	Dispatch string                    `json:"wallet_dispatch_type"`
	Extra    map[string]jsontext.Value `json:"extra_settings"`
}

// over puts what was asked over the settings that there are.
func (b walletBody) over(s *vc.AgentSettings) error {
	if b.Label != nil {
		s.Label = *b.Label
	}
	if b.ImageURL != nil {
		s.ImageURL = *b.ImageURL
	}
	if b.Dispatch != "" {
		s.Dispatch = b.Dispatch
	}
	if b.Webhooks != nil {
		if s.Webhooks = b.Webhooks; len(b.Webhooks) == 0 {
			s.Dispatch = agent.DispatchBase
		}
	}
	return apply(s, b.Extra)
}

// makeable refuses what no wallet can be: a wallet is made whole or not at all.
func (d *Door) makeable(s vc.AgentSettings) error {
	if err := agent.CheckSettings(s); err != nil {
		return err
	}
	return d.callable(s.Webhooks)
}

func (d *Door) createWallet(c *call) (any, error) {
	var in walletBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Webhooks == nil {
		in.Webhooks = []string{} // then the base's are told
	}
	kept, err := json.Marshal(extra{Type: in.Type})
	if err != nil {
		return nil, err
	}
	s := vc.AgentSettings{Extra: kept}
	if err := in.over(&s); err != nil {
		return nil, err
	}
	if err := d.makeable(s); err != nil {
		return nil, err
	}
	w, token, err := d.Access.CreateWallet(c.ctx(), c.actor(), access.NewWallet{Name: in.Name, Settings: s, Seal: d.Agent.SealWebhooks})
	if codeOf(err) == "wallet-name-taken" {
		return nil, refusal(http.StatusBadRequest, "Wallet with name %s already exists.", in.Name)
	}
	if err != nil {
		return nil, err
	}
	if err := d.subscribe(c.ctx(), w.Scope(), w.Settings); err != nil && d.Log != nil { // the wallet is there: it is tried again
		d.Log.WarnContext(c.ctx(), "webhooks of a wallet", "tenant", w.Tenant.ID, "error", err)
	}
	record := walletOf(w)
	record.Token = token
	return record, nil
}

func (d *Door) listWallets(c *call) (any, error) {
	wallets, err := paged(c, func(w access.Wallet) string { return w.Settings.ID }, nil, func(page vc.Page) ([]access.Wallet, error) {
		return d.Access.Wallets(c.ctx(), c.actor(), page, c.text("wallet_name"))
	})
	if err != nil {
		return nil, err
	}
	records := make([]walletRecord, len(wallets))
	for i, w := range wallets {
		records[i] = walletOf(w)
	}
	return listed(records), nil
}

func (d *Door) theWallet(c *call) (access.Wallet, error) {
	return d.Access.Wallet(c.ctx(), c.actor(), c.id(nounWallet, "wallet_id"))
}

func (d *Door) getWallet(c *call) (any, error) {
	w, err := d.theWallet(c)
	if err != nil {
		return nil, err
	}
	return walletOf(w), nil
}

func (d *Door) updateWallet(c *call) (any, error) {
	var in walletBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Label == nil && in.ImageURL == nil && in.Webhooks == nil && in.Dispatch == "" && in.Extra == nil {
		return nil, unready("At least one parameter is required.")
	}
	if err := d.makeable(vc.AgentSettings{Webhooks: in.Webhooks}); err != nil {
		return nil, err
	}
	w, err := d.theWallet(c)
	if err == nil {
		err = access.Authorize(c.who, access.TenantManage, vc.Scope{Tenant: w.Tenant.ID})
	}
	if err != nil {
		return nil, err
	}
	by := c.by
	by.Scope = w.Scope()
	if w.Settings, err = d.Agent.ChangeSettings(c.ctx(), by, in.over); err != nil {
		return nil, err
	}
	return walletOf(w), d.subscribe(c.ctx(), w.Scope(), w.Settings)
}

func (d *Door) removeWallet(c *call) (any, error) {
	return done{}, d.Access.RemoveWallet(c.ctx(), c.actor(), c.id(nounWallet, "wallet_id"))
}

func (d *Door) walletToken(c *call) (any, error) {
	token, err := d.Access.WalletToken(c.ctx(), c.actor(), c.id(nounWallet, "wallet_id"))
	return map[string]string{"token": token}, err
}
