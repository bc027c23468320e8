package pipeline

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// TestClocksThatCannotBe: a capture time that is years off would open a partition
// of its own; the time of arrival stands for it. A clock that is merely wrong is
// the agent's word.
func TestClocksThatCannotBe(t *testing.T) {
	for name, tt := range map[string]struct{ claimed, stored time.Time }{
		"1970":     {time.Unix(5, 0).UTC(), epoch},
		"2100":     {time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), epoch},
		"tomorrow": {epoch.Add(25 * time.Hour), epoch},
		"hours":    {epoch.Add(-5 * time.Hour), epoch.Add(-5 * time.Hour)},
		"months":   {epoch.AddDate(0, -11, 0), epoch.AddDate(0, -11, 0)},
	} {
		store, now := newRowStore(), &clock{now: epoch}
		p := setup{form: FormHEP, tenant: "anna"}.start(t, store, now)
		c := threeCalls()[0]
		p.feed(packet(hep.ProtoRTCP, tt.claimed, rtcpOf(c.near()), rtcpOf(c.far()), "", receiverReport(1, 2, 1000, 0)))
		p.settle(now)
		for _, row := range store.media {
			if !row.Time.Equal(tt.stored) {
				t.Errorf("%s: stored at %s, want %s", name, row.Time, tt.stored)
			}
		}
		if len(store.media) != 1 {
			t.Errorf("%s: %d rows", name, len(store.media))
		}
	}
}

// TestWhatIsKeptOfAPacketIsBounded: names and keys of any length are no way to
// fill the memory.
func TestWhatIsKeptOfAPacketIsBounded(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	p.feed(packed(t, hep.Packet{
		Src: nowhere, Dst: usAt, Time: epoch, Proto: hep.ProtoRTCP, HasCaptureID: true, CaptureID: 7,
		AuthKey: bytes.Repeat([]byte("k"), 20_000), NodeName: []byte(strings.Repeat("n", 20_000)), Payload: receiverReport(1, 2, 1000, 0),
	}))
	p.cut()
	p.attr.mu.Lock()
	w := p.attr.room.all.Front().Value.(*waiting)
	if len(w.evidence.CaptureKey) > maxKeyBytes {
		t.Errorf("a key of %d bytes is kept", len(w.evidence.CaptureKey))
	}
	p.attr.mu.Unlock()
	p.settle(now)
	for _, row := range store.quar {
		if len(row.NodeName) != maxNodeBytes {
			t.Errorf("a name of %d bytes", len(row.NodeName))
		}
	}
	if len(store.quar) != 1 {
		t.Errorf("%d rows", len(store.quar))
	}
}

// stuck is a store that takes no cut until it is let go.
type stuck struct {
	*rowStore
	tried chan struct{}
	free  chan struct{}
}

func (s *stuck) Commit(ctx context.Context, cut Cut) error {
	select {
	case s.tried <- struct{}{}:
	default:
	}
	select {
	case <-s.free:
		return s.rowStore.Commit(ctx, cut)
	case <-ctx.Done():
		return errors.Join(errDead, ctx.Err())
	}
}

// TestStreamsWaitForTheStore: connections have no ring, so what they bring must
// not pile up in memory while nothing becomes durable.
func TestStreamsWaitForTheStore(t *testing.T) {
	store := &stuck{rowStore: newRowStore(), tried: make(chan struct{}, 1), free: make(chan struct{})}
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewLive(LiveOptions{
		Source: &Source{Name: "tcp", Kind: KindHEP, Tenant: "anna"}, Stripes: stripes, Store: store, Form: FormHEP, CommitInterval: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx, 10*time.Second) }()
	junk := make([]byte, 1<<20)
	accept := func() error { return l.Accept(agentAt, usAt, epoch, [][]byte{junk}) }
	for range maxAccepted / len(junk) {
		if err := accept(); err != nil {
			t.Fatal(err)
		}
	}
	more := make(chan error, 1)
	go func() { more <- accept() }()
	select {
	case <-store.tried: // the one that is too much has asked for a cut
	case <-more:
		t.Fatal("taken in while nothing was durable")
	}
	select {
	case <-more:
		t.Fatal("taken in while a cut was not durable yet")
	default:
	}
	close(store.free)
	if err := <-more; err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := uint64(maxAccepted/len(junk) + 1); store.counts.Datagrams != n {
		t.Errorf("%d packets counted, want %d", store.counts.Datagrams, n)
	}
}
