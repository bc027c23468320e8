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
	for _, l := range s.Listeners {
		counter(descDatagrams, l.Datagrams, l.Name)
		counter(descReplayed, l.Replayed, l.Name)
		counter(descReports, l.Reports, l.Name)
		counter(descFacts, l.Rows, l.Name)
		counter(descDuplicates, l.Duplicates, l.Name)
		for reason, n := range l.Refused {
			counter(descRefused, n, l.Name, reason)
		}
		counter(descKernelDrops, l.KernelDrops, l.Name)
		gauge(descBuffer, float64(l.BufferGranted), l.Name)
		gauge(descBufferAsked, float64(l.BufferAsked), l.Name)
		gauge(descRing, float64(l.RingUsed), l.Name)
		gauge(descRingSlots, float64(l.RingSlots), l.Name)
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
