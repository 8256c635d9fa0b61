package verifier

import (
	"bytes"
	"context"
	"crypto/rand"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// Answer is what a holder sends.
type Answer struct {
	IDToken    string
	VPToken    string
	State      string
	Submission []byte // presentation submission beside the tokens, JSON; nil: none, or inside one of them
}

// SubmissionView is a submission, opened. Verdict is what its verifier noted, JSON that nobody here reads.
type SubmissionView struct {
	Submission vc.Submission
	Answer     Answer
	Verdict    []byte
}

// submissionBody is what a submission's record keeps only sealed.
type submissionBody struct {
	IDToken    string         `json:"i,omitempty"`
	VPToken    string         `json:"v,omitempty"`
	State      string         `json:"s,omitempty"`
	Submission jsontext.Value `json:"p,omitempty"`
	Verdict    jsontext.Value `json:"r,omitempty"`
}

const (
	submissionLabel = "submission body v1"
	answerUse       = "presentation answer"
)

// seal gives a submission's record its sealed body, under a fresh salt that is gone once the row is.
func (d *Desk) seal(ctx context.Context, view *SubmissionView) error {
	a := view.Answer
	plain, err := json.Marshal(submissionBody{IDToken: a.IDToken, VPToken: a.VPToken, State: a.State, Submission: a.Submission, Verdict: view.Verdict})
	if err != nil {
		return err
	}
	salt := make([]byte, 32)
	rand.Read(salt) // never fails, and ends the program if it could
	row := &view.Submission
	sealed, err := d.Vault.Seal(ctx, row.Scope.Tenant, salt, submissionLabel+" "+row.ID, plain)
	if err != nil {
		return err
	}
	row.BodyKey, row.Body = salt, sealed
	return nil
}

// opened opens a submission's record.
func (d *Desk) opened(ctx context.Context, row vc.Submission) (SubmissionView, error) {
	plain, err := d.Vault.Open(ctx, row.Scope.Tenant, row.BodyKey, submissionLabel+" "+row.ID, row.Body)
	if err != nil {
		return SubmissionView{}, err
	}
	var body submissionBody
	if err := json.Unmarshal(plain, &body); err != nil {
		return SubmissionView{}, err
	}
	return SubmissionView{
		Submission: row, Verdict: body.Verdict,
		Answer: Answer{IDToken: body.IDToken, VPToken: body.VPToken, State: body.State, Submission: body.Submission},
	}, nil
}

// digest is what the same answer has again: it is of what its holder signed. Signatures are left out, since anyone can
// turn one of ECDSA into another that verifies as well, and so are a submission beside the tokens and the space around
// them, which anyone can change.
func (d *Desk) digest(ctx context.Context, tenant string, a Answer) ([]byte, error) {
	var said bytes.Buffer
	for _, token := range [][]byte{signedPart(a.IDToken), signedPart(a.VPToken)} {
		said.Write(token)
		said.WriteByte('\n') // no token has one
	}
	return d.Vault.MAC(ctx, tenant, answerUse, said.Bytes())
}

// signedPart is a compact JWT without its signature; another token is whole.
func signedPart(token string) []byte {
	raw := bytes.TrimSpace([]byte(token)) // as a verifier reads it
	if form, err := ijson.Canonical(raw); err == nil {
		return form
	}
	if bytes.Count(raw, []byte(".")) == 2 && !bytes.ContainsAny(raw, "{[\" ") {
		return raw[:bytes.LastIndexByte(raw, '.')]
	}
	return raw
}
