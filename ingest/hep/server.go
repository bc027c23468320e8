package hep

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// ServerOptions bounds what connections may cost. A connection costs one
// goroutine and a buffer of at most MaxPacketBytes (at least 16 KiB).
type ServerOptions struct {
	// MaxConns is how many connections are served at once; a further one is
	// closed as soon as it is accepted. Default 256.
	MaxConns int
	// MaxConnsPerAddr is how many of them may come from one IP address, so
	// that one agent that never closes cannot shut out the rest. Default 64.
	MaxConnsPerAddr int
	// MaxPacketBytes is the longest packet taken. Default and maximum 65535.
	MaxPacketBytes int
	// IdleTimeout closes a connection that sends nothing. Default 15 minutes.
	IdleTimeout time.Duration
	// PacketTimeout closes a connection that does not finish a packet it has
	// begun. Default 30 s.
	PacketTimeout time.Duration
	// HandshakeTimeout is how long a TLS handshake may take. Default 10 s.
	HandshakeTimeout time.Duration
}

func (o *ServerOptions) setDefaults() {
	setDefault(&o.MaxConns, 256)
	setDefault(&o.MaxConnsPerAddr, 64)
	setDefault(&o.IdleTimeout, 15*time.Minute)
	setDefault(&o.PacketTimeout, 30*time.Second)
	setDefault(&o.HandshakeTimeout, 10*time.Second)
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// Batch is the packets that one read of one connection completed.
type Batch struct {
	// Remote and Local are the connection's ends: agent and listener.
	Remote, Local netip.AddrPort
	// At is when they had been read.
	At time.Time
	// Packets are whole HEP packets, in order, at least one. They are good
	// until the handler returns.
	Packets [][]byte
}

// Server receives HEP over TCP and TLS. The handler is called from one
// goroutine per connection, so for several connections at once. While it
// works, its connection is not read: TCP itself then slows the agent down, and
// nothing is dropped here.
type Server struct {
	opts   ServerOptions
	handle func(Batch)

	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	perAddr map[netip.Addr]int
	stats   ServerStats
}

// NewServer returns a Server that gives every batch to handle.
func NewServer(opts ServerOptions, handle func(Batch)) *Server {
	opts.setDefaults()
	return &Server{
		opts:    opts,
		handle:  handle,
		conns:   make(map[net.Conn]struct{}),
		perAddr: make(map[netip.Addr]int),
	}
}

// Serve accepts connections from ln until ctx is done; then it closes ln and
// its connections, waits for the handler to return and returns nil. It may run
// for several listeners at once, which share the limits. An error means that
// ln failed for good; ln is closed then too. A passing failure to accept (out
// of file descriptors) is counted and tried again.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { ln.Close() })
	defer stop()
	defer ln.Close()
	var serving sync.WaitGroup
	defer serving.Wait()
	defer cancel() // before the wait: it is what closes the connections

	const firstPause, longestPause = 5 * time.Millisecond, time.Second
	pause := firstPause
	for {
		conn, err := ln.Accept()
		if err == nil {
			pause = firstPause
			if s.admit(conn) {
				serving.Go(func() { s.serveConn(ctx, conn) })
			}
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("accept: %w", err)
		}
		s.count(func(st *ServerStats) { st.AcceptErrors++ })
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		pause = min(2*pause, longestPause)
	}
}

// admit notes the connection, or closes it if a limit is reached.
func (s *Server) admit(conn net.Conn) bool {
	addr := addrPort(conn.RemoteAddr()).Addr()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.conns) >= s.opts.MaxConns:
		s.stats.RefusedMaxConns++
	case s.perAddr[addr] >= s.opts.MaxConnsPerAddr:
		s.stats.RefusedMaxConnsPerAddr++
	default:
		s.stats.Accepted++
		s.conns[conn] = struct{}{}
		s.perAddr[addr]++
		return true
	}
	conn.Close()
	return false
}

// release forgets the connection and then closes it: once the agent sees the
// end, its place is free.
func (s *Server) release(conn net.Conn) {
	defer conn.Close()
	addr := addrPort(conn.RemoteAddr()).Addr()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
	if s.perAddr[addr]--; s.perAddr[addr] <= 0 {
		delete(s.perAddr, addr)
	}
}

// addrPort returns the address of a TCP end; others are the zero AddrPort.
func addrPort(a net.Addr) netip.AddrPort {
	if tcp, ok := a.(*net.TCPAddr); ok {
		ap := tcp.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	return netip.AddrPort{}
}
