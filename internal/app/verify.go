package app

import (
	"bytes"
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/jwk"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// VerifyOffline checks a secured credential with what it says itself: no database, no network. Only issuers whose
// DID holds its own key (did:key, did:jwk) can be checked; schemas and status lists read "not checked". It asks for
// every check unless some are named; at zero is now.
func VerifyOffline(ctx context.Context, secured []byte, checks []string, at time.Time) (sdk.Report, error) {
	desk := verifier.New(verifier.Config{
		Formats:  []format.Format{jwtvc.Format{}, ldp.New(nil)},
		Resolver: selfContained{"key": key.Method{}, "jwk": jwk.Method{}},
	})
	report, err := desk.Verify(ctx, vc.Scope{}, bytes.TrimSpace(secured), verifier.Options{Checks: checks, At: at})
	if err != nil {
		return sdk.Report{}, err
	}
	types := report.Types
	if types == nil {
		types = []string{}
	}
	return sdk.Report{
		Outcome: string(report.Outcome), Format: report.Format, Model: string(report.Model), ID: report.ID,
		Issuer: report.Issuer, Types: types, ValidFrom: report.ValidFrom, ValidUntil: report.ValidUntil,
		Credential: report.Credential, Checks: checksOf(report.Checks),
	}, nil
}

func checksOf(list []verifier.Check) []sdk.Check {
	out := make([]sdk.Check, 0, len(list))
	for _, c := range list {
		if c.Code == "not-fetched" {
			c.Reason = "it is not in the credential, and nothing is looked up offline"
		}
		out = append(out, sdk.Check{
			Name: c.Name, Outcome: string(c.Outcome), Code: c.Code, Reason: c.Reason, Cites: c.Cites,
			Pointer: c.Pointer, Checks: checksOf(c.Children),
		})
	}
	return out
}

// selfContained resolves DIDs whose document follows from the DID alone, by method name.
type selfContained map[string]did.Method

// Resolve gives a document without looking anywhere.
func (methods selfContained) Resolve(ctx context.Context, _ vc.Scope, text string) (diddoc.Resolution, error) {
	parsed, err := diddoc.ParseDID(text)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	method, ok := methods[parsed.Method]
	if !ok {
		return diddoc.Resolution{}, vc.Errorf(vc.Unsupported, did.CodeMethodNotSupported, "did:%s is not resolved offline", parsed.Method)
	}
	return method.Resolve(ctx, text)
}
