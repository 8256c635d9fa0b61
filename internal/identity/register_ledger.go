package identity

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
)

// RegistrationPurpose is the purpose of ledger transactions that change DIDs whose keys are elsewhere, and that are none of
// this server's identities: [Service.FinishRegistration] ends them.
const RegistrationPurpose = "registration"

// kept is before the operation of a registration that is for a ledger alone: no door takes one for one of [Service.Register].
const kept = "ledger:"

// LedgerChange is what a client wants of a DID on a ledger.
type LedgerChange = did.Change

// LedgerResource is a resource that a ledger keeps for a DID.
type LedgerResource = did.Resource

// Signature is by a verification method.
type Signature = did.Signature

// LedgerRegistration is one call of DIF DID Registration in client-managed secret mode, of a DID on a ledger or of a resource of
// one. Every change takes two calls: the second has the Job of the first and the signatures that it asked for.
type LedgerRegistration struct {
	Method     string
	Change     did.Change // of the first call; of the second its Operation, and its DID where it says one
	Job        string
	Signatures map[string]did.Signature // by name of the signing request
}

// LedgerProgress is what has become of a [LedgerRegistration].
type LedgerProgress struct {
	Job      string
	Object   string // the DID, or the DID URL of the resource
	Finished bool
	Signing  []Signing    // where it is not
	Document []byte       // as it was sent; nil where none was
	Resource did.Resource // of a resource that is finished
}

// waiting is what is kept of a change between its two calls, beside the payload.
type waiting struct {
	Object   string
	Document json.RawMessage `json:",omitempty"`
	Resource did.Resource    // without its content, which is in the payload
}

// RegisterOnLedger says what is to be signed for a change of a DID whose keys are elsewhere, or has it done: the account of the
// ledger pays, and nothing is kept here but the journal.
//
// Errors are those of [did.Registrar]; Unsupported "method-not-supported"; NotFound "job-not-found"; Conflict
// "change-under-way"; and what the ledger says.
func (s *Service) RegisterOnLedger(ctx context.Context, by vc.Caller, r LedgerRegistration) (LedgerProgress, error) {
	registrar, err := s.registrar(r.Method)
	if err != nil {
		return LedgerProgress{}, err
	}
	if r.Job != "" {
		return s.submit(ctx, by, registrar, r)
	}
	if len(r.Change.Document) > maxDraft {
		return LedgerProgress{}, malformed("", "a document has at most 64 KiB")
	}
	drafted, err := registrar.Draft(ctx, r.Change)
	if err != nil {
		return LedgerProgress{}, err
	}
	if len(drafted.Signers) > maxDraftKeys {
		return LedgerProgress{}, vc.Errorf(vc.Invalid, "too-many-keys", "at most %d keys sign for a change", maxDraftKeys).At("/didDocument/verificationMethod")
	}
	job := vc.DIDRegistration{
		ID: newID(), Scope: by.Scope, Operation: kept + r.Change.Operation, Method: r.Method, DID: drafted.DID, Payload: drafted.Payload,
		Principal: by.Principal, CreatedAt: s.now(),
	}
	job.ExpiresAt = job.CreatedAt.Add(jobLife)
	rest := waiting{Object: drafted.Object, Document: r.Change.Document, Resource: r.Change.Resource}
	rest.Resource.Content = nil
	if job.Draft, err = json.Marshal(rest); err != nil {
		return LedgerProgress{}, malformed("", "the document cannot be kept").Because(err)
	}
	progress := LedgerProgress{Job: job.ID, Object: drafted.Object}
	for i, signer := range drafted.Signers {
		job.Signers = append(job.Signers, signer.Method)
		progress.Signing = append(progress.Signing, Signing{
			Name: signingNumber(i), Method: signer.Method, Algorithm: signer.Algorithm, Payload: drafted.Payload,
		})
	}
	err = s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error { return rows.InsertDIDRegistration(job) })
	return progress, err
}

func (s *Service) registrar(method string) (did.Registrar, error) {
	registrar, ok := s.methods[method].(did.Registrar)
	if !ok {
		return nil, vc.Errorf(vc.Unsupported, "method-not-supported", "DIDs of this method are not registered here").At("/method")
	}
	return registrar, nil
}

// RegistersOnLedger says whether DIDs of a method are registered here. Unsupported "method-not-supported".
func (s *Service) RegistersOnLedger(method string) error {
	_, err := s.registrar(method)
	return err
}

func signingNumber(i int) string { return "signingRequest" + strconv.Itoa(i) }

// submit has the ledger do what was signed for. The job ends with the transaction that is journaled: of two who carry it out at
// once, the second finds none.
func (s *Service) submit(ctx context.Context, by vc.Caller, registrar did.Registrar, r LedgerRegistration) (LedgerProgress, error) {
	var job vc.DIDRegistration
	err := s.config.Rows.View(ctx, by.Scope, func(rows Rows) (err error) {
		job, err = rows.DIDRegistration(r.Job, s.now())
		return err
	})
	other := job.Operation != kept+r.Change.Operation || job.Method != r.Method || r.Change.DID != "" && r.Change.DID != job.DID || job.Principal != by.Principal
	if vc.KindOf(err) == vc.NotFound || err == nil && other {
		err = noJob(err)
	}
	if err != nil {
		return LedgerProgress{}, err
	}
	var rest waiting
	if err := json.Unmarshal(job.Draft, &rest); err != nil {
		return LedgerProgress{}, vc.Errorf(vc.Internal, "intent", "a kept registration cannot be read").Because(err)
	}
	signatures, err := answered(job, r.Signatures)
	if err != nil {
		return LedgerProgress{}, err
	}
	tx, err := registrar.Submit(ctx, r.Change.Operation, rest.Object, job.Payload, signatures)
	if err != nil {
		return LedgerProgress{}, err
	}
	entry := vc.Entry{
		ID: newID(), Scope: job.Scope, Action: "registration." + strings.ToLower(r.Change.Operation), Principal: by.Principal, Door: by.Door,
		Request: by.Request, Object: "registration/" + job.ID, Detail: "did=" + job.DID,
	}
	if tx.Intent, err = json.Marshal(entry); err != nil {
		return LedgerProgress{}, vc.Errorf(vc.Internal, "intent", "the change cannot be journaled").Because(err)
	}
	tx.ID, tx.Scope, tx.Purpose, tx.Revision, tx.CreatedAt = newID(), job.Scope, RegistrationPurpose, 1, s.now()
	tx.UpdatedAt = tx.CreatedAt
	err = s.config.Rows.Update(ctx, job.Scope, func(rows Rows) error {
		if err := endJob(rows, job); err != nil {
			return err
		}
		return rows.InsertLedgerTransaction(tx)
	})
	if e, ok := asError(err); ok && e.Code == "duplicate" {
		err = underWay().Because(err)
	}
	if err != nil {
		return LedgerProgress{}, err
	}
	if err := s.decided(ctx, tx); err != nil {
		return LedgerProgress{}, err
	}
	s.others.drop(func(text string) bool { return text == job.DID })
	rest.Resource.Content = registrar.Content(r.Change.Operation, job.Payload)
	return LedgerProgress{Job: job.ID, Object: rest.Object, Finished: true, Document: rest.Document, Resource: rest.Resource}, nil
}

// answered matches signatures with what was asked: by the name of the request, and for its key.
func answered(job vc.DIDRegistration, given map[string]did.Signature) ([]did.Signature, error) {
	var list []did.Signature
	for i, method := range job.Signers {
		signature, ok := given[signingNumber(i)]
		if !ok {
			continue
		}
		if signature.Method != "" && signature.Method != method {
			return nil, vc.Errorf(vc.Invalid, "signature-invalid", "%s is for another key", signingNumber(i)).At("/secret/signingResponse/" + signingNumber(i) + "/kid")
		}
		list = append(list, did.Signature{Method: method, Bytes: signature.Bytes})
	}
	for name := range given {
		if !asks(job, name) {
			return nil, vc.Errorf(vc.Invalid, "signature-invalid", "a signature is for no signing request").At("/secret/signingResponse")
		}
	}
	if len(list) == 0 {
		return nil, vc.Errorf(vc.Invalid, "signature-missing", "there is no signature").At("/secret/signingResponse")
	}
	return list, nil
}

func asks(job vc.DIDRegistration, name string) bool {
	for i := range job.Signers {
		if name == signingNumber(i) {
			return true
		}
	}
	return false
}

// FinishRegistration tells the journal of a change that the ledger has, together with the end of its transaction.
func (s *Service) FinishRegistration(ctx context.Context, tx vc.LedgerTransaction) error {
	var entry vc.Entry
	if err := json.Unmarshal(tx.Intent, &entry); err != nil {
		return vc.Errorf(vc.Internal, "intent", "a journaled change cannot be read").Because(err)
	}
	tx.Intent, tx.Message, tx.Raw, entry.At = nil, nil, nil, s.now()
	return s.config.Rows.Update(ctx, tx.Scope, func(rows Rows) error {
		if err := rows.Append(entry); err != nil {
			return err
		}
		return rows.UpdateLedgerTransaction(tx)
	})
}
