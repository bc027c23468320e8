package vqreport

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ErrFull is what a [Handler] returns when it has no room: the reporter gets
// 503 with Retry-After.
var ErrFull = errors.New("no room for the report")

// Meta is how a report came.
type Meta struct {
	// Source is who sent it, Listener where it arrived.
	Source, Listener netip.AddrPort
	// Transport is "udp", "tcp" or "tls".
	Transport string
	// TargetHost, FromHost, ToHost and ContactHost are the hosts in the
	// PUBLISH, in lower case; empty if there is none. They are the
	// reporter's claim.
	TargetHost, FromHost, ToHost, ContactHost string
	// CallID is the Call-ID of the PUBLISH itself.
	CallID string
	// UserAgent is the reporter's User-Agent.
	UserAgent string
	// Body is the report as it was sent.
	Body []byte
	// Received is when the request was complete.
	Received time.Time
}

// Handler takes a report. The reporter is told "received" after it has
// returned nil, so it must return nil only when the report is durable. It is
// called from several goroutines at once. The same report may come again (a
// reporter that missed the answer asks anew): Report.ID tells.
type Handler func(ctx context.Context, r *Report, m Meta) error

// ServerOptions set a server up. The zero value of a field means the default
// stated at it.
type ServerOptions struct {
	// Handler is required.
	Handler Handler
	// MaxMessageBytes bounds a SIP message with its body. Default 64 KiB.
	MaxMessageBytes int
	// MaxConns bounds open TCP connections, MaxConnsPerHost those from one
	// address. Defaults 512 and 32.
	MaxConns, MaxConnsPerHost int
	// MaxHandlers bounds the requests over UDP that are handled at once, and
	// MaxHandlersPerHost those from one address, so that a flood leaves room
	// for others; those beyond get 503. Default 64, and a quarter of it.
	MaxHandlers, MaxHandlersPerHost int
	// MaxTransactions bounds the answers remembered for requests sent again
	// over UDP. Default 16,384.
	MaxTransactions int
	// HandlerTimeout bounds a Handler call. Default 10 s: a UDP client gives
	// up after 32 s (RFC 3261 section 17.1.2).
	HandlerTimeout time.Duration
	// MessageTimeout bounds the time from a message's first byte to its last
	// over TCP, and the writing of an answer. Default 10 s.
	MessageTimeout time.Duration
	// IdleTimeout closes a TCP connection without messages. Default 5 min.
	IdleTimeout time.Duration
	// RetryAfter is what a refused reporter is told to wait. Default 30 s.
	RetryAfter time.Duration
	// MaxExpires is the longest lifetime granted to a publication; nothing is
	// lost at its end. Default 1 h.
	MaxExpires time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

func (o ServerOptions) withDefaults() ServerOptions {
	setDefault(&o.MaxMessageBytes, 64<<10)
	setDefault(&o.MaxConns, 512)
	setDefault(&o.MaxConnsPerHost, 32)
	setDefault(&o.MaxHandlers, 64)
	setDefault(&o.MaxHandlersPerHost, max(1, o.MaxHandlers/4))
	setDefault(&o.MaxTransactions, 16_384)
	setDefault(&o.HandlerTimeout, 10*time.Second)
	setDefault(&o.MessageTimeout, 10*time.Second)
	setDefault(&o.IdleTimeout, 5*time.Minute)
	setDefault(&o.RetryAfter, 30*time.Second)
	setDefault(&o.MaxExpires, time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func setDefault[T int | time.Duration](at *T, value T) {
	if *at <= 0 {
		*at = value
	}
}

// Server is a collector of voice quality reports. Make one with NewServer, give
// it sockets with ServeUDP and ServeTCP, and Close it.
type Server struct {
	opts     ServerOptions
	parser   *sip.Parser
	etagKey  [32]byte
	done     *transactions
	counters counters

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	sockets map[io.Closer]func() // how to make each end
	hosts   map[netip.Addr]int
	conns   int
	// handlers are the UDP requests that are being handled, by host, handling
	// all of them.
	handlers map[netip.Addr]int
	handling int
}

// NewServer checks the options. Nothing is listened to yet.
func NewServer(o ServerOptions) (*Server, error) {
	if o.Handler == nil {
		return nil, errors.New("voice quality server: handler missing")
	}
	s := &Server{opts: o.withDefaults(), sockets: make(map[io.Closer]func()), hosts: make(map[netip.Addr]int), handlers: make(map[netip.Addr]int)}
	s.parser = sip.NewParser()
	s.parser.MaxMessageLength = s.opts.MaxMessageBytes
	s.done = newTransactions(s.opts.MaxTransactions)
	if _, err := rand.Read(s.etagKey[:]); err != nil {
		return nil, err
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close stops listening and reading, waits until what was read has been
// answered, and closes the sockets. If ctx is done first it cancels the
// handlers' context, closes the sockets at once and returns the error of ctx.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for _, stop := range s.sockets {
		stop()
	}
	s.mu.Unlock()
	defer s.cancel()
	idle := make(chan struct{})
	go func() { s.wg.Wait(); close(idle) }()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		for c := range s.sockets {
			_ = c.Close()
		}
		return fmt.Errorf("voice quality server: %w", ctx.Err())
	}
}

// enter registers a socket and its goroutine; false means that the server is
// closed. stop makes the goroutine leave.
func (s *Server) enter(c io.Closer, stop func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sockets[c] = stop
	s.wg.Add(1)
	return true
}

func (s *Server) leave(c io.Closer) {
	s.mu.Lock()
	delete(s.sockets, c)
	s.mu.Unlock()
	_ = c.Close()
	s.wg.Done()
}

// closing reports whether Close was called.
func (s *Server) closing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// past is a deadline that ends a read at once.
var past = time.Unix(1, 0)

// gone turns the error of a socket that Close has ended into nil.
func (s *Server) gone(err error) error {
	if s.closing() || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("voice quality listener: %w", err)
}

// addrPort reads the address of a socket; it is invalid for anything but IP.
func addrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		return plain(a.AddrPort())
	case *net.TCPAddr:
		return plain(a.AddrPort())
	}
	return netip.AddrPort{}
}

func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
