package hep

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// ServerStats counts what a Server has seen since it began.
type ServerStats struct {
	Accepted, Active       uint64 // connections served ever and now
	RefusedMaxConns        uint64 // closed at once: too many
	RefusedMaxConnsPerAddr uint64 // closed at once: too many from that address
	AcceptErrors           uint64 // accepting failed and was tried again
	HandshakeErrors        uint64 // TLS handshakes that failed
	Packets, Bytes         uint64 // given to the handler
	// Why connections ended. Together they are Accepted less Active, less
	// HandshakeErrors.
	ClosedByPeer  uint64             // between two packets
	ClosedIdle    uint64             // IdleTimeout
	ClosedSlow    uint64             // PacketTimeout
	ClosedFraming [NumReasons]uint64 // the stream was no HEP, by Reason
	ClosedError   uint64             // the network failed
	ClosedByUs    uint64             // Serve was told to end
}

// Stats returns the counters. It may be called at any time.
func (s *Server) Stats() ServerStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Active = uint64(len(s.conns))
	return st
}

func (s *Server) count(change func(*ServerStats)) {
	s.mu.Lock()
	change(&s.stats)
	s.mu.Unlock()
}

func (s *Server) serveConn(ctx context.Context, conn net.Conn) {
	defer s.release(conn)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if t, ok := conn.(*tls.Conn); ok {
		if err := s.handshake(ctx, t); err != nil {
			s.count(func(st *ServerStats) { st.HandshakeErrors++ })
			return
		}
	}
	timed := &timedConn{conn: conn, opts: &s.opts}
	timed.reader = NewReader(timed, ReaderOptions{MaxPacketBytes: s.opts.MaxPacketBytes})
	err := s.pump(conn, timed)
	s.count(func(st *ServerStats) {
		switch reason := ReasonOf(err); {
		case ctx.Err() != nil:
			st.ClosedByUs++
		case errors.Is(err, io.EOF):
			st.ClosedByPeer++
		case errors.Is(err, os.ErrDeadlineExceeded) && timed.reader.Partial() > 0:
			st.ClosedSlow++
		case errors.Is(err, os.ErrDeadlineExceeded):
			st.ClosedIdle++
		case reason != ReasonOther:
			st.ClosedFraming[reason]++
		default:
			st.ClosedError++
		}
	})
}

func (s *Server) handshake(ctx context.Context, conn *tls.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.HandshakeTimeout)
	defer cancel()
	return conn.HandshakeContext(ctx)
}

// pump hands on batches until the connection ends, and returns why it did.
func (s *Server) pump(conn net.Conn, timed *timedConn) error {
	batch := Batch{Remote: addrPort(conn.RemoteAddr()), Local: addrPort(conn.LocalAddr())}
	for {
		first, err := timed.reader.Next()
		if err != nil {
			return err
		}
		batch.At = time.Now()
		batch.Packets = append(batch.Packets[:0], first)
		size := len(first)
		// Packets before an error are handed on before it ends the connection.
		for err == nil && timed.reader.Buffered() {
			var p []byte
			if p, err = timed.reader.Next(); err == nil {
				batch.Packets = append(batch.Packets, p)
				size += len(p)
			}
		}
		timed.began = time.Time{}
		s.count(func(st *ServerStats) {
			st.Packets += uint64(len(batch.Packets))
			st.Bytes += uint64(size)
		})
		s.handle(batch)
		if err != nil {
			return err
		}
	}
}

// timedConn gives each read its deadline: that of an idle connection, or of
// the packet that has begun.
type timedConn struct {
	conn   net.Conn
	opts   *ServerOptions
	reader *Reader
	began  time.Time // when the unfinished packet was first waited for
}

func (c *timedConn) Read(b []byte) (int, error) {
	now := time.Now()
	deadline := now.Add(c.opts.IdleTimeout)
	if c.reader.Partial() > 0 {
		if c.began.IsZero() {
			c.began = now
		}
		if d := c.began.Add(c.opts.PacketTimeout); d.Before(deadline) {
			deadline = d
		}
	}
	if err := c.conn.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	return c.conn.Read(b)
}
