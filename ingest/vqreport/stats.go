package vqreport

import "sync/atomic"

// Stats are a server's counters, all since its start but Conns.
type Stats struct {
	// Messages counts what was read: messages and datagrams, keep-alives
	// apart.
	Messages uint64
	// Malformed counts what was no SIP request and got no answer.
	Malformed uint64
	// Retransmitted counts requests sent again, which reached no handler.
	Retransmitted uint64
	// Reports counts reports that the handler took.
	Reports uint64
	// Answered counts answers by status, repetitions apart.
	Answered map[int]uint64
	// WriteErrors counts answers that could not be sent.
	WriteErrors uint64
	// Conns are the TCP connections open now, ConnsRefused those closed at
	// once for a bound, ConnsSlow those closed because a message took too
	// long.
	Conns        int
	ConnsRefused uint64
	ConnsSlow    uint64
	// Problems counts what was wrong in the reports taken, by [Flaw];
	// UnknownFields the names that the grammar lacks.
	Problems      [NumFlaws]uint64
	UnknownFields uint64
}

type counters struct {
	messages, malformed, retransmitted, reports, writeErrors atomic.Uint64
	connsRefused, connsSlow, unknown                         atomic.Uint64
	answered                                                 [700]atomic.Uint64
	problems                                                 [NumFlaws]atomic.Uint64
}

// Stats returns the counters so far.
func (s *Server) Stats() Stats {
	c := &s.counters
	out := Stats{
		Messages: c.messages.Load(), Malformed: c.malformed.Load(), Retransmitted: c.retransmitted.Load(), Reports: c.reports.Load(),
		WriteErrors: c.writeErrors.Load(), ConnsRefused: c.connsRefused.Load(), ConnsSlow: c.connsSlow.Load(), UnknownFields: c.unknown.Load(),
		Answered: make(map[int]uint64),
	}
	for status := range c.answered {
		if n := c.answered[status].Load(); n > 0 {
			out.Answered[status] = n
		}
	}
	for i := range c.problems {
		out.Problems[i] = c.problems[i].Load()
	}
	s.mu.Lock()
	out.Conns = s.conns
	s.mu.Unlock()
	return out
}

// note counts what a report that was taken had wrong.
func (c *counters) note(r *Report) {
	c.reports.Add(1)
	for _, p := range r.Problems {
		c.problems[p.Flaw].Add(1)
	}
	for _, u := range r.Unknown {
		c.unknown.Add(uint64(u.Count))
	}
}
