package format

import "github.com/chancery-vc/chancery/spec/pex"

// claimFormats is a format that Presentation Exchange has designations for ("jwt_vc", "jwt_vp"). One that has not goes
// by its name.
type claimFormats interface {
	ClaimFormats() (credential, presentation string)
}

func designations(f Format) (credential, presentation string) {
	switch f := f.(type) {
	case nil:
		return "unknown", "unknown" // which nobody asks for
	case claimFormats:
		return f.ClaimFormats()
	default:
		return f.Name(), f.Name()
	}
}

// Input is the credential as Presentation Exchange sees it; f is the format that read it. Paths are tried in what the
// signature covers, then in the credential.
func (s Secured) Input(f Format) pex.Input {
	name, _ := designations(f)
	in := input(f, name, s.Signatures, s.Payload, s.Credential)
	in.Types = s.Types
	return in
}

// Input is the presentation as Presentation Exchange sees it; f is the format that read it.
func (p Presentation) Input(f Format) pex.Input {
	_, name := designations(f)
	return input(f, name, p.Signatures, p.Payload, p.Presentation)
}

func input(f Format, name string, signatures []Signature, payload, document []byte) pex.Input {
	in := pex.Input{Format: name, Claims: document}
	if payload != nil {
		in.Claims, in.Views = payload, [][]byte{document}
	}
	for _, signature := range signatures {
		in.Algs = append(in.Algs, signature.Algorithm)
		suite, _ := SuiteOf(f, signature.Suite)
		for _, name := range []string{suite.Name, suite.Type} { // "proof_type" names the proof's type, and some the cryptosuite
			if name != "" {
				in.Algs = append(in.Algs, name)
			}
		}
	}
	return in
}
