package access

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// NewLogin tells who proved a DID.
type NewLogin struct {
	ID       string // of the presentation request that asked for the proof
	DID      string
	Audience string // of the token: the URL of the door
	Scope    vc.Scope
	Door     string
	Request  string // request id
}

// OpenLogin gives the one-time code of who proved a DID.
func (s *Service) OpenLogin(_ context.Context, _ NewLogin) (code string, expires time.Time, err error) {
	return "", time.Time{}, errNotBuilt()
}

// RedeemLogin turns a code into a holder's token, once.
func (s *Service) RedeemLogin(_ context.Context, code, tenant, door, request string) (Token, error) {
	return Token{}, errNotBuilt()
}

// Bearer is [Service.Authenticate] that knows holders too.
func (s *Service) Bearer(ctx context.Context, authorization string, audiences ...string) (vc.Principal, error) {
	return vc.Principal{}, errNotBuilt()
}

// SweepLogins deletes login codes that ended, and says how many.
func (s *Service) SweepLogins(ctx context.Context) (int, error) {
	return 0, errNotBuilt()
}
