package pex

// Input is a credential (or another token) that may answer a descriptor.
type Input struct {
	// Format is the claim format designation: jwt_vc, ldp_vc, vc+sd-jwt, …; jwt_vc_json and the like are known as
	// other names of them.
	Format string
	// Algs are the names of what secures it: the JOSE alg, or the proof's type and cryptosuite. A definition that
	// lists algorithms is not met by an input that names none.
	Algs []string
	// Claims is the decoded JSON: for a JWT its payload, for a JSON-LD credential the credential.
	Claims []byte
	// Views are other shapes of the same claims, tried after Claims in order for each path: for a JWT of VCDM 1.1
	// (vcjwt.Encode11) the credential itself, so that $.credentialSubject.x and $.vc.credentialSubject.x both find.
	Views [][]byte
	// Schemas are what PE 1.0's schema may name beyond what is found in the claims (credentialSchema ids, types and
	// contexts, as they stand).
	Schemas []string
	// Types gives the types as a JSON-LD processor expands them, which a schema may name too. It is asked once, where the
	// others have not what is asked for; nil: nobody knows.
	Types func() []string
	// Held says that the credential is about who presents it, and nobody else.
	Held bool
	// Selective says that no more than the descriptor's fields will be shown. An input without it meets
	// limit_disclosure "required" only where its claims hold no more.
	Selective bool
}

// Result is what Match found: one Matched for each descriptor, in their order.
type Result struct {
	Descriptors []Matched

	definition *Definition
	inputs     []Input
}

// Matched is what answers one descriptor.
type Matched struct {
	ID     string
	Inputs []int  // indices of the inputs that answer it, in order
	Missed []Miss // why each other input does not
}

// Miss says why an input does not answer a descriptor.
type Miss struct {
	Input int
	Reason
}

// Reason says what is not met. Pointer (RFC 6901) is into the definition, or into the submission where Code is of
// it. Message is for people and holds no claims.
type Reason struct {
	Code    string
	Pointer string
	Message string
}

// Codes of Reason.
const (
	ReasonFormat      = "format"      // the format, or what secures it, is not asked for
	ReasonSchema      = "schema"      // PE 1.0: none of the schemas
	ReasonMissing     = "missing"     // a field has no value
	ReasonFilter      = "filter"      // a field's value does not pass the filter
	ReasonHolder      = "holder"      // the credential is not about who presents it
	ReasonDisclosure  = "disclosure"  // more is shown than limit_disclosure allows
	ReasonClaims      = "claims"      // the claims are not JSON, or cost too much to look at
	ReasonDefinition  = "definition"  // the submission answers another definition
	ReasonDescriptor  = "descriptor"  // the submission names a descriptor that the definition does not have
	ReasonPath        = "path"        // nothing is where the submission says
	ReasonToken       = "token"       // what is there could not be opened
	ReasonRequirement = "requirement" // a submission requirement, or a required descriptor, is not met
)

// Match says for each descriptor which inputs answer it (Input Evaluation).
func (d *Definition) Match(inputs []Input) Result {
	r := Result{definition: d, inputs: inputs}
	all := make([]*subject, len(inputs))
	for i, one := range inputs {
		all[i] = look(one)
	}
	for i := range d.Descriptors {
		m := Matched{ID: d.Descriptors[i].ID}
		for k, one := range all {
			if reason := d.judge(i, one); reason != nil {
				m.Missed = append(m.Missed, Miss{Input: k, Reason: *reason})
			} else {
				m.Inputs = append(m.Inputs, k)
			}
		}
		r.Descriptors = append(r.Descriptors, m)
	}
	return r
}
