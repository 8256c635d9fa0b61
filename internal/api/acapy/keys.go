package acapy

import (
	"net/http"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

func (d *Door) walletKeys() []line {
	lines := []line{
		of(post, "/wallet/keys", access.KeyManage, d.createKey),
		of(put, "/wallet/keys", access.KeyManage, d.nameKey),
		of(get, "/wallet/keys/{multikey}", access.DIDRead, d.getKey),
	}
	for i := range lines {
		lines[i].problems = true
	}
	return lines
}

// keyWire is a key, and what its owner calls it.
type keyWire struct {
	Kid      *string `json:"kid"`
	Multikey string  `json:"multikey"`
}

func keyOf(kid, multikey string) keyWire {
	if kid == "" {
		return keyWire{Multikey: multikey}
	}
	return keyWire{Kid: &kid, Multikey: multikey}
}

func multikeyOf(key vc.Key) (string, error) {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		return "", err
	}
	return multikey.Encode(public)
}

func (d *Door) createKey(c *call) (any, error) {
	var in struct {
		Alg  string `json:"alg"`
		Seed string `json:"seed"`
		Kid  string `json:"kid"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Alg == "" {
		in.Alg = "ed25519"
	}
	algorithm, ok := keyTypes[in.Alg]
	if !ok {
		return nil, unready("Unknown key algorithm, use one of ['ed25519', 'p256'].")
	}
	var key vc.Key
	var err error
	if in.Seed == "" {
		key, err = d.Identity.CreateKey(c.ctx(), c.by, algorithm)
	} else {
		key, err = d.seededKey(c, algorithm, in.Seed)
	}
	if err != nil {
		return nil, err
	}
	text, err := multikeyOf(key)
	if err == nil && in.Kid != "" {
		err = d.call(c, text, in.Kid)
	}
	if err != nil {
		return nil, err
	}
	return answered{http.StatusCreated, keyOf(in.Kid, text)}, nil
}

// seededKey keeps the key of a seed, where seeds are allowed.
func (d *Door) seededKey(c *call, algorithm vc.Algorithm, text string) (vc.Key, error) {
	if !d.Settings.Seeds {
		return vc.Key{}, unready(textSeeds)
	}
	seed, ok := seedOf(text)
	if !ok || algorithm != vc.Ed25519 {
		return vc.Key{}, unready("Seed value must be 32 bytes in length")
	}
	return d.Identity.ImportKey(c.ctx(), c.by, seed)
}

// call gives a key a name, which no other key of the wallet has.
func (d *Door) call(c *call, multikey, kid string) error {
	_, err := d.Agent.ChangeSettings(c.ctx(), c.by, func(s *vc.AgentSettings) error {
		kept := extraOf(*s)
		for other, name := range kept.Kids {
			if name == kid && other != multikey {
				return unready("kid '" + kid + "' already exists in wallet.")
			}
		}
		if kept.Kids == nil {
			kept.Kids = map[string]string{}
		}
		kept.Kids[multikey] = kid
		raw, err := json.Marshal(kept, json.Deterministic(true))
		s.Extra = raw
		return err
	})
	return err
}

// knownKey says whether a key is one of the wallet's.
func (d *Door) knownKey(c *call, text string) (bool, error) {
	q := vc.ListQuery{Page: vc.Page{Limit: slice}}
	for {
		page, err := d.Identity.Keys(c.ctx(), c.scope, q)
		if err != nil {
			return false, err
		}
		for _, key := range page {
			if named, err := multikeyOf(key); err == nil && named == text {
				return true, nil
			}
		}
		if len(page) < slice {
			return false, nil
		}
		q.Page.After = page[len(page)-1].ID
	}
}

func (d *Door) nameKey(c *call) (any, error) {
	var in struct {
		Kid      string `json:"kid"`
		Multikey string `json:"multikey"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := d.needKey(c, in.Multikey); err != nil {
		return nil, err
	}
	return keyOf(in.Kid, in.Multikey), d.call(c, in.Multikey, in.Kid)
}

func (d *Door) needKey(c *call, text string) error {
	key, err := multikey.Decode(text)
	if err != nil {
		return unready("Unsupported key algorithm for multikey " + text + ".")
	}
	known, err := d.knownKey(c, text)
	if err == nil && !known {
		err = unready("Unknown key: " + base58Of(key))
	}
	return err
}

func (d *Door) getKey(c *call) (any, error) {
	text := c.PathValue("multikey")
	if err := d.needKey(c, text); err != nil {
		return nil, err
	}
	s, err := d.Agent.Settings(c.ctx(), c.scope)
	if err != nil {
		return nil, err
	}
	return keyOf(extraOf(s).Kids[text], text), nil
}
