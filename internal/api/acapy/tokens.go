package acapy

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/issuer"
)

func (d *Door) tokens() []line {
	return []line{
		of(post, "/wallet/jwt/sign", access.CredentialIssue, d.signToken),
		of(post, "/wallet/jwt/verify", access.CredentialVerify, d.verifyToken),
	}
}

// signToken signs what nobody could take for a credential: the issuer's desk looks.
func (d *Door) signToken(c *call) (any, error) {
	var in struct {
		DID     string         `json:"did"`
		Method  string         `json:"verificationMethod"`
		Headers jsontext.Value `json:"headers"`
		Payload jsontext.Value `json:"payload"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.DID == "" && in.Method == "" {
		return nil, unready("Bad did or verification method")
	}
	return orError(d.Issuer.SignToken(c.ctx(), c.by, issuer.NewToken{DID: in.DID, Method: in.Method, Header: in.Headers, Payload: in.Payload}))
}

// tokenVerdict is what became of a JWT.
type tokenVerdict struct {
	Headers jsontext.Value `json:"headers"`
	Kid     string         `json:"kid"`
	Payload jsontext.Value `json:"payload"`
	Valid   bool           `json:"valid"`
	Error   string         `json:"error,omitzero"`
}

func (d *Door) verifyToken(c *call) (any, error) {
	var in struct {
		JWT string `json:"jwt"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	v, err := d.Verifier.VerifyToken(c.ctx(), c.scope, in.JWT)
	if err != nil {
		return nil, err
	}
	return tokenVerdict{Headers: v.Header, Kid: v.Method, Payload: v.Payload, Valid: v.Valid, Error: v.Error}, nil
}

// orError is an answer where there is no error.
func orError[T any](answer T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return answer, nil
}
