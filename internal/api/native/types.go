package native

import (
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// typeBody is what a credential type is made of, both ways.
type typeBody struct {
	Name           string          `json:"name"`
	Types          []string        `json:"types"`
	Schema         schemaRef       `json:"schema"`
	Contexts       []string        `json:"contexts,omitempty"`
	Validity       validity        `json:"validity,omitzero"`
	Look           look            `json:"look,omitzero"`
	Hold           bool            `json:"hold,omitzero"`
	EraseDelivered bool            `json:"eraseDelivered,omitzero"`
	Subjects       string          `json:"subjects,omitempty"`
	Purposes       []string        `json:"purposes,omitempty"`
	StatusMessages []statusMessage `json:"statusMessages,omitempty"`
	Irrevocable    bool            `json:"irrevocable,omitzero"`
	Evidence       jsontext.Value  `json:"evidence,omitempty"`
	ExternalIssuer externalIssuer  `json:"externalIssuer,omitzero"`
	Publish        *publishing     `json:"publish,omitempty"`
	Variants       []variant       `json:"variants,omitempty"`
}

// schemaRef names a schema version; version 0 is the newest there is when the type is written.
type schemaRef struct {
	ID      string `json:"id"`
	Version int    `json:"version,omitzero"`
}

type validity struct {
	DefaultSeconds int64 `json:"defaultSeconds,omitzero"`
	MaxSeconds     int64 `json:"maxSeconds,omitzero"`
}

type look struct {
	TextColor  string `json:"textColor,omitempty"`
	Background string `json:"background,omitempty"`
	Image      string `json:"image,omitempty"`
}

type statusMessage struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type externalIssuer struct {
	URL         string `json:"url"`
	Enabled     bool   `json:"enabled,omitzero"`
	Connections bool   `json:"connections,omitzero"`
}

type variant struct {
	Name            string        `json:"name"`
	Format          string        `json:"format"`
	Model           string        `json:"model"`
	Suite           string        `json:"suite,omitempty"`
	SchemaReference string        `json:"schemaReference,omitempty"`
	Status          statusDialect `json:"status,omitzero"`
}

type statusDialect struct {
	EntryType   string `json:"entryType,omitempty"`
	NumberIndex bool   `json:"numberIndex,omitzero"`
	Array       bool   `json:"array,omitzero"`
}

type typeWire struct {
	ID           string `json:"id"`
	Organisation string `json:"organisation,omitempty"`
	typeBody
	Revision   int       `json:"revision"`
	CreatedAt  time.Time `json:"createdAt"`
	UpdatedAt  time.Time `json:"updatedAt,omitzero"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
}

// typeReplacement replaces a type that was read at Revision.
type typeReplacement struct {
	typeBody
	Revision int `json:"revision"`
}

func (b typeBody) noun() vc.CredentialType {
	t := vc.CredentialType{
		Name: b.Name, Types: b.Types, Schema: b.Schema.ID, SchemaVersion: b.Schema.Version, Contexts: b.Contexts,
		Validity: vc.Validity{Default: seconds(b.Validity.DefaultSeconds), Max: seconds(b.Validity.MaxSeconds)},
		Look:     vc.Look(b.Look), Hold: b.Hold, EraseDelivered: b.EraseDelivered,
		Subjects: vc.ResolvePolicy(b.Subjects), Irrevocable: b.Irrevocable, Evidence: b.Evidence,
		External: vc.ExternalIssuer(b.ExternalIssuer), Publish: b.Publish.noun(),
	}
	for _, p := range b.Purposes {
		t.Purposes = append(t.Purposes, vc.StatusPurpose(p))
	}
	for _, m := range b.StatusMessages {
		t.StatusMessages = append(t.StatusMessages, vc.StatusMessage(m))
	}
	for _, v := range b.Variants {
		t.Variants = append(t.Variants, vc.Variant{
			Name: v.Name, Format: v.Format, Model: vc.ModelVersion(v.Model),
			Suite: v.Suite, SchemaReference: v.SchemaReference, Status: vc.StatusDialect(v.Status),
		})
	}
	return t
}

func wireType(t vc.CredentialType) typeWire {
	out := typeWire{
		ID: t.ID, Organisation: t.Scope.Organisation, Revision: t.Revision, CreatedAt: t.CreatedAt,
		UpdatedAt: t.UpdatedAt, ArchivedAt: t.ArchivedAt,
		typeBody: typeBody{
			Name: t.Name, Types: t.Types, Schema: schemaRef{ID: t.Schema, Version: t.SchemaVersion}, Contexts: t.Contexts,
			Validity: validity{int64(t.Validity.Default / time.Second), int64(t.Validity.Max / time.Second)},
			Look:     look(t.Look), Hold: t.Hold, EraseDelivered: t.EraseDelivered,
			Subjects: string(t.Subjects), Irrevocable: t.Irrevocable, Evidence: t.Evidence,
			ExternalIssuer: externalIssuer(t.External), Publish: wirePublishing(t.Publish),
		},
	}
	for _, p := range t.Purposes {
		out.Purposes = append(out.Purposes, string(p))
	}
	for _, m := range t.StatusMessages {
		out.StatusMessages = append(out.StatusMessages, statusMessage(m))
	}
	for _, v := range t.Variants {
		out.Variants = append(out.Variants, variant{
			Name: v.Name, Format: v.Format, Model: string(v.Model), Suite: v.Suite,
			SchemaReference: v.SchemaReference, Status: statusDialect(v.Status),
		})
	}
	return out
}

// maxSeconds is some 250 years: beyond it a duration cannot count.
const maxSeconds = 8_000_000_000

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

func (v validity) check() error {
	if v.DefaultSeconds < 0 || v.DefaultSeconds > maxSeconds {
		return vc.Errorf(vc.Invalid, "validity", "must be from 0 to %d", int64(maxSeconds)).At("/validity/defaultSeconds")
	}
	if v.MaxSeconds < 0 || v.MaxSeconds > maxSeconds {
		return vc.Errorf(vc.Invalid, "validity", "must be from 0 to %d", int64(maxSeconds)).At("/validity/maxSeconds")
	}
	return nil
}

func (d *Door) createType(w http.ResponseWriter, r *http.Request, c call) error {
	var in typeBody
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	if err := in.Validity.check(); err != nil {
		return err
	}
	if err := in.Publish.check(); err != nil {
		return err
	}
	made, err := d.Catalog.CreateType(r.Context(), c.by, in.noun())
	return created(w, made, err, wireType)
}

func (d *Door) updateType(w http.ResponseWriter, r *http.Request, c call) error {
	var in typeReplacement
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	if err := in.Validity.check(); err != nil {
		return err
	}
	if err := in.Publish.check(); err != nil {
		return err
	}
	noun := in.noun()
	noun.ID, noun.Revision = r.PathValue("id"), in.Revision
	changed, err := d.Catalog.UpdateType(r.Context(), c.by, noun)
	return one(w, changed, err, wireType)
}

func (d *Door) listTypes(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	types, err := d.Catalog.Types(r.Context(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, types, wireType, func(t vc.CredentialType) string { return t.ID })
	return nil
}

func (d *Door) getType(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Catalog.Type(r.Context(), c.scope, r.PathValue("id"))
	return one(w, t, err, wireType)
}

func (d *Door) archiveType(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Catalog.ArchiveType(r.Context(), c.by, r.PathValue("id"))
	return one(w, t, err, wireType)
}

func (d *Door) restoreType(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Catalog.RestoreType(r.Context(), c.by, r.PathValue("id"))
	return one(w, t, err, wireType)
}
