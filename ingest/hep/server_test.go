package hep_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// patience is how long a test waits for what must happen.
const patience = 20 * time.Second

// serving is a Server on a loopback listener.
type serving struct {
	*hep.Server
	addr    string
	packets chan []byte // copies of what the handler was given
	batched atomic.Bool // some batch had more than one
	stop    func() error
}

func serve(t *testing.T, opts hep.ServerOptions, wrap func(net.Listener) net.Listener) *serving {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &serving{addr: ln.Addr().String(), packets: make(chan []byte, 10_000)}
	if wrap != nil {
		ln = wrap(ln)
	}
	s.Server = hep.NewServer(opts, func(b hep.Batch) {
		if !b.Remote.IsValid() || b.Local.String() != s.addr || b.At.IsZero() || len(b.Packets) == 0 {
			t.Errorf("batch %+v", b)
		}
		if len(b.Packets) > 1 {
			s.batched.Store(true)
		}
		for _, p := range b.Packets {
			s.packets <- bytes.Clone(p)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	s.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			return errors.New("Serve does not end")
		}
	})
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// waitClosed waits until the server has closed the connection.
func waitClosed(t *testing.T, c net.Conn) {
	t.Helper()
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the connection is still open: %v", err)
	}
}

// receive waits for n packets.
func (s *serving) receive(t *testing.T, n int) (got [][]byte) {
	t.Helper()
	late := time.After(patience)
	for len(got) < n {
		select {
		case p := <-s.packets:
			got = append(got, p)
		case <-late:
			t.Fatalf("got %d packets of %d", len(got), n)
		}
	}
	return got
}

func TestServer(t *testing.T) {
	s := serve(t, hep.ServerOptions{}, nil)
	one := first(t)
	const conns, each = 8, 50
	var writers sync.WaitGroup
	for range conns {
		c := dial(t, s.addr)
		writers.Go(func() {
			if _, err := c.Write(bytes.Repeat(one, each)); err != nil {
				t.Error(err)
			}
			c.(*net.TCPConn).CloseWrite()
			waitClosed(t, c)
		})
	}
	for _, p := range s.receive(t, conns*each) {
		if !bytes.Equal(p, one) {
			t.Fatalf("got %x", p)
		}
	}
	writers.Wait()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if !s.batched.Load() {
		t.Error("no batch had two packets, though 50 were written at once")
	}
	st := s.Stats()
	if st.Accepted != conns || st.ClosedByPeer != conns || st.Packets != conns*each || st.Bytes != uint64(conns*each*len(one)) || st.Active != 0 {
		t.Errorf("stats %+v", st)
	}
}

// TestServerFraming: what comes before a framing error counts, and the error
// closes that connection only.
func TestServerFraming(t *testing.T) {
	s := serve(t, hep.ServerOptions{}, nil)
	bystander := dial(t, s.addr)
	one := first(t)
	bad := dial(t, s.addr)
	if _, err := bad.Write(append(bytes.Repeat(one, 2), "GET / HTTP/1.1\r\n\r\n"...)); err != nil {
		t.Fatal(err)
	}
	s.receive(t, 2)
	waitClosed(t, bad)
	if _, err := bystander.Write(one); err != nil {
		t.Fatal(err)
	}
	s.receive(t, 1)
	bystander.Close()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.ClosedFraming[hep.ReasonNotHEP] != 1 || st.Packets != 3 {
		t.Errorf("stats %+v", st)
	}
}

func TestServerTimeouts(t *testing.T) {
	s := serve(t, hep.ServerOptions{IdleTimeout: 20 * time.Millisecond}, nil)
	waitClosed(t, dial(t, s.addr))
	s.stop()
	if st := s.Stats(); st.ClosedIdle != 1 {
		t.Errorf("idle: stats %+v", st)
	}

	s = serve(t, hep.ServerOptions{PacketTimeout: 50 * time.Millisecond}, nil)
	slow := dial(t, s.addr)
	// Bytes that trickle in must not put the deadline off.
	for _, ch := range first(t) {
		if _, err := slow.Write([]byte{ch}); err != nil {
			break
		}
		slow.SetReadDeadline(time.Now().Add(2 * time.Millisecond))
		if _, err := slow.Read(make([]byte, 1)); errors.Is(err, io.EOF) {
			break
		}
	}
	slow.SetReadDeadline(time.Now().Add(patience))
	waitClosed(t, slow)
	s.stop()
	if st := s.Stats(); st.ClosedSlow != 1 || st.Packets != 0 {
		t.Errorf("slow: stats %+v", st)
	}
}

func TestServerLimits(t *testing.T) {
	s := serve(t, hep.ServerOptions{MaxConns: 1}, nil)
	one := first(t)
	c := dial(t, s.addr)
	c.Write(one)
	s.receive(t, 1)
	waitClosed(t, dial(t, s.addr))
	// The place is free again once the first has gone.
	c.(*net.TCPConn).CloseWrite()
	waitClosed(t, c)
	c = dial(t, s.addr)
	c.Write(one)
	s.receive(t, 1)
	s.stop()
	if st := s.Stats(); st.RefusedMaxConns != 1 || st.Accepted != 2 || st.Packets != 2 || st.ClosedByUs != 1 {
		t.Errorf("stats %+v", st)
	}

	s = serve(t, hep.ServerOptions{MaxConnsPerAddr: 1}, nil)
	c = dial(t, s.addr)
	c.Write(one)
	s.receive(t, 1)
	waitClosed(t, dial(t, s.addr))
	s.stop()
	if st := s.Stats(); st.RefusedMaxConnsPerAddr != 1 || st.Accepted != 1 {
		t.Errorf("stats %+v", st)
	}
}

// TestServerSlowHandler: a handler that does not return stops the agent, and
// loses nothing.
func TestServerSlowHandler(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	goOn := make(chan struct{})
	var mu sync.Mutex
	handled := 0
	s := hep.NewServer(hep.ServerOptions{}, func(b hep.Batch) {
		<-goOn
		mu.Lock()
		handled += len(b.Packets)
		mu.Unlock()
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()

	c := dial(t, ln.Addr().String())
	chunkOf := bytes.Repeat(first(t), 1000)
	sent, stuck := 0, false
	for range 200 { // 114 MB at most, far beyond what sockets buffer
		c.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		n, err := c.Write(chunkOf)
		sent += n
		if err != nil {
			stuck = true
			break
		}
	}
	if !stuck {
		t.Fatal("the agent was never slowed down")
	}
	close(goOn)
	c.SetWriteDeadline(time.Now().Add(patience))
	rest := len(first(t)) - sent%len(first(t))
	if _, err := c.Write(chunkOf[sent%len(first(t)):][:rest]); err != nil {
		t.Fatal(err)
	}
	sent += rest
	c.(*net.TCPConn).CloseWrite()
	waitClosed(t, c)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if want := sent / len(first(t)); handled != want {
		t.Errorf("handled %d packets of %d", handled, want)
	}
}

func TestServerTLS(t *testing.T) {
	cert, pool := certificate(t)
	s := serve(t, hep.ServerOptions{HandshakeTimeout: 200 * time.Millisecond}, func(ln net.Listener) net.Listener {
		return tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	})
	c, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: pool, ServerName: "hep.example"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	one := first(t)
	if _, err := c.Write(bytes.Repeat(one, 3)); err != nil {
		t.Fatal(err)
	}
	s.receive(t, 3)
	plain := dial(t, s.addr) // says nothing: the handshake times out
	waitClosed(t, plain)
	c.Close()
	s.stop()
	if st := s.Stats(); st.HandshakeErrors != 1 || st.Packets != 3 || st.Accepted != 2 {
		t.Errorf("stats %+v", st)
	}
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"hep.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// failing is a listener that has passing failures before it works.
type failing struct {
	net.Listener
	left int
}

func (f *failing) Accept() (net.Conn, error) {
	if f.left > 0 {
		f.left--
		return nil, errors.New("too many open files")
	}
	return f.Listener.Accept()
}

func TestServerAcceptErrors(t *testing.T) {
	s := serve(t, hep.ServerOptions{}, func(ln net.Listener) net.Listener { return &failing{ln, 3} })
	dial(t, s.addr).Write(first(t))
	s.receive(t, 1)
	s.stop()
	if st := s.Stats(); st.AcceptErrors != 3 {
		t.Errorf("stats %+v", st)
	}

	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	err = hep.NewServer(hep.ServerOptions{}, func(hep.Batch) {}).Serve(t.Context(), ln)
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("a listener closed by others: %v", err)
	}
}
