package app_test

import (
	"context"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// hepLoadConfig is a HEP listener for much traffic, with what a load of so many
// streams needs. With byCapture its agent's id says whose the reports are, else
// the SIP of their calls.
func hepLoadConfig(cfg config.Config, streams int, byCapture bool) config.Config {
	cfg.Trunks = sharedTrunks
	if byCapture {
		cfg.Trunks = []config.Trunk{{Tenant: "anna", ID: "sbc.anna.example", Captures: []config.Capture{{ID: 2001, Key: config.NewSecret(hepKey)}}, Codec: "PCMA"}}
	}
	cfg.Attribution.MaxDialogsPerTrunk = max(cfg.Attribution.MaxDialogsPerTrunk, streams)
	cfg.Attribution.MaxDialogsPerSource = max(cfg.Attribution.MaxDialogsPerSource, streams)
	cfg.Listeners = []config.Listener{{
		Name: "hep", Kind: config.KindHEP, Transport: config.TransportUDP, Address: "127.0.0.1:0",
		ReceiveBuffer: 8 << 20, RingSlots: 8192, MaxDatagram: 64 << 10, // the defaults
	}}
	return cfg
}

// BenchmarkHEPSocketToJournal sends HEP from another process over loopback UDP,
// and measures what this one takes for a packet, user and system, from the
// socket to a row in the journal, fsync included; no store. us/packet-floor is
// what only reading and decoding take, just before, at the same rate.
//
// At 20,000 packets a second most of either is being woken; flat-out, which
// drops what is too much, shows the work itself.
func BenchmarkHEPSocketToJournal(b *testing.B) {
	rate := benchRate(b)
	for _, c := range []struct {
		name              string
		streams, rate     int
		binary, byCapture bool
	}{
		{"json/dialog/5000", 5000, rate, false, false},
		{"json/dialog/50000", 50_000, rate, false, false},
		{"json/capture/5000", 5000, rate, false, true},
		{"binary/dialog/5000", 5000, rate, true, false},
		{"json/dialog/5000/flat-out", 5000, 0, false, false},
		{"json/dialog/50000/flat-out", 50_000, 0, false, false},
		{"binary/dialog/5000/flat-out", 5000, 0, true, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				socketToJournal(b, c.streams, c.rate, c.binary, c.byCapture)
			}
		})
	}
}

func socketToJournal(b *testing.B, streams, rate int, binary, byCapture bool) {
	cfg := config.Default()
	cfg.ClickHouse.DSN = "http://default@127.0.0.1:1/none"
	cfg.Journal.Dir = b.TempDir()
	cfg.HTTP.Address = "127.0.0.1:0"
	a, err := app.New(hepLoadConfig(cfg, streams, byCapture), app.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.StartIntake(b.Context()); err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := a.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	}()
	s := startSender(b, loadOrder{Target: a.Addrs().Listeners["hep"], Streams: streams, Binary: binary, CaptureID: 2001, Key: hepKey})
	reports := rate * benchSeconds(b, 10)
	if rate == 0 {
		reports = 100_000 * benchSeconds(b, 10)
	}
	perPacketFloor := measureFloor(b, s, reports/4, rate)

	if !byCapture {
		s.send(func(o *loadOrder) { o.SIP = true })
	}
	// Two reports of each stream before: whose they are is asked once.
	sent := s.send(func(o *loadOrder) { o.Reports, o.Rate = 2*streams, 10_000 })
	until(b, "the first reports", time.Minute, func() bool { l := a.Intake(0); return l.Rows+l.Quarantined+l.KernelDrops >= sent })
	if l := a.Intake(0); l.Quarantined != 0 || l.KernelDrops != 0 {
		b.Fatalf("%d in quarantine, %d dropped before the measurement", l.Quarantined, l.KernelDrops)
	}

	bytes, begin, cached := a.JournalBytes(), time.Now(), a.Cached(0)
	before, end := ownCPU(b), profile(b)
	more := s.send(func(o *loadOrder) { o.Reports, o.Rate = reports, rate })
	sent += more
	until(b, "the last row", time.Minute, func() bool { l := a.Intake(0); return l.Rows+l.KernelDrops >= sent })
	took, elapsed := ownCPU(b)-before, time.Since(begin)
	end()

	l := a.Intake(0)
	ledger := a.Ledger("hep")
	if ledger.Rows+l.KernelDrops != sent || a.StreamsTracked() != streams {
		b.Errorf("%d sent, %d dropped, %d rows in the ledger, %d streams of %d", sent, l.KernelDrops, ledger.Rows, a.StreamsTracked(), streams)
	}
	perPacket := micros(took, more-l.KernelDrops)
	b.ReportMetric(perPacket, "us/packet")
	b.ReportMetric(perPacketFloor, "us/packet-floor")
	b.ReportMetric(perPacket/perPacketFloor, "x_floor")
	b.ReportMetric(float64(more)/elapsed.Seconds(), "packets/s")
	b.ReportMetric(float64(l.KernelDrops), "drops")
	b.ReportMetric(float64(a.JournalBytes()-bytes)/float64(more), "journal-B/row")
	b.ReportMetric(float64(a.Cached(0)-cached)/float64(more-l.KernelDrops), "answers-kept")
	b.ReportMetric(machineLoad(), "load")
	b.ReportMetric(0, "ns/op") // says nothing here
}
