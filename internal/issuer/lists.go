package issuer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/statuslist"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Published is a status list credential as anyone may read it.
type Published struct {
	Body      []byte
	MediaType string
	ETag      string
	MaxAge    time.Duration
	ChangedAt time.Time
}

// listShape is one way in which a status list credential is secured: a list is a credential like any other.
type listShape struct {
	format string
	media  map[vc.ModelVersion]string
}

// listShapes are all of them: as a JWT, and with an embedded proof.
func listShapes() []listShape {
	return []listShape{
		{"jwtvc", map[vc.ModelVersion]string{vc.VCDM20: "application/vc+jwt", vc.VCDM11: "application/jwt"}},
		{"ldp", map[vc.ModelVersion]string{vc.VCDM20: "application/vc", vc.VCDM11: "application/ld+json"}},
	}
}

// listShapeFor is the one of the list's credentials, unless who asks reads nothing but JSON, or nothing but JWTs.
func (d *Desk) listShapeFor(list vc.StatusList, accept string) listShape {
	shapes := listShapes()
	offered := slices.DeleteFunc(slices.Clone(shapes), func(s listShape) bool {
		return !slices.ContainsFunc(d.Formats, func(f format.Format) bool { return f.Name() == s.format })
	})
	wanted := list.Format
	if named := listFormatIn(accept); named != "" {
		wanted = named
	}
	for _, s := range offered {
		if s.format == wanted {
			return s
		}
	}
	return shapes[0]
}

// listFormatIn is the one format that an Accept header (RFC 9110 §12.5.1) leaves; "" where it leaves both.
func listFormatIn(accept string) string {
	var jwt, linked bool
	for media := range httpx.MediaRanges(accept) {
		switch media {
		case "application/vc", "application/ld+json", "application/vc+ld+json", "application/json":
			linked = true
		case "application/vc+jwt", "application/jwt", "application/vc+ld+jwt", "text/plain":
			jwt = true
		case "*/*", "application/*":
			return ""
		}
	}
	switch {
	case linked && !jwt:
		return "ldp"
	case jwt && !linked:
		return "jwtvc"
	}
	return ""
}

// StatusListCredential gives a list's signed credential: a projection of its journal, signed anew when the journal
// has grown, at most once a second; never on the path of issuing. It is secured as the credentials in it are, unless accept (RFC
// 9110 §12.5.1) leaves nothing but the other way. NotFound "status-list-not-found".
func (d *Desk) StatusListCredential(ctx context.Context, id, accept string) (Published, error) {
	scope, _, err := d.Status.Lookup(ctx, id)
	if err != nil {
		return Published{}, err
	}
	projection, err := d.Status.Projection(ctx, scope, id)
	if err != nil {
		return Published{}, err
	}
	who, key, err := d.Identity.SigningKey(ctx, scope, projection.List.Identity, "")
	if err != nil {
		return Published{}, vc.Errorf(vc.Unavailable, "status-list-key", "the list's publisher has no key to sign with").Because(err)
	}
	shape := d.listShapeFor(projection.List, accept)
	place := id + " " + shape.format
	if published, ok := d.lists.get(place, projection.Revision, key.Method); ok {
		return published, nil
	}
	published, err := d.publish(ctx, who, key, projection, shape)
	if err != nil {
		return Published{}, err
	}
	d.lists.put(place, projection.Revision, key.Method, published)
	return published, nil
}

func (d *Desk) publish(ctx context.Context, who vc.Identity, key vc.IdentityKey, projection status.Projection, shape listShape) (Published, error) {
	list := projection.List
	params := statuslist.ListParams{
		Dialect: statuslist.Dialect(list.Dialect), ID: list.URL, Issuer: who.DID, Purpose: string(list.Purpose),
		ValidFrom: projection.ChangedAt.Truncate(time.Second), TTL: d.listTTL(), Bits: projection.Bits,
	}
	for _, m := range list.Messages {
		params.Messages = append(params.Messages, statuslist.StatusMessage{Status: m.Status, Message: m.Message})
	}
	credential, err := statuslist.ListCredential(params)
	if err != nil {
		return Published{}, err
	}
	secured, mediaType, err := d.secureList(ctx, who, key, credential, params.Dialect, shape)
	if err != nil {
		return Published{}, err
	}
	digest := sha256.Sum256(secured)
	return Published{
		Body: secured, MediaType: mediaType, ChangedAt: projection.ChangedAt, MaxAge: d.listTTL(),
		ETag: `"` + base64.RawURLEncoding.EncodeToString(digest[:15]) + `"`,
	}, nil
}

// secureList signs a list credential, after the same check of the data model that every credential passes.
func (d *Desk) secureList(ctx context.Context, who vc.Identity, key vc.IdentityKey, credential []byte, dialect statuslist.Dialect, shape listShape) ([]byte, string, error) {
	parsed, err := vcdm.Parse(credential)
	if err != nil {
		return nil, "", err
	}
	if problems := vcdm.Validate(parsed); len(problems) > 0 {
		return nil, "", vc.Errorf(vc.Internal, "status-list", "a status list credential would be wrong: %s", problems[0].Message)
	}
	model := vc.VCDM20
	if dialect == statuslist.StatusList2021 {
		model = vc.VCDM11
	}
	f, err := d.format(who.Scope, shape.format)
	if err != nil {
		return nil, "", err
	}
	algorithm := key.Key.Algorithm.JOSE()
	document, err := d.documents.parsed(who)
	if err != nil {
		return nil, "", err
	}
	listed := &Complete{Document: document}
	suite := listSuite(f, algorithm, func(suite format.Suite) bool { return listed.listedFor(suite, who.DID, key.Method) })
	if more := format.Contexts(f, model, suite, ""); len(more) > 0 {
		for _, url := range more {
			parsed.Context = append(parsed.Context, vcdm.AppendText(nil, url))
		}
		if credential, err = vcdm.Encode(parsed); err != nil {
			return nil, "", err
		}
	}
	unsigned, err := f.Prepare(ctx, format.Material{
		Credential: credential, Model: model, Suite: suite, Issuer: who.DID, Method: key.Method, Algorithm: algorithm,
		Created: parsed.ValidFrom, // every server makes the same bytes of it
	})
	if err != nil {
		return nil, "", err
	}
	draft := &Draft{complete: &Complete{Key: key}, unsigned: unsigned}
	secured, err := d.sign(ctx, draft)
	return secured, shape.media[model], err
}

// listSuite is the first suite that a key of the algorithm signs with and that fits, or does the former; "" for a format that
// needs none.
func listSuite(f format.Format, algorithm string, fits func(format.Suite) bool) (name string) {
	for _, suite := range format.Suites(f) {
		switch {
		case !suite.Signs(algorithm):
		case fits(suite):
			return suite.Name
		case name == "":
			name = suite.Name
		}
	}
	return name
}

// listCache keeps the last signed form of a bounded number of lists.
type listCache struct {
	once sync.Once
	held *lru.Cache[string, heldList]
}

type heldList struct {
	revision  int64
	method    string
	published Published
}

func (c *listCache) cache() *lru.Cache[string, heldList] {
	c.once.Do(func() { c.held, _ = lru.New[string, heldList](256) })
	return c.held
}

func (c *listCache) get(id string, revision int64, method string) (Published, bool) {
	held, ok := c.cache().Get(id)
	return held.published, ok && held.revision == revision && held.method == method
}

func (c *listCache) put(id string, revision int64, method string, p Published) {
	c.cache().Add(id, heldList{revision, method, p})
}

// documentCache keeps parsed DID documents of identities, by document.
type documentCache struct {
	once sync.Once
	held *lru.Cache[string, heldDocument]
}

type heldDocument struct {
	bytes    []byte
	document diddoc.Document
}

func (c *documentCache) parsed(who vc.Identity) (diddoc.Document, error) {
	c.once.Do(func() { c.held, _ = lru.New[string, heldDocument](1024) })
	if held, ok := c.held.Get(who.ID); ok && bytes.Equal(held.bytes, who.Document) {
		return held.document, nil
	}
	document, err := diddoc.Parse(who.Document)
	if err != nil {
		return document, vc.Errorf(vc.Internal, "issuer-document", "a DID document of ours cannot be read").Because(err)
	}
	c.held.Add(who.ID, heldDocument{who.Document, document})
	return document, nil
}
