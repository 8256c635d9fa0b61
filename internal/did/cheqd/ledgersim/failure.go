package ledgersim

import (
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/spec/cheqd"
)

// failure is an error of the Cosmos SDK: a registered one, desc, and what it is about.
type failure struct {
	space        string
	code         uint32
	desc, detail string
}

func refuse(space string, code uint32, desc, detail string) *failure {
	return &failure{space, code, desc, detail}
}

// Log is the text in a transaction's result.
func (f *failure) Log() string {
	switch {
	case f.detail == "":
		return f.desc
	case f.desc == "":
		return f.detail
	}
	return f.detail + ": " + f.desc
}

// status is the text in a gRPC status.
func (f *failure) status() string {
	text := f.desc
	if f.detail != "" {
		text += ": " + f.detail
	}
	return fmt.Sprintf("codespace %s code %d: %s", f.space, f.code, text)
}

// fromCheck is what the rules of package cheqd refuse; its text has the description already.
func fromCheck(err error) *failure {
	var refusal *cheqd.LedgerError
	if errors.As(err, &refusal) {
		return refuse(refusal.Codespace, refusal.Code, refusal.Log, "")
	}
	return nil
}

// plain is an error without a code.
func plain(text string) *failure { return refuse(cheqd.SpaceUndefined, 1, text, "") }

func didMissing(did string) *failure {
	return refuse(cheqd.SpaceDID, cheqd.DIDNotFound, "DID Doc not found", did)
}

func notFound(what string) *failure {
	return refuse(cheqd.SpaceSDK, cheqd.SDKNotFound, "not found", what)
}

func sdk(code uint32, desc, format string, args ...any) *failure {
	return refuse(cheqd.SpaceSDK, code, desc, fmt.Sprintf(format, args...))
}
