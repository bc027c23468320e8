package vqreport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ServeTCP takes reports from connections until Close, when it returns nil, or
// an error of the listener. It closes the listener. With a tls.Listener it
// speaks TLS.
func (s *Server) ServeTCP(l net.Listener) error {
	if !s.enter(l, func() { _ = l.Close() }) {
		_ = l.Close()
		return nil
	}
	defer s.leave(l)
	var pause time.Duration
	for {
		conn, err := l.Accept()
		var temporary interface{ Temporary() bool }
		switch {
		case err == nil:
			pause = 0
		case s.gone(err) == nil:
			return nil
		case errors.As(err, &temporary) && temporary.Temporary():
			// Out of descriptors: it passes when connections close.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-s.ctx.Done():
			}
			continue
		default:
			return s.gone(err)
		}
		host := addrPort(conn.RemoteAddr()).Addr()
		if !s.admit(host) {
			s.counters.connsRefused.Add(1)
			_ = conn.Close()
			continue
		}
		if !s.enter(conn, func() { _ = conn.SetReadDeadline(past) }) {
			s.dismiss(host)
			_ = conn.Close()
			return nil
		}
		go func() {
			defer s.dismiss(host)
			defer s.leave(conn)
			s.converse(conn)
		}()
	}
}

// admit counts a connection in, if there is room for it.
func (s *Server) admit(host netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns >= s.opts.MaxConns || s.hosts[host] >= s.opts.MaxConnsPerHost {
		return false
	}
	s.conns++
	s.hosts[host]++
	return true
}

func (s *Server) dismiss(host netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns--
	if s.hosts[host]--; s.hosts[host] == 0 {
		delete(s.hosts, host)
	}
}

// converse answers the messages of one connection, one after the other: a
// reporter that sends faster than its reports are taken is held back by TCP.
func (s *Server) converse(conn net.Conn) {
	stream := s.parser.NewSIPStream()
	defer stream.Close()
	m := Meta{Source: addrPort(conn.RemoteAddr()), Listener: addrPort(conn.LocalAddr()), Transport: "tcp"}
	if _, ok := conn.(*tls.Conn); ok {
		m.Transport = "tls"
	}
	buf := make([]byte, 4096)
	partial := false // a message has begun
	var pings int    // bytes of keep-alive between messages
	_ = conn.SetReadDeadline(time.Now().Add(s.opts.IdleTimeout))
	for !s.closing() { // after the deadline, which Close replaces
		n, err := conn.Read(buf)
		if err != nil {
			if partial && errors.Is(err, os.ErrDeadlineExceeded) {
				s.counters.connsSlow.Add(1)
			}
			return
		}
		data := buf[:n]
		if !partial {
			// Line ends between messages: a keep-alive wants a pong (RFC 5626
			// section 3.5.1), others are passed over.
			rest := bytes.TrimLeft(data, "\r\n")
			if pings += len(data) - len(rest); len(rest) == 0 {
				if pings >= 4 {
					pings = 0
					if !s.write(conn, []byte("\r\n")) {
						return
					}
				}
				_ = conn.SetReadDeadline(time.Now().Add(s.opts.IdleTimeout))
				continue
			}
			data, partial, pings = rest, true, 0
			_ = conn.SetReadDeadline(time.Now().Add(s.opts.MessageTimeout))
		}
		_, _ = stream.Write(data) // to memory: never fails
		var ok bool
		if partial, ok = s.messages(conn, stream, m); !ok {
			return
		}
		if !partial {
			_ = conn.SetReadDeadline(time.Now().Add(s.opts.IdleTimeout))
		}
	}
}

// messages answers the whole messages in the stream. partial says that another
// one has begun; ok is false when the connection is to be closed.
func (s *Server) messages(conn net.Conn, stream *sip.ParserStream, m Meta) (partial, ok bool) {
	for answered := false; ; answered = true {
		// Line ends before a message are no message.
		pending := stream.Buffer()
		if answered {
			for pending.Len() > 0 && (pending.Bytes()[0] == '\r' || pending.Bytes()[0] == '\n') {
				pending.Next(1)
			}
			if pending.Len() == 0 {
				return false, true
			}
			_ = conn.SetReadDeadline(time.Now().Add(s.opts.MessageTimeout))
		}
		msg, _, err := stream.ParseNext()
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return true, true
		}
		s.counters.messages.Add(1)
		req, isRequest := msg.(*sip.Request)
		if !isRequest || req == nil || !complete(req) {
			s.counters.malformed.Add(1)
			if err == nil {
				continue
			}
			return false, false
		}
		req.SetTransport("TCP")
		req.SetSource(m.Source.String())
		if err != nil {
			// Where the next message begins is unknown.
			status := 400
			if errors.Is(err, sip.ErrMessageTooLarge) {
				status = 413
			}
			s.write(conn, []byte(s.respond(req, refusal(status)).String()))
			return false, false
		}
		if req.IsAck() {
			continue
		}
		m.Received = s.opts.Now()
		if !s.write(conn, []byte(s.respond(req, s.process(req, meta(req, m))).String())) {
			return false, false
		}
	}
}

// write sends an answer; a reporter that does not read it is cut off.
func (s *Server) write(conn net.Conn, text []byte) bool {
	_ = conn.SetWriteDeadline(time.Now().Add(s.opts.MessageTimeout))
	if _, err := conn.Write(text); err != nil {
		s.counters.writeErrors.Add(1)
		return false
	}
	return true
}
