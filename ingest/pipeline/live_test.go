package pipeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

var (
	sbc   = netip.MustParseAddrPort("192.0.2.10:4001")
	phone = netip.MustParseAddrPort("198.51.100.7:4001")
	epoch = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
)

// receiverReport is an RR with one block.
func receiverReport(reporter, source, seq uint32, lost int32) []byte {
	b := []byte{0x81, 201, 0, 7}
	b = binary.BigEndian.AppendUint32(b, reporter)
	b = binary.BigEndian.AppendUint32(b, source)
	b = binary.BigEndian.AppendUint32(b, uint32(lost)&0xffffff)
	b = binary.BigEndian.AppendUint32(b, seq)
	return append(b, make([]byte, 12)...)
}

// memory is a Store that keeps facts and can fail on demand.
type memory struct {
	mu    sync.Mutex
	facts mediaqos.Facts
	cuts  []Cut
	fail  []error // one a commit, nil commits
	tried chan struct{}
}

type memoryBatch struct {
	facts       []Fact
	calls       []CallFact
	voip        []VoIPFact
	quarantined []QuarantineFact
}

func (b *memoryBatch) Append(f *Fact)                      { b.facts = append(b.facts, *f) }
func (b *memoryBatch) AppendCall(f *CallFact)              { b.calls = append(b.calls, *f) }
func (b *memoryBatch) AppendVoIP(f *VoIPFact)              { b.voip = append(b.voip, *f) }
func (b *memoryBatch) AppendQuarantined(f *QuarantineFact) { b.quarantined = append(b.quarantined, *f) }

func (b *memoryBatch) Len() int {
	return len(b.facts) + len(b.calls) + len(b.voip) + len(b.quarantined)
}

func (m *memory) NewBatch() Batch { return &memoryBatch{} }

func (m *memory) Commit(_ context.Context, cut Cut) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.tried != nil {
		select {
		case m.tried <- struct{}{}:
		default:
		}
	}
	if len(m.fail) > 0 {
		err := m.fail[0]
		m.fail = m.fail[1:]
		if err != nil {
			return err
		}
	}
	m.cuts = append(m.cuts, cut)
	for _, b := range cut.Batches {
		for _, f := range b.(*memoryBatch).facts {
			m.facts.Apply(f.Emission)
		}
	}
	return nil
}

// newTestLive returns a Live with two shards, and what it released.
func newTestLive(t *testing.T, store Store) (*Live, func() uint64) {
	t.Helper()
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var released uint64
	l, err := NewLive(LiveOptions{
		Source:  &Source{Name: "test", Kind: KindUDP, Tenant: "contoso", Media: mediaqos.Media{Codec: "PCMU", ClockHz: 8000, Source: mediaqos.MediaConfig}},
		Stripes: stripes, Store: store, Shards: 2, CommitInterval: time.Millisecond,
		Release: func(mark uint64) { mu.Lock(); defer mu.Unlock(); released = mark },
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, func() uint64 { mu.Lock(); defer mu.Unlock(); return released }
}

// feed sends n reports of several streams, one datagram each.
func feed(l *Live, from, n int) {
	for i := from; i < from+n; i++ {
		stream := uint32(i % 5)
		d := Datagram{
			At: epoch.Add(time.Duration(i) * time.Second), Src: netip.AddrPortFrom(phone.Addr(), 4001+uint16(2*stream)), Dst: sbc,
			Payload: receiverReport(100+stream, 200+stream, uint32(1000+50*i), int32(i)),
		}
		l.Feed([]Datagram{d}, uint64(i+1))
	}
}

func TestCutsHoldEveryDatagramUpToTheirMark(t *testing.T) {
	store := &memory{}
	l, released := newTestLive(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, time.Second) }()
	feed(l, 0, 500)
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	var sum Counts
	mark := uint64(0)
	for _, cut := range store.cuts {
		sum.Add(&cut.Counts)
		if cut.Mark < mark {
			t.Errorf("mark %d after %d", cut.Mark, mark)
		}
		mark = cut.Mark
		if sum.Datagrams != mark {
			t.Errorf("up to mark %d the cuts hold %d datagrams", mark, sum.Datagrams)
		}
	}
	if released() != 500 || sum.New != 500 || len(store.facts.Rows()) != 500 {
		t.Errorf("released %d, counted %d, stored %d, want 500 each", released(), sum.New, len(store.facts.Rows()))
	}
}

// TestNothingToCommitIsReleased: datagrams that were passed over, since an earlier
// process had accounted for them, do not stay in the ring.
func TestNothingToCommitIsReleased(t *testing.T) {
	store := &memory{}
	l, released := newTestLive(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, time.Second) }()
	l.Feed(nil, 7)
	if err := l.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if released() != 7 || len(store.cuts) != 0 {
		t.Errorf("released up to %d with %d cuts, want 7 with none", released(), len(store.cuts))
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestFailedCommitIsRepeatedAndReleasesNothing(t *testing.T) {
	store := &memory{fail: []error{errors.New("disk"), errors.New("disk")}, tried: make(chan struct{}, 1)}
	l, released := newTestLive(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, 5*time.Second) }()
	feed(l, 0, 20)
	<-store.tried
	if released() != 0 {
		t.Error("released what is not durable")
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if released() != 20 || len(store.facts.Rows()) != 20 {
		t.Errorf("released %d, stored %d, want 20", released(), len(store.facts.Rows()))
	}
}

func TestRefusedCutIsCountedAndReleased(t *testing.T) {
	store := &memory{fail: []error{ErrRefused}}
	l, released := newTestLive(t, store)
	ctx, cancel := context.WithCancel(t.Context())
	feed(l, 0, 20)
	done := make(chan error, 1)
	cancel()
	go func() { done <- l.Run(ctx, time.Second) }()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := l.Stats(); s.RefusedFacts != 20 || released() != 20 || s.Datagrams != 20 {
		t.Errorf("refused %d, released %d, datagrams %d, want 20 each", s.RefusedFacts, released(), s.Datagrams)
	}
}

// TestSeedingContinuesStreams is a restart: the second process gets the first
// one's rows, late, and must end with what one process would have made.
func TestSeedingContinuesStreams(t *testing.T) {
	run := func(parts ...int) []mediaqos.Emission {
		store := &memory{}
		from := 0
		for _, n := range parts {
			l, _ := newTestLive(t, store)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- l.Run(ctx, time.Second) }()
			before := store.facts.Rows()
			feed(l, from, n)
			if from > 0 {
				var facts []Fact
				for _, e := range before {
					facts = append(facts, Fact{Emission: e, Source: l.o.Source})
				}
				l.Seed(facts)
			}
			from += n
			cancel()
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		return store.facts.Rows()
	}
	whole, parts := run(60), run(37, 23)
	if len(whole) != len(parts) {
		t.Fatalf("%d rows with a restart, %d without", len(parts), len(whole))
	}
	for i := range whole {
		if whole[i] != parts[i] {
			t.Fatalf("row %d:\nwith a restart %+v\nwithout        %+v", i, parts[i], whole[i])
		}
	}
}

// TestEndpointMeasuresRoundTripDirectly sends a report that refers to an SR
// which this side sent 250 ms ago and the other side held for 100 ms.
func TestEndpointMeasuresRoundTripDirectly(t *testing.T) {
	w := newTestWorker(t)
	report := receiverReport(1, 2, 1000, 0)
	binary.BigEndian.PutUint32(report[24:], mediaqos.NTPMiddle(epoch.Add(-250*time.Millisecond)))
	binary.BigEndian.PutUint32(report[28:], 65536/10)
	for endpoint, want := range map[bool]mediaqos.RTTMethod{true: mediaqos.RTTAtEndpoint, false: mediaqos.RTTNone} {
		src := &Source{Name: "test", Kind: KindUDP, Tenant: schema.TenantID(fmt.Sprint("tenant-", endpoint)), AtEndpoint: endpoint}
		facts := w.Process(src, &Datagram{At: epoch, Src: phone, Dst: sbc, Payload: report}, epoch, nil)
		if len(facts) != 1 || facts[0].Derived.RTTMethod != want {
			t.Fatalf("endpoint %v: %d facts, want one with method %v", endpoint, len(facts), want)
		}
		if rtt := facts[0].Derived.RTTMillis; endpoint && (rtt.V < 149.9 || rtt.V > 150.1) {
			t.Errorf("round trip %v ms, want 150", rtt)
		}
	}
}

// TestFullRingMakesACut: half a ring of datagrams is made durable without
// waiting for the tick, and fewer are not.
func TestFullRingMakesACut(t *testing.T) {
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	released := make(chan uint64, 8)
	store := &memory{}
	l, err := NewLive(LiveOptions{
		Source: &Source{Name: "l", Tenant: "t"}, Stripes: stripes, Store: store, CommitInterval: time.Hour, MaxUnreleased: 4, Mark: 100,
		Release: func(mark uint64) { released <- mark },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, time.Second) }()
	feed := func(first, last uint32) {
		for seq := first; seq <= last; seq++ {
			l.Feed([]Datagram{{At: epoch.Add(time.Duration(seq) * time.Second), Src: phone, Dst: sbc, Payload: receiverReport(1, 2, 50*seq, 0)}}, uint64(seq))
		}
	}
	feed(101, 103)
	if err := l.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if mark := <-released; mark != 103 {
		t.Fatalf("released up to %d, want 103 by the flush and nothing before", mark)
	}
	feed(104, 107)
	if mark := <-released; mark < 107 {
		t.Errorf("released up to %d, want 107 without a tick", mark)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// newTestWorker is a worker on streams of its own.
func newTestWorker(t *testing.T) *Worker {
	t.Helper()
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWorker(stripes)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
