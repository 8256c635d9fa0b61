package native

import (
	"net/http"
	"net/url"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// connectionWire is a peer that an agent knows over DIDComm, or is getting to know.
type connectionWire struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation,omitempty"`
	Role         string    `json:"role"`
	State        string    `json:"state"`
	Mode         string    `json:"mode"`
	Protocol     string    `json:"protocol,omitempty"`
	Alias        string    `json:"alias,omitempty"`
	Label        string    `json:"label,omitempty"`
	MyDID        string    `json:"myDid,omitempty"`
	TheirDID     string    `json:"theirDid,omitempty"`
	PublicDID    string    `json:"theirPublicDid,omitempty"`
	Error        string    `json:"error,omitempty"`
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

// letterWire is a DIDComm message on its way; what is in it is never shown.
type letterWire struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation,omitempty"`
	Way          string    `json:"way"`
	State        string    `json:"state"`
	Connection   string    `json:"connection,omitempty"`
	Type         string    `json:"type,omitempty"`
	Message      string    `json:"message,omitempty"`
	Thread       string    `json:"thread,omitempty"`
	Subject      string    `json:"subject,omitempty"`
	Attempts     int       `json:"attempts"`
	Failure      string    `json:"failure,omitempty"`
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

func wireConnection(v agent.ConnectionView) connectionWire {
	c := v.Connection
	return connectionWire{
		ID: c.ID, Organisation: c.Scope.Organisation, Role: string(c.Role), State: string(c.State), Mode: string(c.Mode), Protocol: c.Protocol,
		Alias: v.Alias, Label: v.TheirLabel, MyDID: c.Mine, TheirDID: v.Their, PublicDID: v.TheirPublic, Error: c.Error,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
}

func wireLetter(l vc.Letter) letterWire {
	return letterWire{
		ID: l.ID, Organisation: l.Scope.Organisation, Way: string(l.Way), State: string(l.State), Connection: l.Connection, Type: l.Type,
		Message: l.Message, Thread: l.Thread, Subject: l.Subject, Attempts: l.Attempts, Failure: l.Failure,
		CreatedAt: l.CreatedAt, UpdatedAt: l.UpdatedAt,
	}
}

func (d *Door) listConnections(w http.ResponseWriter, r *http.Request, c call) error {
	values, err := params(r, "state", "cursor", "limit")
	if err != nil {
		return err
	}
	states, err := some(values, "state", vc.Invited, vc.Asked, vc.Answered, vc.Completed, vc.Broken, vc.Ended)
	if err != nil {
		return err
	}
	p, err := page(values)
	if err != nil {
		return err
	}
	all, err := d.Agent.Connections(r.Context(), c.scope, agent.ConnectionFilter{ConnectionQuery: vc.ConnectionQuery{Page: p, States: states}})
	if err != nil {
		return err
	}
	list(w, vc.ListQuery{Page: p}, all, wireConnection, func(v agent.ConnectionView) string { return v.Connection.ID })
	return nil
}

func (d *Door) getConnection(w http.ResponseWriter, r *http.Request, c call) error {
	view, err := d.Agent.Connection(r.Context(), c.scope, r.PathValue("id"))
	return one(w, view, err, wireConnection)
}

func (d *Door) listLetters(w http.ResponseWriter, r *http.Request, c call) error {
	values, err := params(r, "state", "way", "connection", "cursor", "limit")
	if err != nil {
		return err
	}
	states, err := some(values, "state", vc.LetterWaiting, vc.LetterHeld, vc.LetterSent, vc.LetterDead)
	if err != nil {
		return err
	}
	way, err := choice(values, "way", string(vc.WayOut), string(vc.WayIn), string(vc.WayRelay))
	if err != nil {
		return err
	}
	p, err := page(values)
	if err != nil {
		return err
	}
	all, err := d.Agent.Letters(r.Context(), c.scope, vc.LetterQuery{
		Page: p, Way: vc.Way(way), Connection: values.Get("connection"), States: states,
	})
	if err != nil {
		return err
	}
	list(w, vc.ListQuery{Page: p}, all, wireLetter, func(l vc.Letter) string { return l.ID })
	return nil
}

func (d *Door) reviveLetter(w http.ResponseWriter, r *http.Request, c call) error {
	letter, err := d.Agent.ReviveLetter(r.Context(), c.by, r.PathValue("id"))
	return one(w, letter, err, wireLetter)
}

// some is choice for lists that filter by several: the one that is asked for, or none.
func some[T ~string](values url.Values, name string, among ...T) ([]T, error) {
	texts := make([]string, len(among))
	for i, one := range among {
		texts[i] = string(one)
	}
	chosen, err := choice(values, name, texts...)
	if err != nil || chosen == "" {
		return nil, err
	}
	return []T{T(chosen)}, nil
}
