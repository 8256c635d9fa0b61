package storetest

import (
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// One of each noun with every field set.

func aSchema(scope vc.Scope) vc.Schema {
	return vc.Schema{
		ID: newID(), Scope: scope, Name: "University Degree", Latest: 1, SharedWith: []string{newID()},
		CreatedAt: moment(), ArchivedAt: moment(),
	}
}

func aVersion(s vc.Schema) vc.SchemaVersion {
	return vc.SchemaVersion{
		Schema: s.ID, Scope: s.Scope, Version: 1, Draft: "2020-12", TypeName: "UniversityDegree", Document: []byte(`{"a":1}`),
		Digest: random(32), URL: "https://x.example/schemas/" + s.ID, Context: []byte(`{}`), ContextDigest: random(32),
		ContextURL: "https://x.example/contexts/" + s.ID, CreatedAt: moment(), ID: newID(), Name: "Degree of 2026",
		WithdrawnAt: moment(),
	}
}

func aType(scope vc.Scope, schema string) vc.CredentialType {
	return vc.CredentialType{
		ID: newID(), Scope: scope, Name: "Degree", Line: newID(), Types: []string{"UniversityDegree"}, Schema: schema, SchemaVersion: 1,
		Contexts: []string{"https://x.example/c"}, Validity: vc.Validity{Default: time.Hour, Max: 2 * time.Hour},
		Look: vc.Look{TextColor: "#fff", Background: "red", Image: "https://x.example/i"}, Hold: true, EraseDelivered: true,
		Subjects: vc.ResolveWarn, Purposes: []vc.StatusPurpose{vc.Revocation, vc.Message},
		StatusMessages: []vc.StatusMessage{{Status: "0x1", Message: "pending"}}, Irrevocable: true,
		Evidence: []byte(`[{"type":"Exam"}]`), External: vc.ExternalIssuer{URL: "https://x.example", Enabled: true, Connections: true},
		Publish: vc.Publishing{Identity: newID(), DID: "did:x:y", Interval: time.Minute, Ceiling: "1", Named: true},
		Variants: []vc.Variant{{
			Name: "jwt", Format: "jwtvc", Model: vc.VCDM20, Suite: "s", SchemaReference: "JsonSchema",
			Status:       vc.StatusDialect{EntryType: "BitstringStatusListEntry", NumberIndex: true, Array: true},
			IssuerObject: true,
		}},
		Revision: 1, CreatedAt: moment(), UpdatedAt: moment(), ArchivedAt: moment(),
	}
}

func aKey(scope vc.Scope) vc.Key {
	return vc.Key{
		ID: newID(), Scope: scope, Algorithm: vc.Ed25519, Store: "local", PublicJWK: []byte(`{"kty":"OKP"}`),
		Sealed: random(60), CreatedAt: moment(),
	}
}

func anIdentity(scope vc.Scope) vc.Identity {
	id := newID()
	did := "did:web:X.example%3A8080:issuers:" + id
	return vc.Identity{
		ID: id, Scope: scope, DID: did, Method: "web", Name: "The University", Document: []byte(`{"id":"` + did + `"}`),
		Keys: []vc.IdentityKey{{
			Identity: id, Key: aKey(scope), Method: did + "#1", Type: "Multikey", Purposes: []string{"assertionMethod", "authentication"},
			State: vc.KeyActive, AddedAt: moment(), ChangedAt: moment(),
		}},
		Use: vc.UseElsewhere, Services: []byte(`[{"id":"#s"}]`), CreatedBy: newID(), UpdatedBy: newID(),
		Revision: 1, CreatedAt: moment(), UpdatedAt: moment(), DeactivatedAt: moment(),
	}
}

func aPrincipal(scope vc.Scope) vc.Principal {
	return vc.Principal{
		ID: newID(), Scope: scope, Kind: vc.APIKey, Name: "Robot", Secret: random(32),
		Grants: []vc.Grant{{Scope: scope, Role: vc.IssuerRole}, {Role: vc.Operator}}, CreatedAt: moment(),
		ExpiresAt: moment(), RevokedAt: moment(), Description: "counts beans", Email: "robot@x.example",
		GivenName: "Robby", FamilyName: "Robot", ArchivedAt: moment(), Previous: random(32), PreviousUntil: moment(),
	}
}

func aList(scope vc.Scope) vc.StatusList {
	id := newID()
	return vc.StatusList{
		ID: id, Scope: scope, Purpose: vc.Revocation, Dialect: "BitstringStatusList", Format: "jwtvc", Size: 1,
		Messages: []vc.StatusMessage{{Status: "0x0", Message: "fine"}}, Identity: newID(),
		URL: "https://x.example/status/" + id, Place: "type/identity", Length: 131072, Secret: random(48), CreatedAt: moment(),
	}
}

// aCredential has an entry in the list, at index. It was never changed: only an update says that it was.
func aCredential(list vc.StatusList, index int64) vc.Credential {
	now := moment()
	return vc.Credential{
		ID: newID(), Scope: list.Scope, Issuance: newID(), Type: newID(), TypeName: "UniversityDegree", Schema: newID(),
		SchemaVersion: 3, Variant: "jwt", Format: "jwtvc", Model: vc.VCDM20, Identity: list.Identity,
		Issuer: "did:web:x.example", Method: "did:web:x.example#1", Algorithm: "EdDSA", Exchange: newID(), Door: "native",
		Principal: newID(), State: vc.Issued, Standing: vc.Active, Elsewhere: true, Released: true,
		Entries: []vc.StatusEntry{{
			List: list.ID, URL: list.URL, Index: index, Purpose: list.Purpose, Size: list.Size,
		}},
		SubjectMAC: random(32), RecipientMAC: random(32), DocumentMAC: random(32), Digest: random(32), ValidFrom: now, ValidUntil: now.Add(time.Hour),
		IssuedAt: now, ExpiresAt: now.Add(time.Minute), Replaces: newID(), ErasedAt: now, BodyKey: random(32),
		Body: random(1400), CreatedAt: now,
	}
}

func aChange(list string, index int64, version int) vc.StatusChange {
	return vc.StatusChange{
		List: list, Index: index, Version: version, Value: 1, Credential: newID(), Purpose: vc.Revocation, Reason: "lost",
		At: moment(),
	}
}

func anAnswer(scope vc.Scope) vc.Idempotency {
	return vc.Idempotency{
		Digest: random(32), Scope: scope, Body: random(32), Credentials: []string{newID(), ""}, Pocket: []byte(`{"a":1}`),
		CreatedAt: moment(), ExpiresAt: moment().Add(24 * time.Hour),
	}
}

func anEntry(scope vc.Scope) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: scope, At: moment(), Action: "credential.issued", Principal: newID(), Door: "native",
		Request: newID(), Object: "type/1", Detail: "kid=1", Event: true, Subject: newID(), Data: []byte(`{"a":1}`),
	}
}

func aContext(scope vc.Scope) vc.Context {
	return vc.Context{
		URL: "https://x.example/c/" + newID(), Scope: scope, Document: []byte(`{}`), Digest: random(32), Source: "imported",
		CreatedAt: moment(),
	}
}

func aProfile() vc.Profile {
	return vc.Profile{
		LegalName: "Acme Ltd", TradingName: "Acme", CompanyNumber: "12", LEINumber: "529900", BusinessAddress: "1 Road",
		CompanyURL: "https://acme.example", Color: "#fff", LogoURL: "https://acme.example/logo", Status: "verified",
		OfficerFirstName: "Ada", OfficerLastName: "Acme", OfficerEmail: "ada@acme.example",
	}
}

func anOrganisation(scope vc.Scope) vc.Organisation {
	return vc.Organisation{
		ID: scope.Organisation, Tenant: scope.Tenant, Name: "Org", MayIssue: true, MayVerify: true, Profile: aProfile(),
		Rights: []vc.Role{"vc:org:manage"}, CreatedAt: moment(), ArchivedAt: moment(),
	}
}

func anInvitation(scope vc.Scope) vc.MemberInvitation {
	return vc.MemberInvitation{
		ID: newID(), Scope: scope, Email: "Ada@x.example", GivenName: "Ada", FamilyName: "Acme", Message: "come in",
		Grants: []vc.Grant{{Scope: scope, Role: vc.IssuerRole}}, Secret: random(32), Principal: newID(), InvitedBy: newID(),
		CreatedAt: moment(), ExpiresAt: moment().Add(time.Hour), AcceptedAt: moment(),
	}
}

// aRegistration has keys without private halves.
func aRegistration(scope vc.Scope) vc.DIDRegistration {
	did := "did:web:x.example:" + newID()
	return vc.DIDRegistration{
		ID: newID(), Scope: scope, Operation: "create", Method: "web", DID: did,
		Draft: []byte(`{"id":"` + did + `"}`), Payload: random(40), Signers: []string{did + "#1"}, Revision: 2,
		Principal: newID(), CreatedAt: moment(), ExpiresAt: moment().Add(time.Hour),
	}
}

func aDefinition(scope vc.Scope) vc.PresentationDefinition {
	return vc.PresentationDefinition{
		ID: newID(), Scope: scope, Name: "Degree, please", Purpose: "entry", Wanted: []vc.WantedCredential{{
			ID: newID(), Name: "Degree", Purpose: "proof", Schema: newID(), SchemaVersion: 2, Constraints: []byte(`{ "fields": ["<"] }`),
		}},
		Format: []byte(`{"jwt_vp":{"alg":["EdDSA"]}}`), Document: []byte(`{"id":"d"}`), CreatedAt: moment(), UpdatedAt: moment(),
		ArchivedAt: moment(), Query: []byte(`[{"fields":[]}]`), Domains: []string{"https://x.example"},
	}
}

func aRequest(scope vc.Scope) vc.PresentationRequest {
	return vc.PresentationRequest{
		ID: newID(), Scope: scope, Door: "native", Name: "Entrance", DefinitionID: newID(), Definition: []byte(`{"id":"d"}`),
		Client: "did:web:x.example", Audience: []string{"did:web:x.example", "https://x.example"}, Nonce: newID(), State: newID(),
		Once: true, Unsigned: []byte("h.p"), Signed: []byte("h.p.s"), Status: vc.RequestPending, Pocket: []byte(`{"a":1}`),
		Revision: 1, ExpiresAt: moment().Add(time.Hour), CreatedAt: moment(), UpdatedAt: moment(), ArchivedAt: moment(),
		ByState: true, Domains: []string{"https://x.example"}, Push: "https://x.example/push", Attempts: 3,
	}
}

func aSubmission(r vc.PresentationRequest) vc.Submission {
	return vc.Submission{
		ID: newID(), Scope: r.Scope, Request: r.ID, Status: vc.SubmissionPending, Digest: random(32), BodyKey: random(32),
		Body: random(900), CreatedAt: moment(), UpdatedAt: moment(), VerifiedAt: moment(),
	}
}

// anInstance has everything set.
func anInstance(scope vc.Scope) vc.Instance {
	return vc.Instance{
		ID: newID(), Scope: scope, Slug: newID(), Name: "Issuer, Ed25519", Identity: newID(), Method: "did:example:i#1",
		Profile: vc.CredentialProfile{
			Format: "ldp", Suite: "eddsa-rdfc-2022", Model: vc.VCDM20, Purposes: []vc.StatusPurpose{vc.Revocation, vc.Suspension},
			Status:   vc.StatusDialect{EntryType: "BitstringStatusListEntry", NumberIndex: true, Array: true},
			Contexts: []string{"https://x.example/c"}, Foreign: true,
		},
		Checks: []string{"validity"}, Open: true, Lenient: true, Revision: 1, CreatedAt: moment(), UpdatedAt: moment(),
		ArchivedAt: moment(),
	}
}

func anOffering(scope vc.Scope) vc.Offering {
	return vc.Offering{
		ID: newID(), Scope: scope, Type: newID(), TypeName: "UniversityDegree", Schema: newID(), SchemaVersion: 2,
		Door: "empe", Principal: newID(), State: newID(), Targeted: true, RecipientMAC: random(32), Limit: 7, Redeemed: 1,
		ExpiresAt: moment().Add(time.Hour), WithdrawnAt: moment(), BodyKey: random(32), Body: random(200),
		Pocket: []byte(`{"a":1}`), CreatedAt: moment(),
	}
}

func aRedemption(o vc.Offering) vc.Redemption {
	return vc.Redemption{
		ID: newID(), Scope: o.Scope, Offering: o.ID, Exchange: newID(), Credential: newID(), HolderMAC: random(32), At: moment(),
	}
}

func anExchange(scope vc.Scope) vc.Exchange {
	return vc.Exchange{
		ID: newID(), Scope: scope, Role: vc.RoleIssuer, Door: "empe", Channel: newID(), Thread: newID(), ByPeer: true, Offering: newID(),
		Type: newID(), TypeName: "UniversityDegree", Schema: newID(), SchemaVersion: 2, Credential: newID(), Held: newID(),
		PeerMAC: random(32), State: vc.Requested, Hold: true, Error: "refused", Pocket: []byte(`{"a":1}`),
		BodyKey: random(32), Body: random(300), Revision: 1, CreatedAt: moment(), UpdatedAt: moment(),
		ExpiresAt: moment().Add(time.Hour),
	}
}

func aHeld(scope vc.Scope) vc.HeldCredential {
	return vc.HeldCredential{
		ID: newID(), Scope: scope, Types: []string{"UniversityDegree", "Odd \"Name\"\n\\"}, Issuer: "did:empe:x",
		Network: "testnet", Schema: "https://x.example/s/1", Version: "1", Format: "ldp", Model: vc.VCDM11, Identity: newID(),
		SubjectMAC: random(32), Digest: random(32), Exchange: newID(), Standing: vc.Active, SeenAt: moment(),
		IssuedAt: moment(), ValidUntil: moment().Add(time.Hour), BodyKey: random(32), Body: random(900), CreatedAt: moment(),
		Name: "Degree " + newID(), Tags: vc.HeldTags{
			Given: "urn:x:" + newID(), Contexts: []string{"https://www.w3.org/2018/credentials/v1"},
			Expanded: []string{"https://x.example/Degree"}, Schemas: []string{"https://x.example/s/1"}, Proofs: []string{"Ed25519Signature2020"},
		},
	}
}

func aReply(scope vc.Scope) vc.Reply {
	return vc.Reply{
		ID: newID(), Scope: scope, Door: "empe", Channel: "https://x.example", Thread: newID(), Identity: newID(),
		State: vc.ReplyAsked, Error: "refused", Pocket: []byte(`{"a":1}`), BodyKey: random(32), Body: random(300),
		Revision: 1, CreatedAt: moment(), UpdatedAt: moment(), ExpiresAt: moment().Add(time.Hour),
	}
}

func aCode(scope vc.Scope) vc.LoginCode {
	return vc.LoginCode{
		ID: newID(), Scope: scope, Door: "empe", Audience: "https://x.example/empe", Secret: random(32), BodyKey: random(32),
		Body: random(60), CreatedAt: moment(), ExpiresAt: moment().Add(time.Hour), UsedAt: moment(),
	}
}
