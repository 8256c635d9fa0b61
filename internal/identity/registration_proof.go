package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// jobLife is how long a registration waits for its signature.
const jobLife = 15 * time.Minute

// signingName is what the one signature of a registration is called: Meeco's SDK lets this name through.
const signingName = "signingRequestNym"

// proof is what is signed, in the shape that Meeco's clients know from ledgers. It names what it is for, and can be taken
// for no JWT: it begins with a brace.
type proof struct {
	Identifier string         `json:"identifier"`
	Operation  proofOperation `json:"operation"`
	Version    int            `json:"protocolVersion"`
	Request    int64          `json:"reqId"` // 53 random bits
}

type proofOperation struct {
	Type        string `json:"type"`
	Destination string `json:"dest"`
	Raw         string `json:"raw"` // base64url of the SHA-256 of the new document; "" for a deactivation
}

// begin keeps a registration until a key that is in document, and may, has signed for it.
func (s *Service) begin(ctx context.Context, by vc.Caller, job vc.DIDRegistration, document []byte) (Progress, error) {
	signers, err := signersOf(document)
	if err != nil {
		return Progress{}, err
	}
	if len(signers) == 0 {
		return Progress{}, malformed("/verificationMethod", "a key for signatures that is for authentication is needed")
	}
	for _, m := range signers {
		job.Signers = append(job.Signers, m.ID)
	}
	if job.Payload, err = payload(job); err != nil {
		return Progress{}, err
	}
	job.ID, job.Scope, job.Principal = newID(), by.Scope, by.Principal
	job.CreatedAt = s.now()
	job.ExpiresAt = job.CreatedAt.Add(jobLife)
	if err := s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error { return rows.InsertDIDRegistration(job) }); err != nil {
		return Progress{}, err
	}
	return asked(job, signers[0])
}

// asked is the action of a registration that waits.
func asked(job vc.DIDRegistration, signer diddoc.VerificationMethod) (Progress, error) {
	key, err := signer.PublicKey()
	if err != nil {
		return Progress{}, vc.Errorf(vc.Internal, "key-broken", "a key of the registration cannot be read").Because(err)
	}
	return Progress{Job: job.ID, Action: SignPayload, DID: job.DID, Signing: []Signing{{
		Name: signingName, Method: signer.ID, Algorithm: key.Algorithm,
		Purpose: string(diddoc.Authentication), Payload: job.Payload,
	}}}, nil
}

// payload is RFC 8785 JSON, so that the bytes are those whoever writes them.
func payload(job vc.DIDRegistration) ([]byte, error) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails
	p := proof{
		Identifier: job.DID, Version: 1, Request: int64(binary.BigEndian.Uint64(random[:]) >> 11),
		Operation: proofOperation{Type: job.Operation, Destination: job.DID},
	}
	if job.Draft != nil {
		sum := sha256.Sum256(job.Draft)
		p.Operation.Raw = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return ijson.Canonical(text)
}

// signersOf are the methods of a document whose keys sign and are for authentication.
func signersOf(document []byte) ([]diddoc.VerificationMethod, error) {
	doc, err := diddoc.Parse(document)
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "document-broken", "the identity's document cannot be read").Because(err)
	}
	var signers []diddoc.VerificationMethod
	for _, m := range doc.Methods(diddoc.Authentication) {
		if _, err := m.PublicKey(); err == nil {
			signers = append(signers, m)
		}
	}
	return signers, nil
}

// resume goes on with a registration: with the signature it is finished, without it is asked for again.
func (s *Service) resume(ctx context.Context, by vc.Caller, r Registration) (Progress, error) {
	job, document, err := s.job(ctx, by, r)
	if err != nil {
		return Progress{}, err
	}
	signers, err := signersOf(document)
	if err != nil {
		return Progress{}, err
	}
	signers = slices.DeleteFunc(signers, func(m diddoc.VerificationMethod) bool { return !slices.Contains(job.Signers, m.ID) })
	if len(signers) == 0 {
		return Progress{}, changedMeanwhile()
	}
	if len(r.Signature) == 0 {
		return asked(job, signers[0])
	}
	text, ok := r.Signature[signingName]
	if !ok {
		return Progress{}, vc.Errorf(vc.Invalid, "signature-missing", "there is no signature of this name").At("/secret/signingResponse/" + signingName)
	}
	if !signedBy(signers, job.Payload, text) {
		return Progress{}, vc.Errorf(vc.Invalid, "signature-invalid", "the signature is not by a key of the DID over the payload").
			At("/secret/signingResponse/" + signingName + "/signature")
	}
	return s.carryOut(ctx, by, job)
}

// job reads a registration and the document whose keys may sign for it: the new one of a create, else the one in force.
func (s *Service) job(ctx context.Context, by vc.Caller, r Registration) (job vc.DIDRegistration, document []byte, err error) {
	err = s.config.Rows.View(ctx, by.Scope, func(rows Rows) error {
		if job, err = rows.DIDRegistration(r.Job, s.now()); err != nil || job.Operation == ToCreate {
			return err
		}
		identity, err := rows.IdentityByDID(job.DID)
		document = identity.Document
		return err
	})
	other := job.Operation != r.Operation || job.Method != r.Method || r.DID != "" && r.DID != job.DID
	if vc.KindOf(err) == vc.NotFound || err == nil && other {
		err = noJob(err)
	}
	if job.Operation == ToCreate {
		document = job.Draft
	}
	return job, document, err
}

// signedBy takes base64 of either alphabet, padded or not.
func signedBy(signers []diddoc.VerificationMethod, payload []byte, text string) bool {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	signature, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(signers, func(m diddoc.VerificationMethod) bool {
		key, err := m.PublicKey()
		return err == nil && jose.Verify(key, payload, signature) == nil
	})
}

// carryOut does what was signed for, where it was begun; the registration ends in the same transaction.
func (s *Service) carryOut(ctx context.Context, by vc.Caller, job vc.DIDRegistration) (Progress, error) {
	by.Scope = job.Scope
	if job.Operation == ToCreate {
		identity := s.elsewhere(by, job.Method, job.DID, job.Draft, vc.UseByClient)
		progress, err := s.insert(ctx, by, identity, func(rows Rows) error { return endJob(rows, job) })
		progress.Job = job.ID
		return progress, err
	}
	before, err := s.Get(ctx, by.Scope, job.DID)
	if err != nil {
		return Progress{}, err
	}
	edit := s.ending(by)
	if job.Operation == ToUpdate {
		edit = s.redocument(by, job.Draft)
	}
	after, err := s.change(ctx, by, before, func(rows Rows, identity *vc.Identity) (bool, error) {
		if identity.Revision != job.Revision {
			return false, changedMeanwhile()
		}
		if err := endJob(rows, job); err != nil {
			return false, err
		}
		return edit(rows, identity)
	})
	if err != nil {
		return Progress{}, err
	}
	return finished(job.ID, after), nil
}

// endJob takes a registration away: of two who carry it out at once, the second finds none.
func endJob(rows Rows, job vc.DIDRegistration) error {
	err := rows.DeleteDIDRegistration(job.ID)
	if vc.KindOf(err) == vc.NotFound {
		err = noJob(err)
	}
	return err
}

func noJob(err error) error {
	return vc.Errorf(vc.NotFound, "job-not-found", "there is no such registration under way").At("/jobId").Because(err)
}

func changedMeanwhile() error {
	return vc.Errorf(vc.Conflict, "document-changed", "the DID changed after the signature was asked for: begin again")
}

// registered says that a DID is registered already. An err that says something else stays what it is.
func registered(err error) error {
	if e, ok := asError(err); err != nil && (!ok || e.Code != "duplicate") {
		return err
	}
	return vc.Errorf(vc.Conflict, "did-registered", "the DID is registered already").Because(err)
}

func asError(err error) (*vc.Error, bool) { return errors.AsType[*vc.Error](err) }
