package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// collector turns a Status into metrics at each scrape, so that a metric and
// the status page can never disagree.
type collector struct {
	app *App
}

func newCollector(app *App) prometheus.Collector { return collector{app} }

// registerRuntime adds Go's and the process's own metrics.
func registerRuntime(r *prometheus.Registry) {
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("trunkline_"+name, help, labels, nil)
}

var (
	descUp            = desc("ready", "1 while nothing keeps the process from its work, else 0.")
	descDatagrams     = desc("listener_datagrams_total", "Datagrams read, replayed ones included.", "listener")
	descReplayed      = desc("listener_replayed_total", "Datagrams read by an earlier process and replayed from its ring.", "listener")
	descReports       = desc("listener_reports_total", "Report blocks decoded.", "listener")
	descFacts         = desc("listener_facts_total", "Report blocks that became a fact.", "listener")
	descDuplicates    = desc("listener_duplicates_total", "Report blocks that were seen before or at another tap.", "listener")
	descRefused       = desc("listener_refused_total", "What could not be used, by reason.", "listener", "reason")
	descKernelDrops   = desc("listener_kernel_drops_total", "Datagrams that the kernel dropped because the buffer was full.", "listener")
	descBuffer        = desc("listener_buffer_bytes", "Receive buffer granted by the kernel.", "listener")
	descBufferAsked   = desc("listener_buffer_asked_bytes", "Receive buffer asked of the kernel.", "listener")
	descRing          = desc("listener_ring_used", "Datagrams read and not yet durable.", "listener")
	descRingSlots     = desc("listener_ring_slots", "Datagrams that may be read and not yet durable.", "listener")
	descTypes         = desc("listener_packets_total", "What was read, by what it held.", "listener", "type")
	descQuarantined   = desc("listener_quarantined_total", "Reports that nobody owns.", "listener")
	descWaiting       = desc("listener_waiting", "Reports that wait for the SIP of their call.", "listener")
	descCalls         = desc("listener_calls_total", "Calls that became a fact.", "listener")
	descRepaired      = desc("listener_repaired_total", "What capture agents got wrong in RTCP as JSON, by kind.", "listener", "kind")
	descAgentPackets  = desc("agent_packets_total", "HEP packets of a capture agent.", "listener", "agent")
	descAgentSeen     = desc("agent_last_seen_seconds", "When a capture agent was heard of last, as a Unix time.", "listener", "agent")
	descAgentAhead    = desc("agent_clock_ahead_seconds", "How far the clock of a capture agent was ahead of ours.", "listener", "agent")
	descConns         = desc("listener_connections", "Connections open now.", "listener")
	descConnsRefused  = desc("listener_connections_refused_total", "Connections closed at once, by reason.", "listener", "reason")
	descConnsClosed   = desc("listener_connections_closed_total", "Connections that ended, by reason.", "listener", "reason")
	descAnswered      = desc("listener_sip_answers_total", "Answers to SIP requests, by status.", "listener", "status")
	descRetransmitted = desc("listener_sip_retransmitted_total", "SIP requests that came again.", "listener")
	descProblems      = desc("listener_report_problems_total", "What was sent wrongly in quality reports that were taken, by kind.", "listener", "kind")
	descAttributed    = desc("attribution_attributed_total", "Answers that named a tenant, by rule.", "rule")
	descNobodys       = desc("attribution_quarantined_total", "Answers that named none, by reason.", "reason")
	descDialogs       = desc("attribution_dialogs", "Dialogs remembered now.")
	descDialogBytes   = desc("attribution_dialog_bytes", "Memory of the dialogs, as estimated.")
	descEvicted       = desc("attribution_evicted_total", "Dialogs forgotten early, by the bound that was reached.", "bound")
	descFollowed      = desc("attribution_calls_followed", "Calls followed now.")
	descCallsEvicted  = desc("attribution_calls_evicted_total", "Calls that a bound ended.")
	descWaitingAll    = desc("attribution_waiting", "Reports that wait for their SIP, of all listeners.")
	descWaitingFull   = desc("attribution_waiting_full_total", "Reports that left early for want of room.")
	descHeldBytes     = desc("attribution_held_bytes", "Size of the live part of the held log.")
	descHeldDropped   = desc("attribution_held_dropped_total", "SIP messages dropped from the held log at its limit.")
	descHeldDamaged   = desc("attribution_held_damaged_total", "Records of the held log that could not be read.")
	descStreams       = desc("streams", "Media streams followed now.")
	descStreamsLimit  = desc("streams_limit", "Media streams followed at most.")
	descStreamsOver   = desc("streams_refused_total", "Report blocks of streams beyond the limit.")
	descJournalFiles  = desc("journal_files", "Batches durable and not yet stored.")
	descJournalBytes  = desc("journal_bytes", "Size of the journal.")
	descJournalMax    = desc("journal_max_bytes", "Size at which new input is refused.")
	descJournalAge    = desc("journal_oldest_seconds", "Age of the oldest batch that is not stored.")
	descDead          = desc("journal_dead_letters", "Batches that the store refused for good, or that were damaged.")
	descJournalRefuse = desc("journal_refused_rows_total", "Rows refused because the journal was full.")
	descSinkRows      = desc("sink_rows_total", "Rows stored.")
	descSinkBatches   = desc("sink_batches_total", "Batches stored.")
	descSinkRetries   = desc("sink_retries_total", "Attempts that failed and were tried again.")
	descRollPending   = desc("rollup_pending_minutes", "Minutes touched by facts and not yet recomputed.")
	descRolled        = desc("rollup_recomputed_total", "Minutes recomputed.")
)

// Describe implements prometheus.Collector: the metrics are checked when they
// are collected.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	s := c.app.Status()
	ready := 1.0
	if len(s.Problems) > 0 {
		ready = 0
	}
	gauge(descUp, ready)
	for i := range s.Listeners {
		listenerMetrics(&s.Listeners[i], counter, gauge)
	}
	if t := s.Attribution; t != nil {
		attributionMetrics(t, counter, gauge)
	}
	gauge(descStreams, float64(s.Streams.Tracked))
	gauge(descStreamsLimit, float64(s.Streams.Limit))
	counter(descStreamsOver, s.Streams.Refused)
	gauge(descJournalFiles, float64(s.Journal.Files))
	gauge(descJournalBytes, float64(s.Journal.Bytes))
	gauge(descJournalMax, float64(s.Journal.MaxBytes))
	gauge(descJournalAge, s.Journal.OldestSeconds)
	gauge(descDead, float64(s.Journal.DeadLetters))
	counter(descJournalRefuse, s.Journal.RefusedRows)
	counter(descSinkRows, s.Sink.Rows)
	counter(descSinkBatches, s.Sink.Batches)
	counter(descSinkRetries, s.Sink.Retries)
	gauge(descRollPending, float64(s.Rollups.PendingMinutes))
	counter(descRolled, s.Rollups.Recomputed)
}
