package vc

import "time"

// Instance is an issuer or a verifier as the W3C's API knows them: one identity, key and way to secure, below a path of
// its own. Whole credentials are issued through it, which no credential type describes.
type Instance struct {
	ID       string
	Scope    Scope  // of an organisation
	Slug     string // in URLs, unique in the tenant: [a-z0-9-]{1,63}
	Name     string // for people
	Identity string // id of the identity that signs; "": it verifies alone
	Method   string // verification method that signs; "": the newest active one for the purpose
	Profile  CredentialProfile
	Checks   []string // what a verification looks at of validity, schema and status ("proof": it looks at that anyway); nil: all
	Open     bool     // whoever reaches the server may use it
	Lenient  bool     // what does not verify is answered with 200, and not 400

	Revision   int
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ArchivedAt time.Time
}

// CredentialProfile says in which shape a whole credential is issued.
type CredentialProfile struct {
	Name     string // what the record keeps as its variant: an [Instance]'s id
	Format   string
	Suite    string       // of a format that has proof suites
	Model    ModelVersion // the only one that is taken; "": any
	Status   StatusDialect
	Purposes []StatusPurpose // a status entry each; nil: it cannot be revoked
	Contexts []string        // what a credential may name beside its base context; nil: whatever is known here
	Foreign  bool            // a credential may come with a status entry of another server's list
}
