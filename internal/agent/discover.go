package agent

import (
	"cmp"
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Discover Features 2.0: Aries RFC 0557. What we asked and were told is kept as small values beside the office, the newest of them.

const (
	discoveryOwner = "discovery"
	maxDiscoveries = 100
	maxDisclosures = 64 << 10 // bytes of a message
	querySent      = "query-sent"
	disclosed      = "disclosures-received"
)

func discoverFeatures() Protocol {
	return Protocol{
		URI: didcomm.TypeQueries.ProtocolURI(), Roles: []string{"requester", "responder"},
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeQueries}, Need: NeedKnown, Look: lookQueries, Act: actQueries},
			{Types: []didcomm.Type{didcomm.TypeDisclosures}, Need: NeedKnown, Look: lookDisclosures, Act: actDisclosures},
		},
	}
}

// Features are the protocols that this agent speaks, and its roles in them.
func Features() []didcomm.Feature {
	var features []didcomm.Feature
	for _, protocol := range protocols() {
		features = append(features, didcomm.Feature{FeatureType: "protocol", ID: protocol.URI, Roles: protocol.Roles})
	}
	return features
}

// disclose gives what answers queries, each feature once.
func disclose(queries []didcomm.FeatureQuery) []didcomm.Feature {
	out := []didcomm.Feature{}
	for _, feature := range Features() {
		asked := func(q didcomm.FeatureQuery) bool { return q.Matches(feature.FeatureType, feature.ID) }
		if slices.ContainsFunc(queries, asked) {
			out = append(out, feature)
		}
	}
	return out
}

func lookQueries(_ context.Context, _ *Desk, in *Inbound) (any, error) {
	queries, ok := in.Message.(*didcomm.Queries)
	if !ok {
		return nil, refuse("queries-malformed", "queries are expected")
	}
	id, err := newMessageID()
	return &didcomm.Disclosures{
		Header: queries.Reply(queries.Type.Answer("disclosures", 0), id), Disclosures: disclose(queries.Queries),
	}, err
}

func actQueries(_ *Desk, t *Turn, in *Inbound, looked any) error {
	return t.Send(Addressee{Connection: in.Connection}, looked.(*didcomm.Disclosures), "")
}

// Query asks a peer what it can do ("" asks for nothing of that kind), and waits for the answer a while; without a connection it is asked
// of ourselves. Errors: NotFound "connection-not-found", Denied "connection-not-ready".
func (d *Desk) Query(ctx context.Context, by vc.Caller, connection, protocol, goalCode string) (Discovery, error) {
	id, err := newMessageID()
	if err != nil {
		return Discovery{}, err
	}
	queries := &didcomm.Queries{Header: didcomm.Header{Type: didcomm.TypeQueries, ID: id}, Queries: []didcomm.FeatureQuery{}}
	for _, q := range []didcomm.FeatureQuery{{FeatureType: "protocol", Match: protocol}, {FeatureType: "goal-code", Match: goalCode}} {
		if q.Match != "" {
			queries.Queries = append(queries.Queries, q)
		}
	}
	raw, err := didcomm.Encode(queries)
	if err != nil {
		return Discovery{}, err
	}
	asked := Discovery{ID: newID(), Connection: connection, Thread: id, State: querySent, Queries: raw}
	if connection == "" {
		return d.ownFeatures(queries, asked)
	}
	err = d.act(ctx, by, func(t *Turn) error {
		c, err := t.connection(connection)
		if err != nil {
			return err
		}
		if err := c.ready(); err != nil {
			return err
		}
		asked.CreatedAt, asked.UpdatedAt = t.Now, t.Now
		if err := t.putDiscovery(asked); err != nil {
			return err
		}
		if err := t.Tell(TopicDiscovery, "didcomm.disclosed", "discovery", asked.ID, asked); err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, queries, "")
	})
	if err != nil {
		return Discovery{}, err
	}
	err = d.await(ctx, by.Scope, "discovery/"+asked.ID, func(t *Turn) (bool, error) {
		all, err := t.discoveries()
		for _, one := range all {
			if one.ID == asked.ID {
				asked = one
			}
		}
		return asked.State == disclosed, err
	})
	return asked, err
}

func (d *Desk) ownFeatures(queries *didcomm.Queries, asked Discovery) (Discovery, error) {
	id, err := newMessageID()
	if err != nil {
		return Discovery{}, err
	}
	asked.State, asked.CreatedAt, asked.UpdatedAt = disclosed, d.now(), d.now()
	asked.Disclosures, err = didcomm.Encode(&didcomm.Disclosures{Header: queries.Reply(didcomm.TypeDisclosures, id), Disclosures: disclose(queries.Queries)})
	return asked, err
}

func lookDisclosures(_ context.Context, _ *Desk, in *Inbound) (any, error) {
	if len(in.Raw) > maxDisclosures {
		return nil, refuse("disclosures-too-large", "at most %d bytes of disclosures are kept", maxDisclosures)
	}
	return nil, nil
}

func actDisclosures(_ *Desk, t *Turn, in *Inbound, _ any) error {
	all, err := t.discoveries()
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Thread != in.Thread || one.Connection != in.Connection.ID {
			continue
		}
		one.State, one.Disclosures, one.UpdatedAt = disclosed, in.Raw, t.Now
		if err := t.putDiscovery(one); err != nil {
			return err
		}
		t.signal("discovery/" + one.ID)
		return t.Tell(TopicDiscovery, "didcomm.disclosed", "discovery", one.ID, one)
	}
	return nil
}

// Discoveries lists what was asked, newest first; of one connection where that is given.
func (d *Desk) Discoveries(ctx context.Context, scope vc.Scope, connection string) (found []Discovery, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		all, err := t.discoveries()
		found = make([]Discovery, 0, len(all))
		for _, one := range all {
			if connection == "" || one.Connection == connection {
				found = append(found, one)
			}
		}
		return err
	})
	return found, err
}

// discoveries are those of the office, newest first.
func (t *Turn) discoveries() ([]Discovery, error) {
	values, err := t.Rows.Metadata(discoveryOwner)
	if err != nil {
		return nil, err
	}
	all := make([]Discovery, 0, len(values))
	for _, value := range values {
		var one Discovery
		if err := json.Unmarshal(value, &one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b Discovery) int { return cmp.Compare(b.ID, a.ID) })
	return all, nil
}

// putDiscovery keeps one, and lets the oldest go where there are too many.
func (t *Turn) putDiscovery(one Discovery) error {
	all, err := t.discoveries()
	if err != nil {
		return err
	}
	for i, old := range all {
		if i >= maxDiscoveries-1 && old.ID != one.ID {
			if err := t.Rows.PutMetadata(discoveryOwner, old.ID, nil); err != nil {
				return err
			}
		}
	}
	value, err := json.Marshal(one)
	if err != nil {
		return err
	}
	return t.Rows.PutMetadata(discoveryOwner, one.ID, value)
}
