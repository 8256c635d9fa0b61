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
	return []line{
		of(post, "/wallet/keys", access.KeyManage, d.createKey),
		of(put, "/wallet/keys", access.KeyManage, d.nameKey),
		of(get, "/wallet/keys/{multikey}", access.DIDRead, d.getKey),
	}
}

// keyWire is a key, and what its owner calls it.
type keyWire struct {
	Kid      string `json:"kid,omitzero"`
	Multikey string `json:"multikey"`
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
		return nil, unready("Unsupported key algorithm " + in.Alg)
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
	return keyWire{Kid: in.Kid, Multikey: text}, err
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
				return unready("kid already exists in wallet.")
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
	var in keyWire
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := d.needKey(c, in.Multikey); err != nil {
		return nil, err
	}
	return in, d.call(c, in.Multikey, in.Kid)
}

func (d *Door) needKey(c *call, text string) error {
	known, err := d.knownKey(c, text)
	if err == nil && !known {
		err = refusal(http.StatusNotFound, "Key not found: %s", text)
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
	return keyWire{Kid: extraOf(s).Kids[text], Multikey: text}, nil
}
