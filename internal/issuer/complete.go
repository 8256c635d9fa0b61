package issuer

import (
	"bytes"
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Evidence is what a signer elsewhere gives back: a signature over [Result.Input], or the whole secured
// credential.
type Evidence struct {
	Signature []byte // in its JOSE form
	Secured   []byte
}

// Complete takes the signature of a prepared credential. What was signed must be what was prepared; alg and kid
// come from the signature and must fit an assertion method of the issuer. Completing again with the same evidence
// changes nothing. Of how, the idempotency key counts.
//
// Errors: NotFound; Gone "draft-lapsed"; Conflict "already-completed" (with other evidence), "signed-here";
// Invalid "payload-differs", "signature", "issuer-key".
func (d *Desk) Complete(ctx context.Context, by vc.Caller, id string, evidence Evidence, how How) (Result, error) {
	how.Operation += " " + id
	use, err := d.remember(ctx, by, how)
	if err != nil {
		return Result{}, err
	}
	kept, ok, err := d.recall(ctx, by.Scope, use)
	if err != nil {
		return Result{}, err
	}
	if ok {
		return d.replayOne(ctx, by, kept)
	}
	credential, content, err := d.prepared(ctx, by.Scope, id)
	if err != nil {
		return Result{}, err
	}
	if content.Secured != "" {
		return d.completedBefore(credential, content, evidence)
	}
	unsigned, err := d.unsigned(ctx, credential, content)
	if err != nil {
		return Result{}, err
	}
	secured, read, err := d.evidence(ctx, credential, unsigned, evidence)
	if err != nil {
		return Result{}, err
	}
	method, algorithm, err := d.proven(ctx, credential.Scope, credential, read)
	if err != nil {
		return Result{}, err
	}
	done := credential
	done.State, done.Method, done.Algorithm, done.ExpiresAt = vc.Issued, method, algorithm, time.Time{}
	done.ChangedAt = d.now()
	if done.IssuedAt.IsZero() {
		done.IssuedAt = done.ChangedAt
	}
	sealed := body{Subjects: content.Subjects, Recipient: content.Recipient, Secured: string(secured)}
	if err := d.seal(ctx, &done, sealed); err != nil {
		return Result{}, err
	}
	var kind vc.CredentialType // of a whole credential there is none
	if credential.Type != "" {
		if kind, err = d.Catalog.Type(ctx, by.Scope, credential.Type); err != nil {
			return Result{}, err
		}
	}
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := use.keep(rows, by.Scope, []string{id}, pocket{Door: how.Pocket}, d.now(), d.window()); err != nil {
			return err
		}
		if err := d.recordCompletion(rows, by, credential, done); err != nil || !kind.EraseDelivered {
			return err
		}
		return eraseAt(rows, by, done, d.now().Add(d.window()))
	})
	if err != nil {
		return d.before(ctx, by, use, err)
	}
	return Result{Credential: done, Secured: secured, Pocket: how.Pocket}, nil
}

func (d *Desk) prepared(ctx context.Context, scope vc.Scope, id string) (vc.Credential, body, error) {
	credential, err := d.read(ctx, scope, id)
	if err != nil {
		return credential, body{}, err
	}
	credential = d.shown(credential)
	switch {
	case !credential.Elsewhere:
		return credential, body{}, vc.Errorf(vc.Conflict, "signed-here", "the credential was signed here: there is nothing to complete")
	case credential.State == vc.Lapsed:
		return credential, body{}, vc.Errorf(vc.Gone, "draft-lapsed", "the draft was not completed in time")
	}
	content, err := d.open(ctx, credential)
	return credential, content, err
}

func (d *Desk) completedBefore(credential vc.Credential, content body, evidence Evidence) (Result, error) {
	secured := []byte(content.Secured)
	same := bytes.Equal(bytes.TrimSpace(evidence.Secured), secured)
	if evidence.Secured == nil {
		f, err := d.format(credential.Scope, credential.Format)
		if err != nil {
			return Result{}, err
		}
		same = format.Carries(f, secured, evidence.Signature)
	}
	if !same {
		return Result{}, vc.Errorf(vc.Conflict, "already-completed", "the credential was completed with another signature")
	}
	return Result{Credential: credential, Secured: secured, Replayed: true}, nil
}

// evidence gives the secured credential and what it says, after holding it against the draft.
func (d *Desk) evidence(ctx context.Context, credential vc.Credential, unsigned format.Unsigned, evidence Evidence) ([]byte, format.Secured, error) {
	f, err := d.format(credential.Scope, credential.Format)
	if err != nil {
		return nil, format.Secured{}, err
	}
	secured := bytes.TrimSpace(evidence.Secured)
	if len(secured) == 0 {
		if secured, err = unsigned.Secure(evidence.Signature); err != nil {
			return nil, format.Secured{}, placed(err, "/signature")
		}
	}
	read, err := f.Read(ctx, secured)
	if err != nil {
		return nil, format.Secured{}, placed(err, "/credential")
	}
	return secured, read, unsigned.Same(read)
}

// proven checks the signature against the issuer's document: an assertion method of the issuer, and no other key.
func (d *Desk) proven(ctx context.Context, scope vc.Scope, credential vc.Credential, read format.Secured) (method, algorithm string, err error) {
	if len(read.Signatures) != 1 {
		return "", "", vc.Errorf(vc.Invalid, "signature", "one signature is expected")
	}
	signature := read.Signatures[0]
	resolution, _, err := d.Identity.Resolve(ctx, scope, credential.Issuer)
	if err != nil {
		return "", "", vc.Errorf(vc.Invalid, "issuer-not-resolved", "the issuer's DID does not resolve").Because(err)
	}
	if resolution.Metadata.Deactivated {
		return "", "", vc.Errorf(vc.Conflict, "identity-deactivated", "the issuer's DID is deactivated")
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		return "", "", vc.Errorf(vc.Invalid, "issuer-document", "the issuer's DID document cannot be read").Because(err)
	}
	listed, ok := document.Method(absolute(signature.Method, credential.Issuer))
	if !ok || !document.Has("assertionMethod", listed.ID) {
		return "", "", vc.Errorf(vc.Invalid, "issuer-key", "the signature's kid names no assertion method of the issuer").At("/credential")
	}
	if err := d.mayStillSign(ctx, listed.ID); err != nil {
		return "", "", err
	}
	key, err := listed.PublicKey()
	if err != nil {
		return "", "", vc.Errorf(vc.Invalid, "issuer-key", "the issuer's key cannot be read").Because(err)
	}
	if err := signature.Verify(key); err != nil {
		return "", "", vc.Errorf(vc.Invalid, "signature", "the signature does not verify").At("/signature").Because(err)
	}
	return listed.ID, signature.Algorithm, nil
}

// mayStillSign refuses a key of this server, whosever it is, that was retired or compromised: the document of some DIDs
// lists it still, for what it signed before or because the DID is the key.
func (d *Desk) mayStillSign(ctx context.Context, method string) error {
	state, _, err := d.Identity.KeyFate(ctx, method)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return nil
	case err != nil:
		return err
	case state != vc.KeyActive:
		return vc.Errorf(vc.Conflict, "key-"+string(state), "the key is marked as %s and signs no more", state)
	}
	return nil
}

func (d *Desk) recordCompletion(rows Rows, by vc.Caller, before, done vc.Credential) error {
	if before.State == vc.Awaited { // what was released is issued already, and this is evidence of it
		organisation, err := rows.Organisation(before.Scope.Organisation)
		if err != nil {
			return err
		}
		if err := isIssuer(organisation); err != nil {
			return err
		}
	}
	now, err := rows.CredentialForUpdate(before.ID)
	if err != nil {
		return err
	}
	if now.State != before.State || !bytes.Equal(now.Body, before.Body) {
		return vc.Errorf(vc.Conflict, "already-completed", "the credential was completed by another request")
	}
	done.Standing = now.Standing
	if err := rows.UpdateCredential(done); err != nil {
		return err
	}
	return rows.Append(vc.Entry{
		ID: newID(), Scope: by.Scope, At: d.now(), Action: "credential.completed",
		Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: object(done), Detail: "kid=" + done.Method, Event: true, Subject: done.ID,
		Data: eventData(map[string]any{"type": done.TypeName, "format": done.Format}),
	})
}
