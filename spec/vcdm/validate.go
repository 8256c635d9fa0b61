package vcdm

import (
	"encoding/json"
	"time"
)

// Validate checks a credential as strictly as the W3C test suites, as far as JSON can say it: whether terms are
// defined by the contexts it cannot. A proof is not asked for; what there is must have a type. None: nil.
func Validate(c *Credential) []Problem {
	j := &judge{version: c.Version}
	if c.Version == "" {
		j.say(onContexts, "/@context", "@context must begin with a base context of VCDM 1.1 or 2.0")
		return j.problems
	}
	v11 := c.Version == V11
	j.contexts(c.Context, c.shape.contextOne)
	j.id(c.ID, &c.shape)
	j.types(c.Types, TypeCredential, &c.shape)
	j.party(onIssuer, "issuer", c.Issuer, true, &c.shape)
	if !v11 {
		j.language("/name", c.Name)
		j.language("/description", c.Description)
		j.resources(c.RelatedResource)
	}
	j.dates(c)
	j.subjects(c)
	j.statuses(c)
	j.schemas(c)
	j.objects(c.Evidence, rule{on: onEvidence, name: "evidence", typeRequired: true})
	j.objects(c.TermsOfUse, rule{on: onTerms, name: "termsOfUse", typeRequired: true})
	j.objects(c.RefreshService, rule{on: onRefresh, name: "refreshService", typeRequired: true, idRequired: v11})
	j.objects(c.Proof, rule{on: onProofs, name: "proof", typeRequired: true})
	return j.problems
}

// dates: one dateTimeStamp each; the first is required in 1.1; none ends before it begins.
func (j *judge) dates(c *Credential) {
	from, until := c.dateNames()
	for _, date := range [...]struct {
		name     string
		date     time.Time
		required bool
		on       section
	}{{from, c.ValidFrom, c.Version == V11, onIssuance}, {until, c.ValidUntil, false, onValidity}} {
		if !date.date.IsZero() {
			continue
		}
		if _, odd := c.shape.oddity(date.name); odd {
			j.say(date.on, "/"+date.name, date.name+" must be one date and time with a zone, such as 2006-01-02T15:04:05Z")
		} else if date.required {
			j.say(date.on, "/"+date.name, date.name+" is missing")
		}
	}
	if !c.ValidFrom.IsZero() && !c.ValidUntil.IsZero() && c.ValidUntil.Before(c.ValidFrom) {
		j.say(onValidity, "/"+until, until+" lies before "+from)
	}
}

func (j *judge) subjects(c *Credential) {
	const pointer = "/credentialSubject"
	if len(c.Subject) == 0 {
		j.say(onSubject, pointer, "credentialSubject is missing")
		return
	}
	list, many := items(c.Subject)
	if len(list) == 0 {
		j.say(onSubject, pointer, "credentialSubject must not be an empty array")
	}
	for i, subject := range list {
		place := pointer
		if many {
			place = at(pointer, i)
		}
		if found, ok := thingOf(subject); !ok || found.size == 0 || found.literal {
			j.say(onSubject, place, "credentialSubject must be an object with at least one claim")
			continue
		}
		j.object(place, subject, rule{on: onSubject, name: "credentialSubject"})
	}
}

func (j *judge) statuses(c *Credential) {
	r := rule{on: onStatus, name: "credentialStatus", typeRequired: true, idRequired: c.Version == V11}
	if raw, odd := c.shape.oddity(r.name); odd && len(c.Status) == 0 {
		j.objects(raw, r)
	}
	for i, s := range c.Status {
		j.entry(r, s.ID, s.Type, s.Raw, i, c.StatusArray || len(c.Status) > 1)
	}
}

func (j *judge) schemas(c *Credential) {
	r := rule{on: onSchemas, name: "credentialSchema", typeRequired: true, idRequired: true}
	if raw, odd := c.shape.oddity(r.name); odd && len(c.Schemas) == 0 {
		j.objects(raw, r)
	}
	for i, s := range c.Schemas {
		j.entry(r, s.ID, s.Type, s.Raw, i, c.SchemaArray || len(c.Schemas) > 1)
	}
}

func (j *judge) entry(r rule, id, kind string, raw json.RawMessage, index int, many bool) {
	pointer := "/" + r.name
	if many {
		pointer = at(pointer, index)
	}
	if raw != nil {
		j.object(pointer, raw, r)
		return
	}
	if id == "" && r.idRequired || id != "" && !isURL(id) {
		j.say(r.on, pointer+"/id", "id must be a URL")
	}
	if kind == "" {
		j.say(r.on, pointer, r.name+" must have a type")
	}
}

// resources: objects with a URL, each once, and a digest.
func (j *judge) resources(value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	r := rule{on: onResources, name: "relatedResource", idRequired: true}
	j.objects(value, r)
	seen := map[string]bool{}
	list, many := items(value)
	for i, item := range list {
		pointer := "/relatedResource"
		if many {
			pointer = at(pointer, i)
		}
		all, ok := members(item)
		if !ok {
			continue
		}
		_, sri := lookup(all, "digestSRI")
		_, multibase := lookup(all, "digestMultibase")
		if !sri && !multibase {
			j.say(r.on, pointer, "relatedResource must have digestSRI or digestMultibase")
		}
		id, _ := lookup(all, "id")
		if url, ok := text(id); ok && seen[url] {
			j.say(r.on, pointer+"/id", "the resource is listed twice")
		} else if ok {
			seen[url] = true
		}
	}
}

// ValidatePresentation checks a presentation and the credentials that stand in it as objects. None: nil.
func ValidatePresentation(p *Presentation) []Problem {
	j := &judge{version: p.Version}
	if p.Version == "" {
		j.say(onContexts, "/@context", "@context must begin with a base context of VCDM 1.1 or 2.0")
		return j.problems
	}
	j.contexts(p.Context, p.shape.contextOne)
	j.id(p.ID, &p.shape)
	j.types(p.Types, TypePresentation, &p.shape)
	j.party(onPresentations, "holder", p.Holder, false, &p.shape)
	if _, odd := p.shape.oddity("verifiableCredential"); odd && len(p.Credentials) == 0 {
		j.say(onPresentations, "/verifiableCredential", "verifiableCredential must not be an empty array")
	}
	for i, credential := range p.Credentials {
		pointer := "/verifiableCredential"
		if !p.shape.credentials {
			pointer = at(pointer, i)
		}
		j.presented(pointer, credential)
	}
	j.objects(p.Proof, rule{on: onProofs, name: "proof", typeRequired: true})
	return j.problems
}

// presented: a credential, in 2.0 perhaps enveloped in a data: URL, in 1.1 perhaps a JWT.
func (j *judge) presented(pointer string, value json.RawMessage) {
	if jwt, ok := text(value); ok && jwt != "" && j.version == V11 {
		return
	}
	c, err := Parse(value)
	if err != nil {
		j.say(onPresentations, pointer, "a presented credential must be an object")
		return
	}
	for _, name := range c.Types {
		if name != "EnvelopedVerifiableCredential" {
			continue
		}
		if len(c.ID) < 6 || c.ID[:5] != "data:" {
			j.say(onPresentations, pointer+"/id", "the id of an enveloped credential must be a data: URL")
		}
		return
	}
	for _, problem := range Validate(c) {
		problem.Pointer = pointer + problem.Pointer
		j.problems = append(j.problems, problem)
	}
}
