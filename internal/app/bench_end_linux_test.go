package app_test

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
)

// BenchmarkHEPEndToEnd sends HEP at 20,000 packets a second for a minute
// (TRUNKLINE_BENCH_RATE, TRUNKLINE_BENCH_SECONDS, TRUNKLINE_BENCH_STREAMS) and
// waits until all of it is in the embedded engine. It fails if the kernel drops
// a packet, or if ledger and table do not have each that was sent. Then it
// sends faster and faster, until something is dropped, and reports the last
// rate before.
func BenchmarkHEPEndToEnd(b *testing.B) {
	for b.Loop() {
		endToEnd(b)
	}
}

func endToEnd(b *testing.B) {
	streams, rate, seconds := fromEnv(b, "TRUNKLINE_BENCH_STREAMS", 5000), benchRate(b), benchSeconds(b, 60)
	engine := 0
	if os.Getenv(chtest.ServerEnv) == "" {
		engine = chtest.Engine(b).PID()
	}
	cfg := hepLoadConfig(configure(b, "ingest.commit_interval=500ms", "rollups.interval=5s", "rollups.grace=10s"), streams, false)
	// Room for 1.6 s, should a disk that has all the rest to do be slow to sync
	// for as long; the defaults have 0.4 s.
	cfg.Listeners[0].RingSlots, cfg.Listeners[0].MaxDatagram = 32_768, 16<<10
	if err := app.Migrate(b.Context(), cfg); err != nil {
		b.Fatal(err)
	}
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(config.Log{Level: "warn"}, b.Output())})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Start(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := a.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	s := startSender(b, loadOrder{Target: a.Addrs().Listeners["hep"], Streams: streams, CaptureID: 2001})
	s.send(func(o *loadOrder) { o.SIP = true })
	sent := s.send(func(o *loadOrder) { o.Reports, o.Rate = 2*streams, min(rate, 10_000) })
	stored(b, a, sent)

	// The load itself.
	end := profile(b)
	own, theirs := ownCPU(b), cpuOf(engine)
	s.begin(func(o *loadOrder) { o.Reports, o.Rate = rate*seconds, rate })
	more := s.done()
	sent += more
	ended := time.Now()
	until(b, "the last row in the journal", time.Minute, func() bool { l := a.Intake(0); return l.Rows+l.KernelDrops >= sent })
	backlog := a.JournalBytes()
	stored(b, a, sent)
	drain, l := time.Since(ended), a.Intake(0)
	own, theirs = ownCPU(b)-own, cpuOf(engine)-theirs

	end()
	ledger, rows := a.Ledger("hep"), reportsStored(b, cfg)
	b.Logf("%d packets: app %.1f us each, engine %.1f; peak MB %.0f and %.0f; backlog %.1f MB, stored after %.2f s; load %.1f; %d dropped",
		more, micros(own, more), micros(theirs, more), peakMB(os.Getpid()), peakMB(engine), float64(backlog)/1e6, drain.Seconds(), machineLoad(), l.KernelDrops)
	if l.KernelDrops != 0 || l.Quarantined != 0 || ledger.Rows != sent || ledger.Reports != sent || rows != sent {
		b.Errorf("%d sent, %d dropped by the kernel; the ledger has %d reports, %d rows; the table %d", sent, l.KernelDrops, ledger.Reports, ledger.Rows, rows)
	}
	b.ReportMetric(micros(own, more), "us/packet-app")
	b.ReportMetric(micros(theirs, more), "us/packet-engine")
	b.ReportMetric(peakMB(os.Getpid()), "peak-MB-app")
	b.ReportMetric(peakMB(engine), "peak-MB-engine")
	b.ReportMetric(float64(more), "packets")
	b.ReportMetric(float64(l.KernelDrops), "drops")
	b.ReportMetric(float64(backlog)/1e6, "backlog-MB")
	b.ReportMetric(drain.Seconds(), "drain-s")
	b.ReportMetric(machineLoad(), "load")
	b.ReportMetric(flatOut(b, a, s, rate), "flat-out/s")
	b.ReportMetric(0, "ns/op") // says nothing here
}

// stored waits until the store has all reports up to one.
func stored(b *testing.B, a *app.App, sent uint64) {
	b.Helper()
	until(b, "the last row in the journal", time.Minute, func() bool { l := a.Intake(0); return l.Rows+l.Quarantined+l.KernelDrops >= sent })
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		b.Fatal(err)
	}
}

// reportsStored is how many reports the table has.
func reportsStored(b *testing.B, cfg config.Config) (rows uint64) {
	b.Helper()
	c, err := app.OpenStore(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	err = c.Query(b.Context(), "SELECT toString(count()) FROM media_reports FINAL", nil, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		rows, err = strconv.ParseUint(text, 10, 64)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// flatOut raises the rate by a quarter every few seconds until the kernel drops
// a packet, or the sender cannot send faster.
func flatOut(b *testing.B, a *app.App, s *sender, rate int) float64 {
	b.Helper()
	const seconds = 4
	best := 0.0
	for {
		drops, begin := a.Intake(0).KernelDrops, time.Now()
		n := s.send(func(o *loadOrder) { o.Reports, o.Rate = rate*seconds, rate })
		achieved := float64(n) / time.Since(begin).Seconds()
		if a.Intake(0).KernelDrops != drops || achieved < 1.02*best {
			return best
		}
		best, rate = achieved, rate*5/4
	}
}
