package agent

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// atOnce has an end send by itself what it writes; nothing is lent until the test does so.
func (e *wireEnd) atOnce() (stop func()) {
	e.w.t.Helper()
	e.Worker = &work.Worker{Lender: e.w.db, Now: e.w.now, First: time.Second, Handlers: map[string]work.Handler{"none": nil}}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { e.Worker.Run(ctx) })
	e.until("the worker runs", func() bool {
		place, _ := e.Worker.Soon(e.by.Scope, "opened", 0)
		if place != nil {
			place.Leave()
		}
		return place != nil
	})
	return func() { cancel(); running.Wait(); e.Wait() }
}

func (w *wire) failing(fault func(endpoint string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

func (e *wireEnd) until(what string, ok func() bool) {
	e.w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			e.w.t.Fatal("waited in vain: " + what)
		}
	}
}

func (e *wireEnd) allSent(n int) func() bool {
	return func() bool { return len(e.letters(vc.WayOut, vc.LetterSent)) == n }
}

// Letters are sent by who wrote them, in their order, also where more wait than are kept in mind.
func TestLettersGoAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		w := newWireOn(t, dsn)
		a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
		toB, _ := w.connect(a, b)
		stop := a.atOnce()
		hold := make(chan struct{})
		w.failing(func(string) error { <-hold; return nil })
		const n = 70
		var want []string
		for i := range n {
			a.say(toB, fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
		}
		close(hold)
		a.until("as many as have a place are sent", a.allSent(64))
		stop()
		w.run()
		b.hears(want...)
		if len(w.posts) != n {
			t.Errorf("%d posts", len(w.posts))
		}
		for _, letter := range a.letters(vc.WayOut, vc.LetterSent) {
			if letter.Body != nil || letter.BodyKey != nil {
				t.Error("what was sent is kept")
			}
		}
	})
}

// One that fails is tried again in its turn, and those behind it wait.
func TestLettersAtOnceWaitForTheFirst(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	defer a.atOnce()()
	hold := make(chan struct{})
	w.failing(func(string) error { <-hold; return vc.Errorf(vc.Unavailable, "fetch-failed", "down") })
	a.say(toB, "1")
	a.say(toB, "2")
	close(hold)
	a.until("the failure is noted", func() bool {
		waiting := a.letters(vc.WayOut, vc.LetterWaiting)
		return len(waiting) == 2 && waiting[0].Failure == "fetch-failed" && waiting[0].Attempts == 1
	})
	w.failing(nil)
	a.say(toB, "3")
	b.hears()
	w.pass(time.Minute)
	w.run()
	b.hears("1", "2", "3")
	a.say(toB, "4")
	a.until("all are sent", a.allSent(4))
	b.hears("1", "2", "3", "4")
}

// A server that dies between the commit and the post has sent nothing: who is lent the job when its lease has ended does.
func TestLettersAtOnceSurvive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		w := newWireOn(t, dsn)
		a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
		toB, _ := w.connect(a, b)
		stop := a.atOnce()
		c, _, err := a.ready(t.Context(), a.by.Scope, toB)
		w.fine(err)
		id, err := newMessageID()
		w.fine(err)
		vault, err := a.tenant(t.Context(), a.by.Scope)
		w.fine(err)
		var died *Turn
		w.fine(a.Rows.Update(t.Context(), a.by.Scope, func(rows Rows) error {
			died.leave(nil)
			died = &Turn{Rows: rows, By: a.by, Now: a.now(), Vault: vault, worker: a.Worker}
			return died.Send(Addressee{Connection: c}, &didcomm.BasicMessage{Header: didcomm.Header{Type: didcomm.TypeBasicMessage, ID: id}, Content: "1"}, "")
		}))
		if len(died.soon) != 1 {
			t.Fatal("it waits to be lent")
		}
		stop() // nobody goes on with it
		w.run()
		b.hears()
		w.pass(time.Minute)
		w.run()
		b.hears("1")
		if len(w.posts) != 1 {
			t.Errorf("%d posts", len(w.posts))
		}
	})
}

// What waits in memory when a server stops is sent by the next at once.
func TestLettersAtOnceOutliveAStop(t *testing.T) {
	w := newWire(t)
	a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
	toB, _ := w.connect(a, b)
	stop := a.atOnce()
	begun, hold := make(chan struct{}, 3), make(chan struct{})
	w.failing(func(string) error { begun <- struct{}{}; <-hold; return nil })
	for i := range 3 {
		a.say(toB, fmt.Sprint(i))
	}
	<-begun
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	a.until("nothing has a place any more", func() bool {
		place, _ := a.Worker.Soon(a.by.Scope, "later", 0)
		if place != nil {
			place.Leave()
		}
		return place == nil
	})
	close(hold)
	<-stopped
	b.hears("0")
	w.run()
	b.hears("0", "1", "2")
	if len(w.posts) != 3 {
		t.Errorf("%d posts", len(w.posts))
	}
}

// What goes back on the way that a message came is not posted as well; what does not is posted at once, and nothing overtakes.
func TestLettersAtOnceGoBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		w := newWireOn(t, dsn)
		a, b := w.end("a", "https://a.example"), w.end("b", "https://b.example")
		toB, toA := w.connect(a, b)
		defer b.atOnce()()
		ping := func(route didcomm.Transport) (id string, answer []byte) {
			id, err := newMessageID()
			w.fine(err)
			if route.ReturnRouteThread == "own" {
				route.ReturnRouteThread = id
			}
			packed, err := a.packFor(t.Context(), a.by.Scope, toB, &didcomm.Ping{Header: didcomm.Header{Type: didcomm.TypePing, ID: id, Transport: &route}})
			w.fine(err)
			answer, err = b.Receive(t.Context(), packed.envelope, Source{Wait: time.Second})
			w.fine(err)
			return id, answer
		}
		var want []string
		for _, route := range []didcomm.Transport{
			{ReturnRoute: didcomm.ReturnAll}, {ReturnRoute: didcomm.ReturnThread, ReturnRouteThread: "own"}, {ReturnRoute: didcomm.ReturnAll},
		} {
			id, answer := ping(route)
			if answer == nil {
				t.Fatal("nothing went back")
			}
			_, err := a.Receive(t.Context(), answer, Source{})
			w.fine(err)
			want = append(want, "pong "+id)
			a.hears(want...)
		}
		for _, route := range []didcomm.Transport{{ReturnRoute: "none"}, {ReturnRoute: didcomm.ReturnThread, ReturnRouteThread: "another"}} {
			id, answer := ping(route)
			if answer != nil {
				t.Error("it went back")
			}
			want = append(want, "pong "+id)
			b.until("it is posted", func() bool { return len(b.letters(vc.WayOut, vc.LetterSent)) == len(want) })
			a.hears(want...)
		}
		hold := make(chan struct{})
		w.failing(func(string) error { <-hold; return nil })
		b.say(toA, "before")
		id, answer := ping(didcomm.Transport{ReturnRoute: didcomm.ReturnAll})
		if answer != nil {
			t.Error("an answer overtook what is sent")
		}
		close(hold)
		want = append(want, "before", "pong "+id)
		b.until("both are posted", func() bool { return len(b.letters(vc.WayOut, vc.LetterSent)) == len(want) })
		a.hears(want...)
		w.run()
		a.hears(want...)
		if len(w.posts) != 4 {
			t.Errorf("%d posts", len(w.posts))
		}
	})
}
