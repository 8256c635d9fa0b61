package agent

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
)

// theirs is who a peer is: a DID, the keys it may speak with, and where it is.
type theirs struct {
	DID    string // short where it has two forms
	Long   string // "" where it has one
	Keys   []didcomm.Verkey
	Target didcomm.Target
}

// The bounds of a peer's document.
const (
	maxPeerDocument = 64 << 10
	maxPeerKeys     = 16
	maxLabel        = 256
)

// meet finds out who a peer's DID is. A document that was sent along is looked at for DIDs that do not lead to one: it must be signed
// by a key of its own, or by one of trusted, which are those of an invitation. It may use the network.
func (d *Desk) meet(ctx context.Context, scope vc.Scope, did string, attached *didcomm.Attachment, trusted []didcomm.Verkey) (theirs, error) {
	if !besideDocument(did) {
		return d.resolve(ctx, scope, did)
	}
	if attached == nil {
		return theirs{}, vc.Errorf(vc.Invalid, "document-missing", "a DID that does not lead to its document comes with it")
	}
	raw, signers, err := attached.Verify()
	if err != nil {
		return theirs{}, faulty("document-unsigned", err)
	}
	if len(raw) > maxPeerDocument {
		return theirs{}, vc.Errorf(vc.Invalid, "document-malformed", "the DID document is too large")
	}
	document, err := documentOf(did, raw, isGenesis(did))
	if err != nil {
		return theirs{}, err
	}
	if trusted == nil {
		trusted = didcomm.Verkeys(document)
	}
	if !slices.ContainsFunc(signers, func(key didcomm.Verkey) bool { return slices.Contains(trusted, key) }) {
		return theirs{}, vc.Errorf(vc.Invalid, "document-unsigned", "the DID document is signed by a key that says nothing")
	}
	return d.known(ctx, scope, did, document)
}

// besideDocument says whether a DID comes with its document, since it leads to none: one of numalgo 1, which is the document's hash,
// and one without a method, which everybody may give itself.
func besideDocument(did string) bool { return isGenesis(did) || isBare(did) }

func isGenesis(did string) bool {
	numalgo, _, err := didpeer.Numalgo(did)
	return err == nil && numalgo == 1
}

func isBare(did string) bool { return didpeer.IsUnqualified(strings.TrimPrefix(did, "did:sov:")) }

func documentOf(did string, raw []byte, genesis bool) (diddoc.Document, error) {
	if genesis {
		resolved, err := didpeer.ResolveGenesis(did, raw)
		if err != nil {
			return diddoc.Document{}, faulty("document-malformed", err)
		}
		document, err := diddoc.Parse(resolved)
		return document, faulty("document-malformed", err)
	}
	document, err := didpeer.ParseLegacy(raw)
	if err != nil {
		return diddoc.Document{}, faulty("document-malformed", err)
	}
	if !didpeer.Same(document.ID, did) {
		return diddoc.Document{}, vc.Errorf(vc.Invalid, "document-malformed", "the DID document is another DID's")
	}
	return document, nil
}

// resolve meets whom a DID leads to.
func (d *Desk) resolve(ctx context.Context, scope vc.Scope, did string) (theirs, error) {
	document, err := d.documentAt(ctx, scope, did)
	if err != nil {
		return theirs{}, err
	}
	return d.known(ctx, scope, did, document)
}

// documentAt gives the document that a DID holds or leads to.
func (d *Desk) documentAt(ctx context.Context, scope vc.Scope, did string) (diddoc.Document, error) {
	raw, err := didpeer.Resolve(did)
	if _, _, notPeer := didpeer.Numalgo(did); notPeer != nil {
		resolution, _, failed := d.Identity.Resolve(ctx, scope, did)
		raw, err = resolution.Document, failed
	}
	if err != nil {
		return diddoc.Document{}, faulty("did-unknown", err)
	}
	if len(raw) > maxPeerDocument {
		return diddoc.Document{}, vc.Errorf(vc.Invalid, "document-malformed", "the DID document is too large")
	}
	document, err := diddoc.Parse(raw)
	return document, faulty("document-malformed", err)
}

// known reads keys and place out of a document.
func (d *Desk) known(ctx context.Context, scope vc.Scope, did string, document diddoc.Document) (theirs, error) {
	targets, err := didcomm.Targets(document)
	if err != nil {
		return theirs{}, faulty("service-unusable", err)
	}
	who := theirs{DID: short(did), Target: targets[0], Keys: didcomm.Verkeys(document)}
	if who.DID != did {
		who.Long = did
	}
	for _, key := range who.Target.Recipients {
		if !slices.Contains(who.Keys, key) {
			who.Keys = append(who.Keys, key)
		}
	}
	if len(who.Keys) > maxPeerKeys {
		return theirs{}, vc.Errorf(vc.Invalid, "document-malformed", "the DID document has too many keys")
	}
	who.Target, err = d.reached(ctx, scope, who.Target)
	return who, err
}

// reached refuses an endpoint that may not be spoken to: the peer's own, or that of its agency, RFC 0023.
func (d *Desk) reached(ctx context.Context, scope vc.Scope, target didcomm.Target) (didcomm.Target, error) {
	endpoint := target.Endpoint
	if strings.HasPrefix(endpoint, "did:") {
		document, err := d.documentAt(ctx, scope, endpoint)
		if err != nil {
			return didcomm.Target{}, err
		}
		agencies, err := didcomm.Targets(document)
		if err != nil {
			return didcomm.Target{}, faulty("service-unusable", err)
		}
		endpoint = agencies[0].Endpoint
	}
	switch {
	case endpoint == noEndpoint:
	case strings.HasPrefix(endpoint, "did:"):
		return didcomm.Target{}, vc.Errorf(vc.Invalid, "service-unusable", "the peer's service leads too far")
	case d.Check != nil && d.Check(endpoint) != nil:
		return didcomm.Target{}, vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's endpoint may not be spoken to")
	}
	return target, nil
}

// faulty is an error of the specifications as it is told; others stay as they are.
func faulty(code string, err error) error {
	var message *didcomm.Error
	var document *diddoc.Error
	switch {
	case errors.As(err, &message):
		return vc.Errorf(vc.Invalid, code, "%s", message.Message).At(message.Pointer)
	case errors.As(err, &document):
		return vc.Errorf(vc.Invalid, code, "%s", document.Message)
	}
	return err
}

// refusedFor tells a peer what was wrong with it, where that is its fault: what is not now, or ours, stays an error.
func refusedFor(code string, err error) error {
	var fault *vc.Error
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Kind {
	case vc.Internal, vc.Unavailable:
		return err
	}
	return &Refusal{Code: code, Text: fault.Code + ": " + fault.Message}
}

// bounded cuts what a peer calls itself.
func bounded(label string) string {
	if len(label) > maxLabel {
		return strings.ToValidUTF8(label[:maxLabel], "")
	}
	return label
}
