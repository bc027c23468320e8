package pipeline

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// AgentStats is what is known of one capture agent.
type AgentStats struct {
	// HasCaptureID tells a capture id of 0 from none.
	HasCaptureID bool
	CaptureID    uint32
	// Addr it sends from, Node what it calls itself.
	Addr netip.Addr
	Node string
	// Packets it sent, KeepAlives those without content.
	Packets, KeepAlives uint64
	// Seen is when it was heard of last, on our clock.
	Seen time.Time
	// Interval is how often it promises to be heard of; 0 promises nothing.
	Interval time.Duration
	// ClockAhead is how far the clock of its captures was ahead of ours at the
	// last one, transport included: a large one spoils round trips.
	ClockAhead time.Duration
}

// Late says that the agent was not heard of for three of its intervals.
func (a *AgentStats) Late(now time.Time) bool {
	return a.Interval > 0 && now.Sub(a.Seen) > 3*a.Interval
}

type agentKey struct {
	has  bool
	id   uint32
	addr netip.Addr
}

// maxAgents bounds how many agents a shard tells apart; the others are one
// without id and address.
const maxAgents = 1024

// heard notes that an agent lives.
func (s *shard) heard(p *hep.Packet, d *Datagram, now time.Time) {
	key := agentKey{p.HasCaptureID, p.CaptureID, d.Src.Addr()}
	a := s.agents[key]
	if a == nil {
		if len(s.agents) >= maxAgents {
			key = agentKey{}
		}
		if a = s.agents[key]; a == nil {
			a = &AgentStats{HasCaptureID: key.has, CaptureID: key.id, Addr: key.addr}
			s.agents[key] = a
		}
	}
	a.Packets++
	a.Seen = now
	if p.IsKeepAlive() {
		a.KeepAlives++
	}
	if p.KeepAliveSeconds != 0 {
		a.Interval = time.Duration(p.KeepAliveSeconds) * time.Second
	}
	if a.Node != string(p.NodeName) && len(p.NodeName) > 0 {
		a.Node = string(p.NodeName[:min(len(p.NodeName), 64)])
	}
	if !p.Time.IsZero() {
		got := d.At
		if got.IsZero() {
			got = now
		}
		a.ClockAhead = p.Time.Sub(got)
	}
}

// mergeAgents adds a shard's agents to those of others.
func mergeAgents(into map[agentKey]AgentStats, from map[agentKey]*AgentStats) {
	for key, a := range from {
		sum := into[key]
		if a.Seen.Before(sum.Seen) {
			newer := sum
			sum = *a
			sum.Seen, sum.Node, sum.Interval, sum.ClockAhead = newer.Seen, newer.Node, newer.Interval, newer.ClockAhead
			sum.Packets, sum.KeepAlives = a.Packets+newer.Packets, a.KeepAlives+newer.KeepAlives
		} else {
			packets, keepAlives := sum.Packets, sum.KeepAlives
			sum = *a
			sum.Packets, sum.KeepAlives = a.Packets+packets, a.KeepAlives+keepAlives
		}
		into[key] = sum
	}
}

// listAgents puts agents in order.
func listAgents(all map[agentKey]AgentStats) []AgentStats {
	list := make([]AgentStats, 0, len(all))
	for _, a := range all {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b AgentStats) int {
		return cmp.Or(cmp.Compare(a.CaptureID, b.CaptureID), a.Addr.Compare(b.Addr), cmp.Compare(bit(a.HasCaptureID), bit(b.HasCaptureID)))
	})
	return list
}
