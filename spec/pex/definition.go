package pex

// Definition is a presentation definition (Presentation Definition).
type Definition struct {
	ID           string
	Name         string
	Purpose      string
	Format       Formats
	Descriptors  []Descriptor
	Requirements []Requirement // none: every descriptor is required
}

// Formats are the claim formats that are taken, by their designation (jwt_vc, ldp_vc, …); none: any. The definition's
// govern every credential whose descriptor has none of its own, and presentations (jwt_vp, ldp_vp) where it names any.
type Formats map[string]Format

// Format is how a credential may be secured: lists by member name ("alg", "proof_type", and what other registries
// name: "cryptosuite", "sd-jwt_alg_values", …). No list: any.
type Format map[string][]string

// Descriptor is an input descriptor (Input Descriptor Object): one credential that is asked for.
type Descriptor struct {
	ID          string
	Name        string
	Purpose     string
	Group       []string
	Format      Formats // where set, instead of the definition's
	Schema      []Schema
	Constraints Constraints
}

// Schema is what PE 1.0 knows instead of a field: an input has one of the schemas, and every required one. The
// newest version has no such member; it is kept, because clients still send it and expect it back. See Input.Schemas
// for what the schemas of an input are.
type Schema struct {
	URI      string
	Required bool
}

// The values of LimitDisclosure.
const (
	LimitRequired  = "required"
	LimitPreferred = "preferred"
)

// Constraints are what a credential must meet.
type Constraints struct {
	LimitDisclosure string // "", LimitRequired or LimitPreferred
	Fields          []Field
	Holders         []Holder // is_holder
}

// Holder says that who presents is who the named fields are about (Relational Constraint Feature).
type Holder struct {
	Fields    []string // ids of fields of the descriptor
	Directive string   // LimitRequired or LimitPreferred; the latter excludes nothing
}

// Field is one value that a credential must have. Paths are tried in order until one gives a value that
// Filter passes.
type Field struct {
	Paths          []Path
	ID             string
	Name           string
	Purpose        string
	Filter         *Filter // nil: any value
	Optional       bool    // it may be missing; where it is there, Filter holds
	IntentToRetain bool
}

// Requirement is a submission requirement (Submission Requirement Objects): a rule about the descriptors of the group From, or about Nested.
type Requirement struct {
	Name    string
	Purpose string
	Rule    string // RuleAll or RulePick
	Count   *int   // RulePick alone, as Min and Max: with none of them one or more
	Min     *int
	Max     *int
	From    string
	Nested  []Requirement
}

// The rules of requirements (Submission Requirement Rules).
const (
	RuleAll  = "all"
	RulePick = "pick"
)
