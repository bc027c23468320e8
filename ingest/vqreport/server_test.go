package vqreport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

const report = "VQSessionReport: CallTerm\r\nCallID: call-1\r\nLocalMetrics:\r\nPacketLoss: NLR=1.5\r\nx-Foo: 1\r\nQualityEst: MOSLQ=5.0\r\n"

// publish makes a PUBLISH; changes are pairs of what to replace in it.
func publish(branch string, changes ...string) string {
	text := "PUBLISH sip:collector@Example.ORG SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK" + branch + ";rport\r\n" +
		"From: <sip:anna@Phone.example.org>;tag=1\r\nTo: sip:collector@example.org\r\n" +
		"Call-ID: pub-" + branch + "\r\nCSeq: 7 PUBLISH\r\nContact: <sip:anna@[2001:db8::1]:5070>\r\nMax-Forwards: 70\r\n" +
		"Event: vq-rtcpxr\r\nUser-Agent: Test/1\r\nContent-Type: application/vq-rtcpxr\r\nContent-Length: LENGTH\r\n\r\n" + report
	text = strings.NewReplacer(changes...).Replace(text)
	_, body, _ := strings.Cut(text, "\r\n\r\n")
	return strings.Replace(text, "LENGTH", fmt.Sprint(len(body)), 1)
}

// without takes a header out.
func without(text, name string) string {
	from := strings.Index(text, "\r\n"+name+":")
	return text[:from] + text[from+2+strings.Index(text[from+2:], "\r\n"):]
}

// server starts a server on loopback and returns it with its addresses.
func server(t testing.TB, o ServerOptions) (s *Server, udp, tcp string) {
	t.Helper()
	if o.Handler == nil {
		o.Handler = func(context.Context, *Report, Meta) error { return nil }
	}
	s, err := NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- s.ServeUDP(pc) }()
	go func() { ended <- s.ServeTCP(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	return s, pc.LocalAddr().String(), l.Addr().String()
}

// client is one end of a conversation.
type client struct {
	net.Conn
	t      testing.TB
	stream *sip.ParserStream
}

func dial(t testing.TB, network, addr string) *client {
	t.Helper()
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &client{conn, t, sip.NewParser().NewSIPStream()}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := c.Write([]byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// answer reads the next response.
func (c *client) answer() *sip.Response {
	c.t.Helper()
	buf := make([]byte, 65536)
	for {
		msg, _, err := c.stream.ParseNext()
		if err == nil {
			return msg.(*sip.Response)
		}
		n, err := c.Read(buf)
		if err != nil {
			c.t.Fatal(err)
		}
		_, _ = c.stream.Write(buf[:n])
	}
}

func (c *client) ask(text string) *sip.Response {
	c.t.Helper()
	c.send(text)
	return c.answer()
}

func value(r *sip.Response, name string) string {
	if h := r.GetHeader(name); h != nil {
		return h.Value()
	}
	return ""
}

func TestAnswers(t *testing.T) {
	trouble := map[string]error{"full": fmt.Errorf("journal: %w", ErrFull), "broken": errors.New("disk"), "slow": context.DeadlineExceeded}
	s, udp, tcp := server(t, ServerOptions{MaxMessageBytes: 40_000, Handler: func(_ context.Context, r *Report, _ Meta) error { return trouble[string(r.CallID)] }})
	tests := []struct {
		name, text string
		status     int
		headers    string // "Name: value" or "Name"
	}{
		{"report", publish("a1"), 200, "SIP-ETag"},
		{"lifetime not asked for", publish("a2"), 200, "Expires: 3600"},
		{"lifetime asked for", publish("a3", "Max-Forwards: 70", "Expires: 60"), 200, "Expires: 60"},
		{"lifetime too long", publish("a4", "Max-Forwards: 70", "Expires: 99999999"), 200, "Expires: 3600"},
		{"lifetime garbled", publish("a5", "Max-Forwards: 70", "Expires: soon"), 400, ""},
		{"parameters and case", publish("a6", "Event: vq-rtcpxr", "o: VQ-RTCPXR;id=1", "application/vq-rtcpxr\r\n", "Application/VQ-RTCPXR; x=y\r\n"), 200, "SIP-ETag"},
		{"other event", publish("b1", "Event: vq-rtcpxr", "Event: presence"), 489, "Allow-Events: vq-rtcpxr"},
		{"no event", without(publish("b2"), "Event"), 489, "Allow-Events: vq-rtcpxr"},
		{"other type", publish("c1", "application/vq-rtcpxr\r\n", "application/pidf+xml\r\n"), 415, "Accept: application/vq-rtcpxr"},
		{"no type", without(publish("c2"), "Content-Type"), 415, "Accept: application/vq-rtcpxr"},
		{"compressed", publish("c3", "Max-Forwards: 70", "Content-Encoding: gzip"), 415, "Accept-Encoding: identity"},
		{"no body", publish("d1", report, ""), 400, ""},
		{"no report", publish("d2", "VQSessionReport", "VQOtherReport"), 400, `Warning: 399 trunkline "line 1: not a voice quality report: found 'VQOtherReport', VQSessionReport, VQIntervalReport or VQAlertReport expected"`},
		{"long report", publish("d3", report, report+strings.Repeat("x", MaxBodyBytes)), 413, "Warning"},
		{"long message", publish("d4", report, report+strings.Repeat("x", 45_000)), 413, ""},
		{"unknown tag", publish("e1", "Max-Forwards: 70", "SIP-If-Match: abcd"), 412, ""},
		{"extension", publish("f1", "Max-Forwards: 70", "Require: foo"), 420, "Unsupported: foo"},
		{"URI scheme", publish("f2", "PUBLISH sip:collector@Example.ORG", "PUBLISH tel:+123"), 416, ""},
		{"method", publish("f3", "PUBLISH sip", "SUBSCRIBE sip", "7 PUBLISH", "7 SUBSCRIBE"), 405, "Allow: PUBLISH, OPTIONS"},
		{"CSeq", publish("f4", "7 PUBLISH", "7 NOTIFY"), 400, ""},
		{"OPTIONS", publish("f5", "PUBLISH sip", "OPTIONS sip", "7 PUBLISH", "7 OPTIONS"), 200, "Allow-Events: vq-rtcpxr"},
		{"CANCEL", publish("f6", "PUBLISH sip", "CANCEL sip", "7 PUBLISH", "7 CANCEL"), 481, ""},
		{"full", publish("g1", "CallID: call-1", "CallID: full"), 503, "Retry-After: 30"},
		{"broken", publish("g2", "CallID: call-1", "CallID: broken"), 500, "Retry-After: 30"},
		{"slow", publish("g3", "CallID: call-1", "CallID: slow"), 503, "Retry-After: 30"},
	}
	for _, network := range []string{"udp", "tcp"} {
		for _, tt := range tests {
			t.Run(network+"/"+tt.name, func(t *testing.T) {
				c := dial(t, network, map[string]string{"udp": udp, "tcp": tcp}[network])
				r := c.ask(tt.text)
				if r.StatusCode != tt.status {
					t.Fatalf("%d, want %d:\n%s", r.StatusCode, tt.status, r)
				}
				if name, want, _ := strings.Cut(tt.headers, ": "); name != "" {
					if got := value(r, name); got == "" || want != "" && got != want {
						t.Errorf("%s: %q, want %q", name, got, want)
					}
				}
				if r.To().Params == nil || !r.To().Params.Has("tag") || r.CallID().Value() == "" || !strings.Contains(r.Via().Value(), "received=127.0.0.1") {
					t.Errorf("not a proper answer:\n%s", r)
				}
			})
		}
	}
	got := s.Stats()
	if got.Reports != 10 || got.Answered[200] != 12 || got.Answered[489] != 4 || got.UnknownFields != 10 || got.Problems[FlawRange] != 10 || got.Malformed != 0 {
		t.Errorf("%+v", got)
	}
}

// TestRealPhone: what Linphone sends, and what is said of where it came from.
func TestRealPhone(t *testing.T) {
	text, err := os.ReadFile("testdata/linphone_publish.sip")
	if err != nil {
		t.Fatal(err)
	}
	type got struct {
		r *Report
		m Meta
	}
	came := make(chan got, 2)
	_, udp, tcp := server(t, ServerOptions{Handler: func(_ context.Context, r *Report, m Meta) error { came <- got{r, m}; return nil }})
	for network, addr := range map[string]string{"udp": udp, "tcp": tcp} {
		c := dial(t, network, addr)
		if r := c.ask(string(text)); r.StatusCode != 200 {
			t.Fatal(r)
		}
		g := <-came
		want := Meta{
			Source: addrPort(c.LocalAddr()), Listener: addrPort(c.RemoteAddr()), Transport: network,
			TargetHost: "127.0.0.1", FromHost: "127.0.0.1", ToHost: "127.0.0.1", CallID: "u-fEPEmIwt", UserAgent: "Linphonec/5.1.65", Received: g.m.Received,
		}
		_, want.Body, _ = bytes.Cut(text, []byte("\r\n\r\n"))
		if !reflect.DeepEqual(g.m, want) || g.m.Received.IsZero() || g.r.CallID != "Ixq2alEeku" {
			t.Errorf("%s: %+v\nwant %+v", network, g.m, want)
		}
	}
	c := dial(t, "udp", udp)
	c.ask(publish("x"))
	if m := (<-came).m; m.FromHost != "phone.example.org" || m.TargetHost != "example.org" || m.ContactHost != "2001:db8::1" {
		t.Errorf("hosts: %+v", m)
	}
}

// TestAnsweredOnceDurable: there is no 200 before the handler has returned,
// and requests sent again meanwhile do not reach it; afterwards they get the
// same answer.
func TestAnsweredOnceDurable(t *testing.T) {
	entered, durable := make(chan struct{}), make(chan struct{})
	var calls atomic.Int32
	s, udp, _ := server(t, ServerOptions{Handler: func(context.Context, *Report, Meta) error {
		calls.Add(1)
		close(entered)
		<-durable
		return nil
	}})
	c := dial(t, "udp", udp)
	c.send(publish("same"))
	<-entered
	c.send(publish("same"))
	// The answer to another request comes first: none is held back for the
	// report's.
	r := c.ask(publish("other", "PUBLISH sip", "OPTIONS sip", "7 PUBLISH", "7 OPTIONS"))
	if r.CSeq().MethodName != sip.OPTIONS {
		t.Fatalf("answered before the report was durable:\n%s", r)
	}
	close(durable)
	first := c.answer()
	if first.StatusCode != 200 || first.CSeq().MethodName != sip.PUBLISH {
		t.Fatal(first)
	}
	again := c.ask(publish("same"))
	if again.String() != first.String() {
		t.Errorf("another answer:\n%s\nfirst:\n%s", again, first)
	}
	if calls.Load() != 1 || s.Stats().Retransmitted != 2 {
		t.Errorf("%d calls, %+v", calls.Load(), s.Stats())
	}
}

// TestBusy: requests beyond the bound are told to come back, and are new when
// they do.
func TestBusy(t *testing.T) {
	entered, leave := make(chan struct{}, 8), make(chan struct{})
	_, udp, _ := server(t, ServerOptions{MaxHandlers: 1, Handler: func(context.Context, *Report, Meta) error {
		entered <- struct{}{}
		<-leave
		return nil
	}})
	a, b := dial(t, "udp", udp), dial(t, "udp", udp)
	a.send(publish("a"))
	<-entered
	if r := b.ask(publish("b")); r.StatusCode != 503 || value(r, "Retry-After") != "30" {
		t.Fatal(r)
	}
	close(leave)
	if r := a.answer(); r.StatusCode != 200 {
		t.Fatal(r)
	}
	// The token is given back just after the answer is sent: ask until it is.
	for r := b.ask(publish("b")); r.StatusCode != 200; r = b.ask(publish("b")) {
		if r.StatusCode != 503 {
			t.Fatal(r)
		}
	}
}

func TestETag(t *testing.T) {
	var calls atomic.Int32
	var offset atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	_, udp, _ := server(t, ServerOptions{Now: now, Handler: func(context.Context, *Report, Meta) error { calls.Add(1); return nil }})
	c := dial(t, "udp", udp)
	tag := value(c.ask(publish("1")), "SIP-ETag")
	match := "SIP-If-Match: " + tag
	r := c.ask(publish("2", "Max-Forwards: 70", match, report, ""))
	if r.StatusCode != 200 || value(r, "SIP-ETag") == tag || calls.Load() != 1 {
		t.Errorf("refresh: %d calls\n%s", calls.Load(), r)
	}
	if r := c.ask(publish("3", "Max-Forwards: 70", match+"\r\nExpires: 0", report, "")); r.StatusCode != 200 || value(r, "Expires") != "0" {
		t.Errorf("removal:\n%s", r)
	}
	if r := c.ask(publish("4", "Max-Forwards: 70", match)); r.StatusCode != 200 || calls.Load() != 2 {
		t.Errorf("replacement: %d calls\n%s", calls.Load(), r)
	}
	forged := strings.Replace(match, tag[:4], map[bool]string{true: "0000", false: "1111"}[tag[:4] != "0000"], 1)
	if r := c.ask(publish("5", "Max-Forwards: 70", forged)); r.StatusCode != 412 {
		t.Errorf("forged:\n%s", r)
	}
	offset.Store(int64(2 * time.Hour))
	if r := c.ask(publish("6", "Max-Forwards: 70", match)); r.StatusCode != 412 || calls.Load() != 2 {
		t.Errorf("past its lifetime:\n%s", r)
	}
}

// TestWhereAnswersGo: with rport to the source, else to the port in Via.
func TestWhereAnswersGo(t *testing.T) {
	_, udp, _ := server(t, ServerOptions{})
	other, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	port := addrPort(other.LocalAddr()).Port()
	c := dial(t, "udp", udp)
	c.send(publish("1", "192.0.2.1:5060", fmt.Sprintf("192.0.2.1:%d", port), ";rport", ""))
	buf := make([]byte, 4096)
	_ = other.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _, err := other.ReadFrom(buf)
	if err != nil || !strings.HasPrefix(string(buf[:n]), "SIP/2.0 200") || !strings.Contains(string(buf[:n]), "received=127.0.0.1") {
		t.Errorf("%v %q", err, buf[:n])
	}
}

func TestCloseWaitsForAnswers(t *testing.T) {
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	s, err := NewServer(ServerOptions{Handler: func(context.Context, *Report, Meta) error { entered <- struct{}{}; <-leave; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udpEnded := make(chan error, 1)
	go func() { udpEnded <- s.ServeUDP(pc) }()
	go s.ServeTCP(l) //nolint:errcheck // ends with Close
	u, c := dial(t, "udp", pc.LocalAddr().String()), dial(t, "tcp", l.Addr().String())
	u.send(publish("u"))
	c.send(publish("c"))
	<-entered
	<-entered
	closed := make(chan error)
	go func() { closed <- s.Close(context.Background()) }()
	select {
	case <-udpEnded:
		t.Error("the socket is gone before its answer")
	case <-time.After(50 * time.Millisecond): // time to go wrong; right never ends here
	}
	close(leave)
	if a, b := u.answer(), c.answer(); a.StatusCode != 200 || b.StatusCode != 200 {
		t.Errorf("%v %v", a, b)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if err := s.ServeUDP(pc); err != nil {
		t.Error("after Close:", err)
	}
}

func TestCloseGivesUp(t *testing.T) {
	entered := make(chan struct{})
	cancelled := make(chan struct{})
	s, err := NewServer(ServerOptions{HandlerTimeout: time.Hour, Handler: func(ctx context.Context, _ *Report, _ Meta) error {
		close(entered)
		<-ctx.Done()
		close(cancelled)
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.ServeUDP(pc) //nolint:errcheck // ends with Close
	dial(t, "udp", pc.LocalAddr().String()).send(publish("u"))
	<-entered
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-cancelled
}

func TestNoHandler(t *testing.T) {
	if _, err := NewServer(ServerOptions{}); err == nil {
		t.Error("a server without a handler")
	}
}
