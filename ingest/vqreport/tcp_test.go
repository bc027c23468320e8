package vqreport

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// ends waits until the server has closed the connection.
func (c *client) ends() {
	c.t.Helper()
	rest, err := io.ReadAll(c)
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		c.t.Fatalf("still open; read %q", rest)
	}
}

// TestByteStream: messages cut and joined in any way are answered in order.
func TestByteStream(t *testing.T) {
	ids := make(chan string, 8)
	_, _, tcp := server(t, ServerOptions{Handler: func(_ context.Context, _ *Report, m Meta) error { ids <- m.CallID; return nil }})
	c := dial(t, "tcp", tcp)
	all := publish("1") + "\r\n\r\n" + publish("2") + "\r\n" + publish("3")
	for len(all) > 0 {
		n := min(len(all), 97)
		c.send(all[:n])
		all = all[n:]
	}
	for _, want := range []string{"pub-1", "pub-2", "pub-3"} {
		if r := c.answer(); r.StatusCode != 200 || r.CallID().Value() != want || <-ids != want {
			t.Fatalf("want %s:\n%s", want, r)
		}
	}
}

// TestKeepAlive: a ping gets its pong, however many there are.
func TestKeepAlive(t *testing.T) {
	_, _, tcp := server(t, ServerOptions{})
	c := dial(t, "tcp", tcp)
	pong := make([]byte, 2)
	for range 20 {
		c.send("\r\n\r\n")
		if _, err := io.ReadFull(c, pong); err != nil || string(pong) != "\r\n" {
			t.Fatalf("%v %q", err, pong)
		}
	}
	if r := c.ask(publish("1")); r.StatusCode != 200 {
		t.Error(r)
	}
}

// TestUnreadableStream: where the next message begins is unknown, so the
// connection ends, with an answer where one is possible.
func TestUnreadableStream(t *testing.T) {
	s, _, tcp := server(t, ServerOptions{MaxMessageBytes: 8 << 10})
	for name, tt := range map[string]struct {
		text   string
		status int
	}{
		"no length":   {without(publish("1"), "Content-Length"), 400},
		"huge length": {strings.Replace(publish("2"), "Content-Length: ", "Content-Length: 9999", 1), 413},
		"no SIP":      {"GET / HTTP/1.1\r\n\r\n", 0},
		"endless":     {"PUBLISH sip:a@b SIP/2.0\r\n" + strings.Repeat("a: b\r\n", 4000), 0},
		"one line":    {strings.Repeat("x", 9000), 0},
	} {
		c := dial(t, "tcp", tcp)
		_, _ = c.Write([]byte(tt.text)) // may fail half way: the server has hung up
		if tt.status != 0 {
			if r := c.answer(); r.StatusCode != tt.status {
				t.Errorf("%s: %d", name, r.StatusCode)
			}
		}
		c.ends()
	}
	if got := s.Stats(); got.Answered[400] != 1 || got.Answered[413] != 1 || got.Malformed != 3 || got.Reports != 0 {
		t.Errorf("%+v", got)
	}
}

// TestSlowSender: a message that does not end is given up; a connection that
// is merely idle is not.
func TestSlowSender(t *testing.T) {
	s, _, tcp := server(t, ServerOptions{MessageTimeout: 30 * time.Millisecond})
	idle, slow := dial(t, "tcp", tcp), dial(t, "tcp", tcp)
	slow.send(publish("1")[:100])
	slow.ends()
	if s.Stats().ConnsSlow != 1 {
		t.Errorf("%+v", s.Stats())
	}
	if r := idle.ask(publish("2")); r.StatusCode != 200 {
		t.Error(r)
	}
}

// TestSlowReader: who does not read his answers is cut off, and holds up
// nobody.
func TestSlowReader(t *testing.T) {
	s, _, tcp := server(t, ServerOptions{MessageTimeout: 100 * time.Millisecond})
	deaf := dial(t, "tcp", tcp)
	text := strings.Repeat(publish("x", "PUBLISH sip", "OPTIONS sip", "7 PUBLISH", "7 OPTIONS"), 50)
	for {
		if _, err := deaf.Write([]byte(text)); err != nil {
			break // the server has hung up
		}
	}
	if got := s.Stats(); got.WriteErrors == 0 && got.ConnsSlow == 0 {
		t.Errorf("%+v", got)
	}
	if r := dial(t, "tcp", tcp).ask(publish("1")); r.StatusCode != 200 {
		t.Error(r)
	}
}

func TestConnectionBounds(t *testing.T) {
	for name, o := range map[string]ServerOptions{"all": {MaxConns: 2}, "one host": {MaxConnsPerHost: 2}} {
		s, _, tcp := server(t, o)
		a, b := dial(t, "tcp", tcp), dial(t, "tcp", tcp)
		if a.ask(publish("1")).StatusCode != 200 || b.ask(publish("2")).StatusCode != 200 {
			t.Fatal(name)
		}
		dial(t, "tcp", tcp).ends()
		if got := s.Stats(); got.Conns != 2 || got.ConnsRefused != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestIdle(t *testing.T) {
	s, _, tcp := server(t, ServerOptions{IdleTimeout: 20 * time.Millisecond})
	dial(t, "tcp", tcp).ends()
	if s.Stats().ConnsSlow != 0 {
		t.Errorf("%+v", s.Stats())
	}
}
