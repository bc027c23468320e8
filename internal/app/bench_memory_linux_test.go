package app_test

import (
	"context"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// nowhere is a store that keeps nothing and counts rows.
type nowhere struct{ rows int }

func (n *nowhere) NewBatch() pipeline.Batch                       { return &nowhere{} }
func (n *nowhere) Append(*pipeline.Fact)                          { n.rows++ }
func (n *nowhere) AppendCall(*pipeline.CallFact)                  {}
func (n *nowhere) AppendVoIP(*pipeline.VoIPFact)                  {}
func (n *nowhere) AppendQuarantined(*pipeline.QuarantineFact)     {}
func (n *nowhere) Len() int                                       { return n.rows }
func (n *nowhere) Commit(_ context.Context, c pipeline.Cut) error { return nil }

// slab gathers packets for one call of Feed.
type slab struct {
	bytes     []byte
	datagrams []pipeline.Datagram
	at        time.Time
}

func (s *slab) Write(p []byte) (int, error) {
	from := len(s.bytes)
	s.bytes = append(s.bytes, p...)
	s.datagrams = append(s.datagrams, pipeline.Datagram{
		At: s.at, Src: netip.MustParseAddrPort("127.0.0.1:40000"), Dst: netip.MustParseAddrPort("127.0.0.1:9060"),
		Payload: s.bytes[from:len(s.bytes):len(s.bytes)],
	})
	return len(p), nil
}

// BenchmarkMemoryPerStream takes 200,000 streams through a HEP listener's
// pipeline, two of each call, with the SIP of every call, until all that is
// remembered of a stream is full. B/stream is what the heap has grown by since
// the SIP was known, after a collection: streams, round trips, notes, answers;
// B/call-sip what the SIP has taken before.
func BenchmarkMemoryPerStream(b *testing.B) {
	for b.Loop() {
		memoryPerStream(b, fromEnv(b, "TRUNKLINE_BENCH_STREAMS", 200_000))
	}
}

func memoryPerStream(b *testing.B, streams int) {
	cfg := hepLoadConfig(config.Default(), streams, false)
	clock := time.Now()
	stripes, err := pipeline.NewStripes(pipeline.StripesOptions{MaxStreams: streams * 11 / 10, MaxStreamsPerSource: streams})
	if err != nil {
		b.Fatal(err)
	}
	attributor, err := pipeline.NewAttributor(pipeline.AttributorOptions{
		Table: cfg.Table(), Now: func() time.Time { return clock },
		Options: attribution.Options{MaxDialogsPerTrunk: streams, MaxDialogsPerSource: streams, MaxBytes: 2 << 30},
		Calls:   sipcalls.Options{MaxCalls: streams, MaxPerGroup: streams},
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := pipeline.NewLive(pipeline.LiveOptions{
		Source: &pipeline.Source{Name: "hep", Kind: pipeline.KindHEP}, Form: pipeline.FormHEP,
		Stripes: stripes, Attributor: attributor, Store: &nowhere{}, Now: func() time.Time { return clock }, CommitInterval: time.Hour,
	})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx, time.Minute) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}()

	out := &slab{}
	relay := newLoad(out, streams, func() time.Time { return clock })
	mark := uint64(0)
	feed := func() {
		mark += uint64(len(out.datagrams))
		l.Feed(out.datagrams, mark)
		if err := l.Flush(b.Context()); err != nil { // all is taken in when it returns
			b.Fatal(err)
		}
		out.bytes, out.datagrams = out.bytes[:0], out.datagrams[:0]
	}
	empty := heap()
	for i := 0; i < streams; i += 2 {
		out.at = clock
		if err := relay.setUp(i); err != nil {
			b.Fatal(err)
		}
		if len(out.datagrams) > 1000 {
			feed()
		}
	}
	feed()
	known := heap()
	for range mediaqos.Window + 2 {
		clock = clock.Add(5 * time.Second)
		out.at = clock
		for range streams {
			if err := relay.report(clock, false); err != nil {
				b.Fatal(err)
			}
			if len(out.datagrams) > 1000 {
				feed()
			}
		}
	}
	feed()
	full := heap()
	heapProfile(b)
	if s, c := stripes.Stats(), l.Stats(); s.Streams != streams || c.New != uint64(streams*(mediaqos.Window+2)) || c.Quarantined+c.Held != 0 {
		b.Fatalf("%d streams, %+v", s.Streams, c.Counts)
	}
	b.ReportMetric(float64(full-known)/float64(streams), "B/stream")
	b.ReportMetric(float64(known-empty)/float64(streams/2), "B/call-sip")
	b.ReportMetric(float64(streams), "streams")
	b.ReportMetric(0, "ns/op") // says nothing here
	runtime.KeepAlive(relay)
}
