package didcomm

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// Name and Prefix are the door's name, and where it is on the common listener. On a listener of its own it is at the root, where
// other agents have theirs, and at Prefix too.
const (
	Name   = "didcomm"
	Prefix = "/didcomm"
)

// Handler serves the inlet on each of prefixes; "" is the root.
func (w *Wire) Handler(prefixes ...string) http.Handler {
	w.ready()
	mux := httpx.Mux{Prefixes: []string{""}, Fail: w.refuse}
	for _, prefix := range prefixes {
		patterns := []string{prefix, prefix + "/{$}"}
		if prefix == "" {
			patterns = []string{"/{$}", Prefix, Prefix + "/{$}"}
		}
		for _, pattern := range patterns {
			mux.Routes = append(mux.Routes,
				httpx.Route{Method: http.MethodPost, Pattern: pattern, Operation: "receive", Permission: httpx.Public, Handler: http.HandlerFunc(w.receive)},
				httpx.Route{Method: http.MethodGet, Pattern: pattern, Operation: "show", Permission: httpx.Public, Handler: http.HandlerFunc(w.get)})
		}
	}
	return mux.Handler()
}

// receive takes an envelope. The answer goes out when what it did is committed.
func (w *Wire) receive(rw http.ResponseWriter, r *http.Request) {
	if !spec.IsMediaType(r.Header.Get("Content-Type")) {
		w.refuse(rw, r, vc.Errorf(vc.Invalid, httpx.CodeMediaType, "an envelope is sent as %s", spec.MediaType))
		return
	}
	envelope, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, spec.MaxEnvelope))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			err = vc.Errorf(vc.Invalid, httpx.CodeTooLarge, "an envelope has at most %d bytes", spec.MaxEnvelope)
		} else {
			err = vc.Errorf(vc.Invalid, "envelope-incomplete", "the envelope did not come to its end").Because(err)
		}
		w.refuse(rw, r, err)
		return
	}
	// What was taken is handled to its end, even if the peer does not wait for that.
	answer, err := w.Agent.Receive(context.WithoutCancel(r.Context()), envelope, agent.Source{Wait: returnWait})
	if err != nil {
		w.refuse(rw, r, err)
		return
	}
	if len(answer) > 0 {
		rw.Header().Set("Content-Type", spec.MediaType)
	}
	rw.WriteHeader(http.StatusOK)
	_, _ = rw.Write(answer)
}

// get is a socket, or a page for people who follow the link of an invitation.
func (w *Wire) get(rw http.ResponseWriter, r *http.Request) {
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.upgrade(rw, r)
		return
	}
	text := "This is a DIDComm endpoint.\n"
	for _, parameter := range []string{"oob", "c_i"} {
		if encoded := httpx.Query(r).Get(parameter); encoded != "" {
			text = invited(encoded)
			break
		}
	}
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(rw, text)
}

// invited says whose invitation it is that somebody opened with a browser.
func invited(encoded string) string {
	label := ""
	if message, err := spec.ParseInvitation(encoded); err == nil {
		switch m := message.(type) {
		case *spec.Invitation:
			label = m.Label
		case *spec.ConnectionInvitation:
			label = m.Label
		}
	}
	if label = printable(label); label != "" {
		label = " from " + label
	}
	return "You have received an invitation" + label + ". To accept it, open this link with your wallet or agent.\n"
}

// printable is a label for a line of plain text.
func printable(label string) string {
	const most = 100
	var b strings.Builder
	for _, r := range label {
		if b.Len() >= most {
			break
		}
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// upgrade opens a socket. Any origin may: no cookie says who calls, envelopes do.
func (w *Wire) upgrade(rw http.ResponseWriter, r *http.Request) {
	if !w.hub.enter() {
		w.refuse(rw, r, vc.Errorf(vc.Unavailable, "sockets-exhausted", "there are too many open sockets"))
		return
	}
	defer w.hub.leave()
	conn, err := websocket.Accept(rw, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // answered
	}
	w.hub.serve(context.WithoutCancel(r.Context()), w.newSocket(conn))
}

// refuse answers in plain text: peers are programs, and look at the status alone.
func (w *Wire) refuse(rw http.ResponseWriter, r *http.Request, err error) {
	e := httpx.Shown(err)
	status := httpx.Status(e)
	switch status {
	case http.StatusForbidden, http.StatusUnauthorized, http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity:
		status = http.StatusBadRequest
	}
	httpx.Refusing(rw, r, w.Log, status, err)
	rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, e.Code+": "+e.Message+"\n")
}

// refused logs what was not taken where there is no answer to say it in.
func (w *Wire) refused(ctx context.Context, err error) {
	if w.Log == nil {
		return
	}
	if vc.KindOf(err) == vc.Internal {
		w.Log.ErrorContext(ctx, "receiving from a socket", "error", err, "cause", errors.Unwrap(err))
		return
	}
	w.Log.InfoContext(ctx, "an envelope from a socket was not taken", "code", codeOf(err))
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e.Code
	}
	return ""
}
