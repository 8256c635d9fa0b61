package cheqd

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

var _ did.Library = Method{}

// RecordResource gives the message that stores a resource in the collection of a DID, signed by a key that controls it: ADR 002
// of cheqd.
func (m Method) RecordResource(owner vc.Identity, resource did.LinkedResource) (did.Recording, error) {
	parsed, err := cheqd.ParseDID(owner.DID)
	if err != nil {
		return did.Recording{}, did.Invalid(err)
	}
	if _, err := m.network(parsed.Namespace); err != nil {
		return did.Recording{}, err
	}
	r := did.Recording{Ledger: ledgerPrefix + parsed.Namespace, DID: owner.DID, Version: uuid.NewString(), Kind: cheqd.TypeCreateResource}
	message := cheqd.CreateResource{Payload: cheqd.ResourcePayload{
		Data: resource.Data, CollectionID: parsed.ID, ID: r.Version, Name: resource.Name, Version: resource.Version, Type: resource.Type,
	}}
	if err := message.Check(parsed.Namespace); err != nil {
		why := "the ledger would refuse the resource"
		if e, ok := errors.AsType[*cheqd.LedgerError](err); ok {
			why += ": " + e.Log
		}
		return did.Recording{}, vc.Errorf(vc.Invalid, "resource-not-on-ledger", "%s", why).Because(err)
	}
	r.SignBytes = message.SignBytes()
	r.Signers, err = m.signers(owner, owner)
	return r, err
}

// Resource fetches a resource. What a node gives is held to the checksum that the ledger keeps of it.
func (m Method) Resource(ctx context.Context, query did.ResourceQuery) (did.LinkedResource, error) {
	parsed, err := cheqd.ParseDID(query.DID)
	if err != nil {
		return did.LinkedResource{}, did.Invalid(err)
	}
	if m.remote(parsed.Namespace) {
		return m.resourceRemote(ctx, parsed, query)
	}
	id := cheqd.NormalUUID(query.ID)
	if id == "" {
		list, err := askResource(ctx, m, parsed, cheqd.QueryResources(parsed.ID), cheqd.ParseResources, cheqd.DecodeResources)
		if err != nil {
			return did.LinkedResource{}, err
		}
		one, err := cheqd.ResourceQuery{Name: query.Name, Type: query.Type, Version: query.Version, Time: query.Time}.One(list)
		if e, ok := errors.AsType[*cheqd.Error](err); ok && e.Code == cheqd.CodeManifold {
			return did.LinkedResource{}, vc.Errorf(vc.Invalid, "resource-ambiguous", "the DID has several resources like this").Because(err)
		}
		if err != nil {
			return did.LinkedResource{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "the DID has no such resource").Because(err)
		}
		id = one.ID
	}
	found, err := askResource(ctx, m, parsed, cheqd.QueryResource(parsed.ID, id), cheqd.ParseResource, cheqd.DecodeResource)
	if err != nil {
		return did.LinkedResource{}, err
	}
	meta := found.Metadata
	if meta.CollectionID != parsed.ID || meta.ID != id || meta.Checksum != cheqd.Checksum(found.Data) {
		return did.LinkedResource{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the ledger's node gave another resource")
	}
	url := func(id string) string {
		if id == "" {
			return ""
		}
		return cheqd.ResourceURL(parsed.Namespace, parsed.ID, id)
	}
	return did.LinkedResource{
		URL: url(id), Name: meta.Name, Type: meta.Type, Version: meta.Version, Data: found.Data, MediaType: meta.MediaType,
		Created: meta.Created, Previous: url(meta.PrevVersionID), Next: url(meta.NextVersionID),
	}, nil
}

func askResource[T any](ctx context.Context, m Method, parsed cheqd.DID, query cheqd.Query, parse, decode func([]byte) (T, error)) (T, error) {
	value, err := ask(ctx, m, parsed.Namespace, query, parse, decode)
	if vc.KindOf(err) == vc.NotFound {
		err = vc.Errorf(vc.NotFound, did.CodeNotFound, "the ledger has no such resource").Because(err)
	}
	return value, err
}
