package formattest

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Holder is who presents.
const Holder = "did:web:holder.example"

// PresentationFormat is a format that has presentations.
type PresentationFormat interface {
	format.Format
	ReadPresentation(ctx context.Context, secured []byte) (format.Presentation, error)
	PreparePresentation(ctx context.Context, material format.PresentationMaterial) (format.Unsigned, error)
	ClaimFormats() (credential, presentation string)
}

// RunPresentations holds the presentations of a format against the law, for each data model it has.
func RunPresentations(t *testing.T, f PresentationFormat, models []vc.ModelVersion, suites []string) {
	seen := map[string]bool{} // what algorithms differ in, the law of credentials finds
	laws(f, models, suites, func(l *law) {
		if seen[string(l.model)+l.suite] {
			return
		}
		seen[string(l.model)+l.suite] = true
		t.Run(l.name(), func(t *testing.T) { (&presentationLaw{f, l}).run(t) })
	})
	t.Run("foreign bytes", func(t *testing.T) {
		for _, text := range []string{"", "x", "a.b", "a.b.c.d", "\x00\x01\xff", "<xml/>", "~~~"} {
			_, err := f.ReadPresentation(t.Context(), []byte(text))
			if e, ok := err.(*vc.Error); !ok || e.Kind != vc.Invalid || e.Code != "other-format" {
				t.Errorf("%q: got %v", text, err)
			}
		}
	})
	t.Run("unknown model", func(t *testing.T) {
		if _, err := f.PreparePresentation(t.Context(), format.PresentationMaterial{Model: "9"}); vc.KindOf(err) != vc.Invalid {
			t.Errorf("got %v", err)
		}
	})
}

type presentationLaw struct {
	f PresentationFormat
	l *law
}

func (p *presentationLaw) run(t *testing.T) {
	t.Run("what was presented is read back", p.readBack)
	t.Run("any changed byte is found", p.tampered)
	t.Run("nothing need be said", p.bare)
	t.Run("a submission stands inside, or is refused", p.submission)
	t.Run("a credential is no presentation", func(t *testing.T) {
		secured := p.l.secure(t, p.l.prepare(t, p.l.credential()))
		if _, err := p.f.ReadPresentation(t.Context(), secured); vc.KindOf(err) != vc.Invalid {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a presentation is no credential", func(t *testing.T) {
		read, err := p.f.Read(t.Context(), p.secure(t, p.prepare(t, p.material(t))))
		if err != nil {
			return
		}
		if credential, err := vcdm.Parse(read.Credential); err == nil && len(vcdm.Validate(credential)) == 0 {
			t.Errorf("read as %s", read.Credential)
		}
	})
	t.Run("an unsigned credential is not presented", p.refusesUnsigned)
}

func (p *presentationLaw) material(t *testing.T) format.PresentationMaterial {
	t.Helper()
	made := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	other := strings.Replace(p.l.credential(), `"MSc"`, `"PhD"`, 1)
	return format.PresentationMaterial{
		Model: p.l.model, Suite: p.l.suite, ID: "urn:uuid:0199a3c0-0000-7000-8000-000000000002", Holder: Holder,
		Audience: []string{"did:web:verifier.example"}, Nonce: "n-\"0\"", Method: Holder + "#key-1", Algorithm: p.l.algorithm,
		Credentials: [][]byte{
			p.l.secure(t, p.l.prepare(t, p.l.credential())), p.l.secure(t, p.l.prepare(t, other)),
		},
		Created: made, Expires: made.Add(time.Hour),
	}
}

func (p *presentationLaw) prepare(t *testing.T, m format.PresentationMaterial) format.Unsigned {
	t.Helper()
	unsigned, err := p.f.PreparePresentation(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return unsigned
}

func (p *presentationLaw) secure(t *testing.T, unsigned format.Unsigned) []byte {
	t.Helper()
	secured, err := unsigned.Secure(p.l.sign(t, "holder", unsigned.Input()))
	if err != nil {
		t.Fatal(err)
	}
	return secured
}

func (p *presentationLaw) readBack(t *testing.T) {
	m := p.material(t)
	unsigned := p.prepare(t, m)
	if !bytes.Equal(unsigned.Input(), p.prepare(t, m).Input()) {
		t.Error("preparing again gives another signing input")
	}
	read, err := p.f.ReadPresentation(t.Context(), p.secure(t, unsigned))
	if err != nil {
		t.Fatal(err)
	}
	if read.Format != p.f.Name() || read.Model != m.Model || read.MediaType == "" || read.ID != m.ID || read.Holder != m.Holder ||
		!slices.Equal(read.Audience, m.Audience) || read.Nonce != m.Nonce {
		t.Errorf("read %+v", read)
	}
	if !slices.EqualFunc(read.Credentials, m.Credentials, bytes.Equal) {
		t.Errorf("the credentials differ: %q", read.Credentials)
	}
	document, err := vcdm.ParsePresentation(read.Presentation)
	if err != nil || len(document.Credentials) != len(m.Credentials) {
		t.Fatalf("the document has not the credentials in their places: %v\n%s", err, read.Presentation)
	}
	if problems := vcdm.ValidatePresentation(document); len(problems) > 0 {
		t.Errorf("departs from the data model: %+v", problems)
	}
	if len(read.Signatures) != 1 {
		t.Fatalf("%d signatures", len(read.Signatures))
	}
	s := read.Signatures[0]
	if s.Method != m.Method || s.Algorithm != m.Algorithm || s.Purpose != "authentication" || s.Cites == "" || !s.Created.Equal(m.Created) ||
		!s.Expires.Equal(m.Expires) {
		t.Errorf("the signature says %+v", s)
	}
	_, public := p.l.key(t, "holder")
	if err := s.Verify(public); err != nil {
		t.Errorf("does not verify: %v", err)
	}
	if _, other := p.l.key(t, "other"); s.Verify(other) == nil {
		t.Error("verifies with another key")
	}
}

func (p *presentationLaw) tampered(t *testing.T) {
	m := p.material(t)
	m.Credentials = m.Credentials[:1]
	secured := p.secure(t, p.prepare(t, m))
	_, public := p.l.key(t, "holder")
	for i := 0; i < len(secured); i += stride() {
		changed := bytes.Clone(secured)
		changed[i] ^= 0x01
		read, err := p.f.ReadPresentation(t.Context(), changed)
		if err == nil && len(read.Signatures) > 0 && read.Signatures[0].Verify(public) == nil {
			t.Fatalf("byte %d was changed from %q to %q, and it verifies", i, secured[i], changed[i])
		}
	}
}

// bare: neither holder, audience, nonce, end nor credentials; a proof of a suite says by what it was made and when.
func (p *presentationLaw) bare(t *testing.T) {
	m := format.PresentationMaterial{Model: p.l.model, Suite: p.l.suite, Algorithm: p.l.algorithm}
	if m.Suite != "" {
		m.Method, m.Created = Holder+"#key-1", p.material(t).Created
	}
	read, err := p.f.ReadPresentation(t.Context(), p.secure(t, p.prepare(t, m)))
	if err != nil {
		t.Fatal(err)
	}
	if read.ID != "" || read.Holder != "" || len(read.Audience) > 0 || read.Nonce != "" || len(read.Credentials) > 0 || len(read.Signatures) != 1 ||
		!read.Signatures[0].Expires.IsZero() {
		t.Errorf("read %+v", read)
	}
}

// submission: where a format takes one, it is read back and the signature covers it.
func (p *presentationLaw) submission(t *testing.T) {
	const submission = `{"id":"s","definition_id":"d","descriptor_map":[{"id":"i","format":"ldp_vc","path":"$.verifiableCredential[0]"}]}`
	m := p.material(t)
	m.Submission = []byte(submission)
	unsigned, err := p.f.PreparePresentation(t.Context(), m)
	if e, ok := err.(*vc.Error); ok && e.Code == "submission-inside" {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	secured := p.secure(t, unsigned)
	read, err := p.f.ReadPresentation(t.Context(), secured)
	if err != nil {
		t.Fatal(err)
	}
	document, err := vcdm.ParsePresentation(read.Presentation)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := vcdm.Lookup(document.Extra, "presentation_submission"); string(got) != submission {
		t.Errorf("read back %s", got)
	}
	_, public := p.l.key(t, "holder")
	if err := read.Signatures[0].Verify(public); err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(secured, []byte(`"definition_id":"d"`), []byte(`"definition_id":"e"`), 1)
	if read, err = p.f.ReadPresentation(t.Context(), changed); err == nil && read.Signatures[0].Verify(public) == nil {
		t.Error("the signature does not cover the submission")
	}
}

func (p *presentationLaw) refusesUnsigned(t *testing.T) {
	for code, credential := range map[string][]byte{
		"credential-unsigned":  p.l.prepare(t, p.l.credential()).Document(),
		"credential-malformed": []byte("hello"),
	} {
		m := p.material(t)
		m.Credentials = append(m.Credentials, credential)
		_, err := p.f.PreparePresentation(t.Context(), m)
		if e, ok := err.(*vc.Error); !ok || e.Kind != vc.Invalid || e.Code != code || e.Pointer != "/credentials/2" {
			t.Errorf("%s: got %v", code, err)
		}
	}
}
