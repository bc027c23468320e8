package app

import (
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/schema"
)

// ListenerStatus counts what one listener took in since the process started.
type ListenerStatus struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind"`
	Transport string          `json:"transport"`
	Tenant    schema.TenantID `json:"tenant,omitempty"`
	Address   string          `json:"address"`
	// Datagrams read (HEP packets, PUBLISH requests with a report), of them
	// Replayed from the ring of an earlier process.
	Datagrams uint64 `json:"datagrams"`
	Replayed  uint64 `json:"replayed"`
	// Types counts them by what they held: rtcp, sip, quality_report,
	// keep_alive, unused.
	Types map[string]uint64 `json:"types"`
	// Reports are report blocks decoded; Rows of them were new facts,
	// Duplicates were seen before or at another tap, Quarantined are nobody's,
	// Waiting wait for the SIP of their call.
	Reports     uint64 `json:"reports"`
	Rows        uint64 `json:"rows"`
	Duplicates  uint64 `json:"duplicates"`
	Quarantined uint64 `json:"quarantined"`
	Waiting     uint64 `json:"waiting"`
	// Calls became facts.
	Calls uint64 `json:"calls"`
	// Repaired counts what agents got wrong in RTCP as JSON, by kind.
	Repaired map[string]uint64 `json:"repaired,omitempty"`
	// Refused counts what could not be used, by reason.
	Refused map[string]uint64 `json:"refused"`
	// KernelDrops were lost before we could read them: the buffer was full.
	KernelDrops   uint64 `json:"kernel_drops"`
	BufferAsked   int    `json:"buffer_asked_bytes"`
	BufferGranted int    `json:"buffer_granted_bytes"`
	// RingUsed of RingSlots datagrams are read and not yet durable.
	RingUsed  int `json:"ring_used"`
	RingSlots int `json:"ring_slots"`
	// Agents that sent HEP, in order of their ids.
	Agents []AgentStatus `json:"agents,omitempty"`
	// Connections of tcp and tls; nil over udp.
	Connections *ConnectionStatus `json:"connections,omitempty"`
	// Publish is what SIP PUBLISH was answered; nil of other kinds.
	Publish *PublishStatus `json:"publish,omitempty"`
	// HistoryRead says that the last reports of an earlier run have been read
	// back, so that every stream goes on where it was.
	HistoryRead bool `json:"history_read"`
}

// AgentStatus is what is known of one capture agent.
type AgentStatus struct {
	// CaptureID that it was given by its operator; nil is none.
	CaptureID *uint32 `json:"capture_id"`
	// Node is what it calls itself.
	Node string `json:"node,omitempty"`
	// Packets it sent, KeepAlives those without content.
	Packets    uint64 `json:"packets"`
	KeepAlives uint64 `json:"keep_alives"`
	// Seen is when it was heard of last; Late says that it was silent for three
	// of the intervals that it promised.
	Seen time.Time `json:"seen"`
	Late bool      `json:"late"`
	// ClockAheadSeconds is how far its clock was ahead of ours.
	ClockAheadSeconds float64 `json:"clock_ahead_seconds"`
}

// Name is how people know the agent.
func (a AgentStatus) Name() string {
	name := "no id"
	if a.CaptureID != nil {
		name = fmt.Sprint(*a.CaptureID)
	}
	if a.Node != "" {
		name += " " + a.Node
	}
	return name
}

// ConnectionStatus counts connections.
type ConnectionStatus struct {
	Active   uint64 `json:"active"`
	Accepted uint64 `json:"accepted,omitempty"`
	// Refused were closed at once, Closed ended, both by reason.
	Refused map[string]uint64 `json:"refused"`
	Closed  map[string]uint64 `json:"closed"`
}

// PublishStatus counts what became of SIP requests.
type PublishStatus struct {
	Messages      uint64 `json:"messages"`
	Malformed     uint64 `json:"malformed"`
	Retransmitted uint64 `json:"retransmitted"`
	// Answered by SIP status.
	Answered map[int]uint64 `json:"answered"`
	// Problems are what was sent wrongly in reports that were taken, by kind.
	Problems      map[string]uint64 `json:"problems"`
	UnknownFields uint64            `json:"unknown_fields"`
	WriteErrors   uint64            `json:"write_errors"`
}

// AttributionStatus counts whose reports were found to be.
type AttributionStatus struct {
	// Trunks in force.
	Trunks int `json:"trunks"`
	// Attributed by rule, Quarantined by reason: answers to questions, of which
	// one may serve many reports.
	Attributed  map[string]uint64 `json:"attributed"`
	Quarantined map[string]uint64 `json:"quarantined"`
	// Dialogs remembered and their memory.
	Dialogs     int `json:"dialogs"`
	DialogBytes int `json:"dialog_bytes"`
	// Evicted dialogs by the bound that was reached.
	Evicted map[string]uint64 `json:"evicted"`
	// CallsFollowed now, CallsEvicted for want of room; CallsAttributed and
	// CallsQuarantined count those that were over, each time they changed.
	CallsFollowed    int    `json:"calls_followed"`
	CallsEvicted     uint64 `json:"calls_evicted"`
	CallsAttributed  uint64 `json:"calls_attributed"`
	CallsQuarantined uint64 `json:"calls_quarantined"`
	// Waiting reports, of how many senders; WaitingFull left early for want of
	// room, QuarantineFull found none there.
	Waiting        int    `json:"waiting"`
	WaitingSenders int    `json:"waiting_senders"`
	WaitingFull    uint64 `json:"waiting_full"`
	QuarantineFull uint64 `json:"quarantine_full"`
	// Held is the file that keeps the SIP of live calls and waiting reports.
	HeldBytes      int64  `json:"held_bytes"`
	HeldMaxBytes   int64  `json:"held_max_bytes"`
	HeldDroppedSIP uint64 `json:"held_dropped_sip"`
	HeldDamaged    uint64 `json:"held_damaged"`
	HeldError      string `json:"held_error,omitempty"`
}

// status is what one listener knows of itself.
func (l *listener) status(now time.Time) ListenerStatus {
	live := l.live.Stats()
	refused := live.RefusedByReason()
	refused["journal_full"] = live.RefusedFacts
	s := ListenerStatus{
		Name: l.cfg.Name, Kind: l.cfg.Kind, Transport: l.cfg.Transport, Tenant: l.cfg.Tenant, Address: l.addr,
		Datagrams: live.Datagrams, Reports: live.Reports, Rows: live.Facts(), Duplicates: live.Duplicates,
		Quarantined: live.Quarantined, Waiting: live.Waiting(), Calls: live.Calls,
		Types: map[string]uint64{
			"rtcp": live.RTCP + live.Encrypted, "sip": live.SIP, "quality_report": live.Quality, "keep_alive": live.KeepAlives, "unused": live.Ignored,
		},
		Refused: refused, HistoryRead: l.history.Load(),
	}
	if l.cfg.Kind == config.KindHEP {
		s.Repaired = live.RepairsByKind()
	}
	for i := range live.Agents {
		agent := &live.Agents[i]
		a := AgentStatus{
			Node: agent.Node, Packets: agent.Packets, KeepAlives: agent.KeepAlives, Seen: agent.Seen, Late: agent.Late(now),
			ClockAheadSeconds: agent.ClockAhead.Seconds(),
		}
		if agent.HasCaptureID {
			a.CaptureID = &agent.CaptureID
		}
		s.Agents = append(s.Agents, a)
	}
	switch {
	case l.udp != nil:
		u := l.udp.Stats()
		refused["torn"] = u.Torn
		s.Datagrams, s.Replayed, s.KernelDrops = u.Received, u.Replayed, u.KernelDrops
		s.BufferAsked, s.BufferGranted = u.ReceiveBufferAsked, u.ReceiveBufferBytes
		s.RingUsed, s.RingSlots = u.Unreleased, u.Slots
	case l.hep != nil:
		s.Connections = hepConnections(l.hep.Stats())
	case l.vq != nil:
		s.Publish = publishStatus(l.vq.Stats(), &s)
	}
	return s
}

// hepConnections sorts a HEP server's counters by reason.
func hepConnections(h hep.ServerStats) *ConnectionStatus {
	c := &ConnectionStatus{
		Active: h.Active, Accepted: h.Accepted,
		Refused: map[string]uint64{"connections": h.RefusedMaxConns, "connections_of_address": h.RefusedMaxConnsPerAddr, "accept": h.AcceptErrors},
		Closed: map[string]uint64{
			"peer": h.ClosedByPeer, "idle": h.ClosedIdle, "slow": h.ClosedSlow, "error": h.ClosedError, "stop": h.ClosedByUs, "handshake": h.HandshakeErrors,
		},
	}
	for reason, n := range h.ClosedFraming {
		if n > 0 {
			c.Closed["framing_"+hep.Reason(reason).String()] = n
		}
	}
	return c
}

// publishStatus sorts a PUBLISH server's counters, and tells the connections
// where there are any.
func publishStatus(v vqreport.Stats, s *ListenerStatus) *PublishStatus {
	p := &PublishStatus{
		Messages: v.Messages, Malformed: v.Malformed, Retransmitted: v.Retransmitted, Answered: v.Answered,
		Problems: map[string]uint64{}, UnknownFields: v.UnknownFields, WriteErrors: v.WriteErrors,
	}
	for flaw, n := range v.Problems {
		if n > 0 {
			p.Problems[vqreport.Flaw(flaw).String()] = n
		}
	}
	if s.Transport != config.TransportUDP {
		s.Connections = &ConnectionStatus{
			Active: uint64(v.Conns), Refused: map[string]uint64{"connections": v.ConnsRefused}, Closed: map[string]uint64{"slow": v.ConnsSlow},
		}
	}
	return p
}

// attributionStatus is what the attributor knows of itself.
func (a *App) attributionStatus() *AttributionStatus {
	if a.attributor == nil {
		return nil
	}
	a.reloading.Lock()
	trunks := len(a.cfg.Trunks)
	a.reloading.Unlock()
	t := a.attributor.Stats()
	s := &AttributionStatus{
		Trunks: trunks, Attributed: t.Attributed, Quarantined: t.Quarantined,
		Dialogs: t.Dialogs.Dialogs, DialogBytes: t.Dialogs.Bytes,
		Evicted:       map[string]uint64{"trunk": t.Dialogs.EvictedTrunk, "source": t.Dialogs.EvictedSource, "memory": t.Dialogs.EvictedBytes},
		CallsFollowed: t.Calls.Calls, CallsEvicted: t.Calls.Evicted, CallsAttributed: t.CallsAttributed, CallsQuarantined: t.CallsQuarantined,
		Waiting: t.Waiting, WaitingSenders: t.WaitingSources, WaitingFull: t.WaitingFull, QuarantineFull: t.QuarantineFull,
		HeldBytes: t.Held.LiveBytes, HeldMaxBytes: t.Held.MaxBytes, HeldDroppedSIP: t.Held.DroppedSIP, HeldDamaged: t.Held.Damaged,
	}
	if t.Held.Err != nil {
		s.HeldError = t.Held.Err.Error()
	}
	return s
}

// problems say what keeps attribution from its work.
func (s *AttributionStatus) problems() []string {
	if s == nil || s.HeldError == "" {
		return nil
	}
	return []string{fmt.Sprintf("The file of waiting reports and live calls takes nothing more, a restart would lose them: %s.", s.HeldError)}
}
