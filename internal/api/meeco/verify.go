package meeco

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// credentialChecks are the options of a credential's verification. The audience and the nonce of a key binding are an SD-JWT's.
type credentialChecks struct {
	Checks   []string `json:"checks"`
	Audience string   `json:"kb_audience"`
	Nonce    string   `json:"kb_nonce"`
}

func (d *Door) verifyCredential(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Credential *struct {
			Signed *string `json:"signed_credential_jwt"`
		} `json:"credential"`
		Options credentialChecks `json:"options"`
	}
	if err := decode(r, tokenBody, &in); err != nil {
		return err
	}
	switch {
	case in.Credential == nil:
		return httpx.Missing("/credential")
	case in.Credential.Signed == nil:
		return httpx.Missing("/credential/signed_credential_jwt")
	}
	words, checks, err := credentialWords(in.Options.Checks, "/options/checks")
	if err != nil {
		return err
	}
	report, err := d.Verifier.Verify(r.Context(), c.scope, []byte(*in.Credential.Signed), verifier.Options{Checks: checks})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, credentialResult(report, words))
}

// credentialWords gives the checks that run where some are asked for, in this wire's words and the core's: format, signature and expiration
// always do, and all of them where none is asked for.
func credentialWords(asked []string, at string) (words, checks []string, err error) {
	optional := map[string]string{wordSchema: verifier.CheckSchema, wordStatus: verifier.CheckStatus}
	words, checks = []string{wordFormat, wordSignature, wordExpiration}, []string{verifier.CheckValidity}
	for i, word := range asked {
		if _, known := optional[word]; !known && !slices.Contains(words, word) {
			return nil, nil, vc.Errorf(vc.Invalid, "unknown-check", "there is no check of this name").At(at + "/" + strconv.Itoa(i))
		}
	}
	for _, word := range []string{wordSchema, wordStatus} {
		if len(asked) == 0 || slices.Contains(asked, word) {
			words, checks = append(words, word), append(checks, optional[word])
		}
	}
	return words, checks, nil
}
