package vqreport

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// ServeUDP takes reports from a socket until Close, when it returns nil, or an
// error of the socket. It closes the socket.
func (s *Server) ServeUDP(conn net.PacketConn) error {
	if !s.enter(conn, func() { _ = conn.SetReadDeadline(past) }) {
		_ = conn.Close()
		return nil
	}
	defer s.leave(conn)
	var pending sync.WaitGroup // answers that are to go out by this socket
	defer pending.Wait()
	listener := addrPort(conn.LocalAddr())
	// One byte more than the limit tells a datagram that is too long.
	buf := make([]byte, min(s.opts.MaxMessageBytes, 65535)+1)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return s.gone(err)
		}
		if strings.Trim(string(buf[:min(n, 4)]), "\r\n\x00") == "" && n <= 4 {
			continue // keep-alive (RFC 5626 section 4.4)
		}
		s.counters.messages.Add(1)
		s.datagram(conn, &pending, buf[:n], from, listener)
	}
}

// datagram answers one datagram, or has it answered by a goroutine. What it
// keeps of data is copied: sipgo's messages are strings and copies.
func (s *Server) datagram(conn net.PacketConn, pending *sync.WaitGroup, data []byte, from net.Addr, listener netip.AddrPort) {
	req, status := s.request(data)
	if req == nil {
		s.counters.malformed.Add(1)
		return
	}
	source := addrPort(from)
	req.SetTransport("UDP")
	req.SetSource(source.String())
	to := replyTo(req, source)
	if status != 0 {
		s.send(conn, []byte(s.respond(req, refusal(status)).String()), to)
		return
	}
	if req.IsAck() {
		return
	}
	now := s.opts.Now()
	key := keyOf(req, source)
	fresh, again := s.done.begin(key, now)
	if !fresh {
		s.counters.retransmitted.Add(1)
		if again != nil {
			s.send(conn, again, to)
		}
		return
	}
	if !s.takeHandler(source.Addr()) {
		s.done.abandon(key)
		s.send(conn, []byte(s.respond(req, s.busy()).String()), to)
		return
	}
	pending.Add(1)
	go func() {
		defer pending.Done()
		defer s.giveHandler(source.Addr())
		res := s.respond(req, s.process(req, meta(req, Meta{Source: source, Listener: listener, Transport: "udp", Received: now})))
		text := []byte(res.String())
		s.done.end(key, text)
		s.send(conn, text, to)
	}()
}

// takeHandler lets a request of a host be handled, if there are not too many.
func (s *Server) takeHandler(host netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.handling >= s.opts.MaxHandlers || s.handlers[host] >= s.opts.MaxHandlersPerHost {
		return false
	}
	s.handling++
	s.handlers[host]++
	return true
}

// giveHandler says that the request has been answered.
func (s *Server) giveHandler(host netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handling--
	if s.handlers[host]--; s.handlers[host] == 0 {
		delete(s.handlers, host)
	}
}

func (s *Server) send(conn net.PacketConn, text []byte, to netip.AddrPort) {
	if _, err := conn.WriteTo(text, net.UDPAddrFromAddrPort(to)); err != nil {
		s.counters.writeErrors.Add(1)
	}
}

// request reads a message. It is nil if there is none that could be answered;
// status is not 0 if the answer is a refusal.
func (s *Server) request(data []byte) (req *sip.Request, status int) {
	long := len(data) > s.opts.MaxMessageBytes
	if long {
		data = data[:s.opts.MaxMessageBytes]
	}
	msg, err := s.parser.ParseSIP(data)
	req, ok := msg.(*sip.Request)
	if !ok || req == nil || !complete(req) {
		return nil, 0
	}
	switch {
	case long || errors.Is(err, sip.ErrMessageTooLarge):
		return req, 413
	case err != nil:
		return req, 400
	}
	return req, 0
}

// refusal is the answer to a request that could not be read to its end.
func refusal(status int) answer {
	if status == 413 {
		return say(413, "Request Entity Too Large")
	}
	return say(400, "Bad Request")
}

// replyTo is where an answer over UDP goes: to the source's port if the client
// asks for that (RFC 3581), else to the port it names (RFC 3261 section
// 18.2.2). The address is always the source's.
func replyTo(r *sip.Request, source netip.AddrPort) netip.AddrPort {
	via := r.Via()
	if via.Params.Has("rport") {
		return source
	}
	if via.Host != source.Addr().String() {
		via.Params.Add("received", source.Addr().String())
	}
	port := uint16(5060)
	if via.Port > 0 && via.Port <= 65535 {
		port = uint16(via.Port)
	}
	return netip.AddrPortFrom(source.Addr(), port)
}
