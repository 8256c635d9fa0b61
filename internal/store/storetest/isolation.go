package storetest

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var isolationLaws = []law{
	{"no row method reaches into another scope", isolation},
	{"a tenant sees its organisations, they what it lays out", visibility},
	{"a scope has a tenant", scopes},
}

// belongings is one of each noun in one scope.
type belongings struct {
	scope      vc.Scope
	org        vc.Organisation
	schema     vc.Schema
	version    vc.SchemaVersion
	kind       vc.CredentialType
	identity   vc.Identity
	key        vc.Key
	principal  vc.Principal
	list       vc.StatusList
	context    vc.Context
	credential vc.Credential
	awaited    vc.Credential
	change     vc.StatusChange
	answer     vc.Idempotency
	entry      vc.Entry
	job        vc.Job

	invitation   vc.MemberInvitation
	registration vc.DIDRegistration
	definition   vc.PresentationDefinition
	request      vc.PresentationRequest
	submission   vc.Submission
	instance     vc.Instance

	offering   vc.Offering
	redemption vc.Redemption
	exchange   vc.Exchange
	held       vc.HeldCredential
	reply      vc.Reply
	code       vc.LoginCode
	webhook    vc.Webhook
	delivery   vc.Delivery

	transaction vc.LedgerTransaction
	account     vc.LedgerAccount
	published   vc.Publication
	dead        vc.Delivery

	agency
}

func settle(t testing.TB, db *sql.DB, scope vc.Scope) belongings {
	b := belongings{
		scope: scope, schema: aSchema(scope), identity: anIdentity(scope), key: aKey(scope), principal: aPrincipal(scope),
		list: aList(scope), context: aContext(scope), answer: anAnswer(scope), entry: anEntry(scope),
		invitation: anInvitation(scope), registration: aRegistration(scope), definition: aDefinition(scope),
		request: aRequest(scope), instance: anInstance(scope), offering: anOffering(scope), exchange: anExchange(scope),
		held: aHeld(scope), reply: aReply(scope), code: aCode(scope), webhook: aWebhook(scope), agency: anAgency(scope),
	}
	b.delivery, b.dead = aDelivery(b.webhook, 1, "k"), aDelivery(b.webhook, 2, "k")
	b.dead.State = vc.DeliveryDead
	b.transaction, b.account = ledgerTransaction(scope, newID(), newID()), ledgerAccount(scope, newID(), newID())
	b.published = aPublication(scope, newID())
	b.redemption = aRedemption(b.offering)
	b.submission = aSubmission(b.request)
	b.schema.SharedWith = nil
	b.version, b.kind = aVersion(b.schema), aType(scope, b.schema.ID)
	b.credential, b.awaited = aCredential(b.list, 1), aCredential(b.list, 2)
	b.awaited.State, b.awaited.ExpiresAt = vc.Awaited, moment().Add(-time.Hour)
	b.change = aChange(b.list.ID, 1, 1)
	b.job = vc.Job{ID: newID(), Scope: scope, Kind: "k", RunAt: moment()}
	b.org = vc.Organisation{ID: newID(), Tenant: scope.Tenant, Name: "Org " + newID(), CreatedAt: moment()}
	for _, name := range []*string{
		&b.schema.Name, &b.kind.Name, &b.principal.Name, &b.invitation.Email, &b.definition.Name, &b.request.Name, &b.instance.Name,
	} {
		*name += newID() // so that whoever counts these counts no others
	}
	update(t, db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		if _, err := tx.Tenant(); vc.KindOf(err) == vc.NotFound {
			if err := tx.InsertTenant(vc.Tenant{ID: scope.Tenant, Slug: scope.Tenant, Name: "T"}); err != nil {
				return err
			}
		}
		if scope.Organisation != "" {
			b.org.ID = scope.Organisation
		}
		return tx.InsertOrganisation(b.org)
	})
	update(t, db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(b.schema), tx.InsertSchemaVersion(b.version), tx.InsertType(b.kind),
			tx.InsertIdentity(b.identity), tx.InsertKey(b.key), tx.InsertPrincipal(b.principal), tx.InsertStatusList(b.list),
			tx.InsertContext(b.context), tx.InsertCredential(b.credential), tx.InsertCredential(b.awaited),
			tx.AppendStatusChange(b.change), tx.InsertIdempotency(b.answer), tx.Append(b.entry), tx.Enqueue(b.job),
			tx.InsertLedgerTransaction(b.transaction), tx.InsertLedgerAccount(b.account), tx.InsertPublication(b.published),
			tx.InsertMemberInvitation(b.invitation), tx.InsertDIDRegistration(b.registration),
			tx.InsertPresentationDefinition(b.definition), tx.InsertPresentationRequest(b.request), tx.InsertSubmission(b.submission),
			tx.InsertInstance(b.instance), tx.InsertOffering(b.offering), tx.InsertRedemption(b.redemption),
			tx.InsertExchange(b.exchange), tx.InsertHeld(b.held), tx.InsertReply(b.reply), tx.InsertLoginCode(b.code),
			tx.InsertWebhook(b.webhook), tx.PutDelivery(b.delivery),
			tx.PutDelivery(b.dead), b.insert(tx))
	})
	publish(t, db)
	return b
}

// errNothing is what a list says that shows nothing.
var errNothing = errors.New("nothing")

// listed is nil, which means a leak, when a list shows any of the ids.
func listed[T any](all []T, err error, id func(T) string, ids ...string) error {
	if err != nil {
		return err
	}
	for _, one := range all {
		for _, want := range ids {
			if id(one) == want {
				return nil
			}
		}
	}
	return errNothing
}

// probe tries to get at another scope's belongings; nil means that it did. Wide probes look at what a tenant lays
// out for its organisations.
type probe struct {
	wide bool
	try  func(tx *sql.Tx, b belongings) error
}

// everyProbe has one for every method of a transaction.
func everyProbe() map[string]probe {
	all := maps.Clone(probes)
	maps.Copy(all, countProbes)
	maps.Copy(all, presentationProbes)
	maps.Copy(all, instanceProbes)
	maps.Copy(all, exchangeProbes)
	maps.Copy(all, walletProbes)
	maps.Copy(all, versionProbes)
	maps.Copy(all, webhookProbes)
	maps.Copy(all, ledgerProbes)
	maps.Copy(all, publicationProbes)
	maps.Copy(all, agentProbes)
	return all
}

var probes = map[string]probe{
	"InsertTenant": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertTenant(vc.Tenant{ID: b.scope.Tenant, Slug: "x"}) }},
	"UpdateTenant": {true, func(tx *sql.Tx, b belongings) error { return tx.UpdateTenant(vc.Tenant{ID: b.scope.Tenant, Slug: "x"}) }},
	"Tenant": {true, func(tx *sql.Tx, b belongings) error {
		got, err := tx.Tenant()
		return listed([]vc.Tenant{got}, ignore(err), func(t vc.Tenant) string { return t.ID }, b.scope.Tenant)
	}},
	"TenantForUpdate": {true, func(tx *sql.Tx, b belongings) error {
		got, err := tx.TenantForUpdate()
		return listed([]vc.Tenant{got}, ignore(err), func(t vc.Tenant) string { return t.ID }, b.scope.Tenant)
	}},
	"Tenants": {true, nil}, // see scopes
	"InsertOrganisation": {true, func(tx *sql.Tx, b belongings) error {
		return tx.InsertOrganisation(vc.Organisation{ID: newID(), Tenant: b.scope.Tenant})
	}},
	"UpdateOrganisation": {true, func(tx *sql.Tx, b belongings) error { return tx.UpdateOrganisation(b.org) }},
	"Organisation":       {true, func(tx *sql.Tx, b belongings) error { _, err := tx.Organisation(b.org.ID); return err }},
	"OrganisationForUpdate": {true, func(tx *sql.Tx, b belongings) error {
		_, err := tx.OrganisationForUpdate(b.org.ID)
		return err
	}},
	"Organisations": {true, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Organisations(vc.ListQuery{})
		return listed(all, err, func(o vc.Organisation) string { return o.ID }, b.org.ID)
	}},
	"InsertPrincipal": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertPrincipal(aPrincipal(b.scope)) }},
	"UpdatePrincipal": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdatePrincipal(b.principal) }},
	"Principal":       {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Principal(b.principal.ID); return err }},
	"PrincipalForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.PrincipalForUpdate(b.principal.ID)
		return err
	}},
	"Principals": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Principals(vc.ListQuery{})
		return listed(all, err, func(p vc.Principal) string { return p.ID }, b.principal.ID)
	}},
	"InsertKey": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertKey(aKey(b.scope)) }},
	"Key":       {true, func(tx *sql.Tx, b belongings) error { _, err := tx.Key(b.key.ID); return err }},
	"Keys": {true, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Keys(vc.ListQuery{})
		return listed(all, err, func(k vc.Key) string { return k.ID }, b.key.ID, b.identity.Keys[0].Key.ID)
	}},
	"InsertSchema":    {false, func(tx *sql.Tx, b belongings) error { return tx.InsertSchema(aSchema(b.scope)) }},
	"UpdateSchema":    {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateSchema(b.schema) }},
	"SchemaForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.SchemaForUpdate(b.schema.ID); return err }},
	"Schema":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Schema(b.schema.ID); return err }},
	"Schemas": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Schemas(vc.ListQuery{})
		return listed(all, err, func(s vc.Schema) string { return s.ID }, b.schema.ID)
	}},
	"InsertSchemaVersion": {false, func(tx *sql.Tx, b belongings) error {
		v := b.version
		v.Version, v.ContextURL, v.ID = 2, "", newID()
		return tx.InsertSchemaVersion(v)
	}},
	"SchemaVersion": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.SchemaVersion(b.schema.ID, 1); return err }},
	"SchemaInUse": {true, func(tx *sql.Tx, b belongings) error {
		if used, err := tx.SchemaInUse(b.schema.ID); err != nil || !used {
			return errors.Join(err, errNothing)
		}
		return nil
	}},
	"DeleteSchema": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteSchema(b.schema.ID) }},
	"InsertType":   {false, func(tx *sql.Tx, b belongings) error { return tx.InsertType(aType(b.scope, "")) }},
	"UpdateType": {false, func(tx *sql.Tx, b belongings) error {
		k := b.kind
		k.Revision = 2
		return tx.UpdateType(k)
	}},
	"Type": {true, func(tx *sql.Tx, b belongings) error { _, err := tx.Type(b.kind.ID); return err }},
	"Types": {true, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Types(vc.ListQuery{})
		return listed(all, err, func(k vc.CredentialType) string { return k.ID }, b.kind.ID)
	}},
	"InsertContext": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertContext(aContext(b.scope)) }},
	"Context":       {true, func(tx *sql.Tx, b belongings) error { _, err := tx.Context(b.context.URL); return err }},
	"Contexts": {true, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Contexts(vc.ListQuery{})
		return listed(all, err, func(c vc.Context) string { return c.URL }, b.context.URL)
	}},
	"InsertIdentity": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertIdentity(anIdentity(b.scope)) }},
	"UpdateIdentity": {false, func(tx *sql.Tx, b belongings) error {
		i := b.identity
		i.Revision = 2
		return tx.UpdateIdentity(i)
	}},
	"Identity":      {true, func(tx *sql.Tx, b belongings) error { _, err := tx.Identity(b.identity.ID); return err }},
	"IdentityByDID": {true, func(tx *sql.Tx, b belongings) error { _, err := tx.IdentityByDID(b.identity.DID); return err }},
	"Identities": {true, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Identities(vc.ListQuery{})
		return listed(all, err, func(i vc.Identity) string { return i.ID }, b.identity.ID)
	}},
	"InsertCredential": {false, func(tx *sql.Tx, b belongings) error {
		c := aCredential(b.list, 3) // an index of a list of the other's
		c.Scope = vc.Scope{}
		return tx.InsertCredential(c)
	}},
	"Credential": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Credential(b.credential.ID); return err }},
	"CredentialForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.CredentialForUpdate(b.credential.ID)
		return err
	}},
	"UpdateCredential": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateCredential(b.credential) }},
	"Credentials": {false, func(tx *sql.Tx, b belongings) error {
		var all []vc.Credential
		for _, q := range []vc.CredentialQuery{
			{},
			{SubjectMAC: b.credential.SubjectMAC},
			{RecipientMAC: b.credential.RecipientMAC},
			{DocumentMAC: b.credential.DocumentMAC},
			{Exchange: b.credential.Exchange},
			{Type: b.credential.Type},
			{State: vc.Awaited},
		} {
			some, err := tx.Credentials(q)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return listed(all, nil, func(c vc.Credential) string { return c.ID }, b.credential.ID, b.awaited.ID)
	}},
	"SetStanding": {false, func(tx *sql.Tx, b belongings) error {
		return tx.SetStanding(b.credential, vc.Revoked, moment())
	}},
	"InsertStatusList": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertStatusList(aList(b.scope)) }},
	"StatusList":       {false, func(tx *sql.Tx, b belongings) error { _, err := tx.StatusList(b.list.ID); return err }},
	"OpenStatusList": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.OpenStatusList(b.list.Identity, b.list.Purpose, b.list.Dialect, b.list.Format, b.list.Size, b.list.Place)
		return err
	}},
	"LeaseStatus": {false, func(tx *sql.Tx, b belongings) error { _, _, err := tx.LeaseStatus(b.list.ID, 1); return err }},
	"AppendStatusChange": {false, func(tx *sql.Tx, b belongings) error {
		return tx.AppendStatusChange(aChange(b.list.ID, 1, 2))
	}},
	"LastStatusChange": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.LastStatusChange(b.list.ID, 1); return err }},
	"ForgetReasons":    {false, func(tx *sql.Tx, b belongings) error { return tx.ForgetReasons(b.list.ID, 1) }},
	"CountStatusEntries": {false, func(tx *sql.Tx, b belongings) error {
		n, err := tx.CountStatusEntries(b.list.ID)
		return counted(int(n), err)
	}},
	"CountStatusChanges": {false, func(tx *sql.Tx, b belongings) error {
		if n, err := tx.CountStatusChanges(b.list.ID); err != nil || n == 0 {
			return errors.Join(err, errNothing)
		}
		return nil
	}},
	"StatusChanges": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.StatusChanges(b.list.ID)
		return listed(all, err, func(c vc.StatusChange) string { return c.List }, b.list.ID)
	}},
	"Idempotency": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Idempotency(b.answer.Digest, moment()); return err }},
	"InsertIdempotency": {false, func(tx *sql.Tx, b belongings) error {
		i := b.answer
		i.Scope, i.CreatedAt = vc.Scope{}, i.ExpiresAt.Add(time.Hour) // even what has expired is not another's to replace
		return tx.InsertIdempotency(i)
	}},
	"Append": {false, func(tx *sql.Tx, b belongings) error { return tx.Append(anEntry(b.scope)) }},
	"Events": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Events(0, 1000)
		return listed(all, err, func(e vc.Entry) string { return e.ID }, b.entry.ID)
	}},
	"AuditEntries": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.AuditEntries(0, 1000)
		return listed(all, err, func(e vc.Entry) string { return e.ID }, b.entry.ID)
	}},
	"AuditHead": {true, func(tx *sql.Tx, b belongings) error {
		h, err := tx.AuditHead()
		return listed([]vc.AuditHead{h}, ignore(err), func(h vc.AuditHead) string { return h.Tenant }, b.scope.Tenant)
	}},
	"Unpublished": {true, nil}, // says nothing of whose; see positions
	"Enqueue": {false, func(tx *sql.Tx, b belongings) error {
		return tx.Enqueue(vc.Job{ID: newID(), Scope: b.scope, Kind: "k"})
	}},
	"EnqueueLent": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.EnqueueLent(vc.Job{ID: newID(), Scope: b.scope, Kind: "k"}, time.Minute, 0)
		return err
	}},
	"FinishJobs": {false, nil}, // says nothing; see lentAtOnce
}

// ignore lets a lookup that finds nothing count as an empty list.
func ignore(err error) error {
	if vc.KindOf(err) == vc.NotFound {
		return nil
	}
	return err
}

func isolation(t *testing.T, h *house) {
	for m := range reflect.TypeFor[*sql.Tx]().Methods() {
		if _, ok := everyProbe()[m.Name]; !ok {
			t.Errorf("no probe for %s", m.Name)
		}
	}
	a, b := newID(), newID()
	orgs := settle(t, h.db, vc.Scope{Tenant: a, Organisation: newID()})
	tenants := settle(t, h.db, vc.Scope{Tenant: a})
	neighbour := settle(t, h.db, vc.Scope{Tenant: a, Organisation: newID()}).scope
	stranger := settle(t, h.db, vc.Scope{Tenant: b, Organisation: newID()}).scope
	before := [2]belongings{reread(t, h.db, orgs), reread(t, h.db, tenants)}
	for name, p := range everyProbe() {
		if p.try == nil {
			continue
		}
		far := []vc.Scope{stranger, {Tenant: stranger.Tenant}, {Tenant: newID(), Organisation: newID()}, {}}
		for _, from := range far {
			denied(t, h.db, name, p, from, orgs)
			denied(t, h.db, name, p, from, tenants)
		}
		if !p.wide {
			denied(t, h.db, name, p, neighbour, tenants)
		}
		switch name {
		case "Tenant", "TenantForUpdate", "AuditHead", "SchemaInUse", "SchemaVersionInUse": // the tenant's own
		case "Context", "Contexts", "Type", "Types", "Key", "Keys", "Identity", "IdentityByDID", "Identities":
			denied(t, h.db, name, p, neighbour, orgs)
		default:
			denied(t, h.db, name, p, neighbour, orgs)
		}
	}
	after := [2]belongings{reread(t, h.db, orgs), reread(t, h.db, tenants)}
	if d := cmp.Diff(before, after, cmp.AllowUnexported(belongings{}, agency{})); d != "" {
		t.Errorf("something was changed: -before +after\n%s", d)
	}
}

func denied(t *testing.T, db *sql.DB, name string, p probe, from vc.Scope, b belongings) {
	t.Helper()
	err := rows(db).Update(t.Context(), from, func(tx *sql.Tx) error {
		if err := p.try(tx, b); err != nil {
			return err
		}
		return nil
	})
	if err == nil {
		t.Errorf("%s reaches from %v into %v", name, from, b.scope)
		return
	}
	if k := vc.KindOf(err); k == vc.Unavailable {
		t.Errorf("%s from %v into %v: %v", name, from, b.scope, err)
	}
}

// reread gives belongings as the store has them now.
func reread(t *testing.T, db *sql.DB, b belongings) (now belongings) {
	t.Helper()
	view(t, db, b.scope, func(tx *sql.Tx) (err error) {
		read := func(e error) { err = errors.Join(err, e) }
		now = belongings{scope: b.scope}
		var e error
		now.org, e = tx.Organisation(b.org.ID)
		read(e)
		now.schema, e = tx.Schema(b.schema.ID)
		read(e)
		now.version, e = tx.SchemaVersion(b.schema.ID, 1)
		read(e)
		now.kind, e = tx.Type(b.kind.ID)
		read(e)
		now.identity, e = tx.Identity(b.identity.ID)
		read(e)
		now.principal, e = tx.Principal(b.principal.ID)
		read(e)
		now.list, e = tx.StatusList(b.list.ID)
		read(e)
		now.credential, e = tx.Credential(b.credential.ID)
		read(e)
		now.awaited, e = tx.Credential(b.awaited.ID)
		read(e)
		now.change, e = tx.LastStatusChange(b.list.ID, 1)
		read(e)
		now.answer, e = tx.Idempotency(b.answer.Digest, moment())
		read(e)
		now.invitation, e = tx.MemberInvitation(b.invitation.ID)
		read(e)
		now.registration, e = tx.DIDRegistration(b.registration.ID, moment())
		read(e)
		now.transaction, e = tx.LedgerTransaction(b.transaction.ID)
		read(e)
		now.published, e = tx.Publication(b.published.ID)
		read(e)
		now.definition, e = tx.PresentationDefinition(b.definition.ID)
		read(e)
		now.request, e = tx.PresentationRequest(b.request.ID)
		read(e)
		now.submission, e = tx.Submission(b.request.ID, b.submission.ID)
		read(e)
		now.instance, e = tx.Instance(b.instance.ID)
		read(e)
		now.offering, e = tx.Offering(b.offering.ID)
		read(e)
		redemptions, e := tx.Redemptions(b.offering.ID, vc.Page{})
		read(e)
		if len(redemptions) == 1 {
			now.redemption = redemptions[0]
		}
		now.exchange, e = tx.Exchange(b.exchange.ID)
		read(e)
		now.held, e = tx.Held(b.held.ID)
		read(e)
		now.reply, e = tx.Reply(b.reply.ID)
		read(e)
		now.agency, e = b.reread(tx)
		read(e)
		return err
	})
	return now
}

func visibility(t *testing.T, h *house) {
	tenant := vc.Scope{Tenant: newID()}
	theirs := settle(t, h.db, tenant)
	org := settle(t, h.db, vc.Scope{Tenant: tenant.Tenant, Organisation: newID()})
	for name, p := range everyProbe() {
		if p.try == nil {
			continue
		}
		switch name {
		case "InsertTenant", "InsertIdempotency":
			continue
		case "OpenStatusList", "TypeOfLine", "DeleteAllHeld", "HeldOf", "AgentSettings": // of exactly the scope
			continue
		}
		undone := errors.New("undone")
		err := rows(h.db).Update(t.Context(), tenant, func(tx *sql.Tx) error {
			return errors.Join(p.try(tx, org), undone)
		})
		if fmt.Sprint(err) != undone.Error() {
			t.Errorf("%s: a tenant does not reach its organisation's: %v", name, err)
		}
		switch name {
		case "Type", "Types", "CountTypes", "CountIdentities", "Identity", "IdentityByDID", "Identities", "Key", "Keys", "Context", "Contexts":
			view(t, h.db, org.scope, func(tx *sql.Tx) error { return p.try(tx, theirs) })
		}
	}
}

func scopes(t *testing.T, h *house) {
	nothing := func(*sql.Tx) error { return nil }
	odd := vc.Scope{Organisation: newID()}
	wants(t, rows(h.db).View(t.Context(), odd, nothing), vc.Internal, "scope")
	wants(t, rows(h.db).Update(t.Context(), odd, nothing), vc.Internal, "scope")
	scope := somewhere(t, h.db)
	for _, s := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
		wants(t, rows(h.db).View(t.Context(), s, func(tx *sql.Tx) error { _, err := tx.Tenants(vc.ListQuery{}); return err }), vc.NotFound, "")
	}
	view(t, h.db, vc.Scope{}, func(tx *sql.Tx) error {
		all, err := tx.Tenants(vc.ListQuery{Search: "ten"})
		same(t, "tenants", len(all), 1)
		return err
	})
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { return tx.Append(anEntry(scope)) }), vc.Internal, "transaction")
	var kept *sql.Tx
	update(t, h.db, scope, func(tx *sql.Tx) error { kept = tx; return nil })
	wants(t, kept.Append(anEntry(scope)), vc.Internal, "transaction")
}
