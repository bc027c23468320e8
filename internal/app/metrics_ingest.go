package app

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

type (
	counterFunc = func(d *prometheus.Desc, v uint64, labels ...string)
	gaugeFunc   = func(d *prometheus.Desc, v float64, labels ...string)
)

// listenerMetrics writes one listener's.
func listenerMetrics(l *ListenerStatus, counter counterFunc, gauge gaugeFunc) {
	counter(descDatagrams, l.Datagrams, l.Name)
	counter(descReplayed, l.Replayed, l.Name)
	for kind, n := range l.Types {
		counter(descTypes, n, l.Name, kind)
	}
	counter(descReports, l.Reports, l.Name)
	counter(descFacts, l.Rows, l.Name)
	counter(descDuplicates, l.Duplicates, l.Name)
	counter(descQuarantined, l.Quarantined, l.Name)
	gauge(descWaiting, float64(l.Waiting), l.Name)
	counter(descCalls, l.Calls, l.Name)
	for reason, n := range l.Refused {
		counter(descRefused, n, l.Name, reason)
	}
	for kind, n := range l.Repaired {
		counter(descRepaired, n, l.Name, kind)
	}
	agentMetrics(l, counter, gauge)
	if l.RingSlots > 0 {
		counter(descKernelDrops, l.KernelDrops, l.Name)
		gauge(descBuffer, float64(l.BufferGranted), l.Name)
		gauge(descBufferAsked, float64(l.BufferAsked), l.Name)
		gauge(descRing, float64(l.RingUsed), l.Name)
		gauge(descRingSlots, float64(l.RingSlots), l.Name)
	}
	if c := l.Connections; c != nil {
		gauge(descConns, float64(c.Active), l.Name)
		for reason, n := range c.Refused {
			counter(descConnsRefused, n, l.Name, reason)
		}
		for reason, n := range c.Closed {
			counter(descConnsClosed, n, l.Name, reason)
		}
	}
	if p := l.Publish; p != nil {
		for status, n := range p.Answered {
			counter(descAnswered, n, l.Name, strconv.Itoa(status))
		}
		counter(descRetransmitted, p.Retransmitted, l.Name)
		for kind, n := range p.Problems {
			counter(descProblems, n, l.Name, kind)
		}
	}
}

// agentMetrics writes those of capture agents, by their ids. Agents that share
// an id are one.
func agentMetrics(l *ListenerStatus, counter counterFunc, gauge gaugeFunc) {
	merged := map[string]AgentStatus{}
	for _, a := range l.Agents {
		id := ""
		if a.CaptureID != nil {
			id = strconv.FormatUint(uint64(*a.CaptureID), 10)
		}
		before := merged[id]
		a.Packets += before.Packets
		if before.Seen.After(a.Seen) {
			a.Seen, a.ClockAheadSeconds = before.Seen, before.ClockAheadSeconds
		}
		merged[id] = a
	}
	for id, a := range merged {
		counter(descAgentPackets, a.Packets, l.Name, id)
		gauge(descAgentSeen, float64(a.Seen.Unix()), l.Name, id)
		gauge(descAgentAhead, a.ClockAheadSeconds, l.Name, id)
	}
}

// attributionMetrics writes those of attribution.
func attributionMetrics(t *AttributionStatus, counter counterFunc, gauge gaugeFunc) {
	for rule, n := range t.Attributed {
		counter(descAttributed, n, rule)
	}
	for reason, n := range t.Quarantined {
		counter(descNobodys, n, reason)
	}
	gauge(descDialogs, float64(t.Dialogs))
	gauge(descDialogBytes, float64(t.DialogBytes))
	for bound, n := range t.Evicted {
		counter(descEvicted, n, bound)
	}
	gauge(descFollowed, float64(t.CallsFollowed))
	counter(descCallsEvicted, t.CallsEvicted)
	gauge(descWaitingAll, float64(t.Waiting))
	counter(descWaitingFull, t.WaitingFull)
	gauge(descHeldBytes, float64(t.HeldBytes))
	counter(descHeldDropped, t.HeldDroppedSIP)
	counter(descHeldDamaged, t.HeldDamaged)
}
