package cheqd

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// ResolveVersion gives one version of a DID's document. NotFound "notFound" where it has none of that id.
func (m Method) ResolveVersion(ctx context.Context, text, version string) (diddoc.Resolution, error) {
	parsed, err := cheqd.ParseDID(text)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	return m.resolve(ctx, parsed, version)
}

// ResolveAt gives the version that was the newest at a time. NotFound "notFound" where there was none yet.
func (m Method) ResolveAt(ctx context.Context, text string, at time.Time) (diddoc.Resolution, error) {
	parsed, err := cheqd.ParseDID(text)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	if m.remote(parsed.Namespace) {
		return m.resolveRemote(ctx, parsed, asked(cheqd.Target{VersionTime: at}))
	}
	versions, err := ask(ctx, m, parsed.Namespace, cheqd.QueryVersions(parsed.String()), cheqd.ParseVersions, cheqd.DecodeVersions)
	if err != nil {
		return diddoc.Resolution{}, err
	}
	then, ok := cheqd.VersionAt(versions, at)
	if !ok {
		return diddoc.Resolution{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "the DID was not on the ledger then")
	}
	return m.resolve(ctx, parsed, then.VersionID)
}
