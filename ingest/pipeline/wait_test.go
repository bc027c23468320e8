package pipeline

import (
	"net/netip"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/held"
)

// TestWaitEndsWithTheSIP: reports go on as soon as the SIP of their call is
// there, found by Call-ID or by address, and not only when the grace is over.
func TestWaitEndsWithTheSIP(t *testing.T) {
	for _, withID := range []bool{true, false} {
		store, now := newRowStore(), &clock{now: epoch}
		p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
		c := threeCalls()[0]
		if withID {
			c.port = 50000 // not that of its SDP
		}
		p.feed(c.media(epoch, 2, withID)...)
		p.cut()
		if store.counts.Held != 4 || len(store.media) != 0 {
			t.Errorf("with Call-ID %v: %d held, %d rows, want 4 and none", withID, store.counts.Held, len(store.media))
		}
		c = threeCalls()[0]
		p.feed(c.sip(epoch)[:3]...)
		p.cut()
		if store.counts.Released != 4 || len(store.media) != 4 {
			t.Errorf("with Call-ID %v: %d released, %d rows, want 4 each", withID, store.counts.Released, len(store.media))
		}
		p.settle(now)
		store.balanced(t)
	}
}

// TestPortsAreUsedAgain: one call after the other has the same ports, of another
// tenant; reports without a Call-ID go by the time of capture, in whatever order
// they come and whatever the shard remembers.
func TestPortsAreUsedAgain(t *testing.T) {
	first, second := threeCalls()[0], threeCalls()[1]
	second.port = first.port
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	later := epoch.Add(90 * time.Second)
	p.feed(append(first.sip(epoch), second.sip(later)...)...)
	a, b := first.media(epoch, 6, false), second.media(later, 6, false)
	for i := 0; i < len(a); i += 4 {
		p.feed(a[i : i+4]...)
		p.feed(b[i : i+4]...)
	}
	p.settle(now)
	store.balanced(t)
	rows := map[string]int{}
	for _, row := range store.media {
		rows[string(row.CallID)]++
		if before := row.Time.Before(later); before != (row.Tenant == "anna") {
			t.Errorf("%s at %s", row.Tenant, row.Time)
		}
	}
	if rows["a1"] != 12 || rows["b1"] != 12 || store.counts.Cached == 0 {
		t.Errorf("rows by call %v, %d from memory, want 12 each and some", rows, store.counts.Cached)
	}
}

// TestRoomBounds: a sender who has too many loses his own oldest; beyond all, the
// one who has most does.
func TestRoomBounds(t *testing.T) {
	r := newRoom(5, 3)
	enter := func(sender string, n int64, bytes int) []*waiting {
		return r.add(&waiting{input: held.Record{Payload: make([]byte, bytes)}, evidence: attribution.Evidence{
			Capture: attribution.Capture{Source: netip.MustParseAddr(sender)}, Received: epoch.Add(time.Duration(n) * time.Second), CallID: "all",
		}})
	}
	add := func(sender string, n int64) *waiting {
		out := enter(sender, n, 100)
		if len(out) > 1 {
			t.Fatalf("report %d pushed out %d", n, len(out))
		}
		return append(out, nil)[0]
	}
	at := func(w *waiting) int64 { return int64(w.evidence.Received.Sub(epoch) / time.Second) }
	for n := range int64(3) {
		if out := add("192.0.2.1", n); out != nil {
			t.Fatalf("report %d had to leave", at(out))
		}
	}
	if out := add("192.0.2.1", 3); out == nil || at(out) != 0 {
		t.Fatalf("the fourth pushed out %v, want the first", out)
	}
	add("192.0.2.2", 4)
	add("192.0.2.3", 5)
	if out := add("192.0.2.4", 6); out == nil || at(out) != 1 {
		t.Fatalf("one too many in all pushed out %v, want the second of who has most", out)
	}
	if r.all.Len() != 5 || r.full != 2 || len(r.due(epoch.Add(3*time.Second))) != 2 {
		t.Errorf("%d wait, %d left, %d due", r.all.Len(), r.full, len(r.due(epoch.Add(3*time.Second))))
	}
	// A large one needs the room of several, and is let in alone at worst.
	if out := enter("192.0.2.2", 7, 2*placeBytes); len(out) != 3 || r.places != 5 {
		t.Errorf("one of three places pushed out %d, %d places are taken", len(out), r.places)
	}
	if out := enter("192.0.2.9", 8, 60_000); len(out) == 0 || r.all.Len() != 1 {
		t.Errorf("one larger than the room pushed out %d, %d are left", len(out), r.all.Len())
	}
	for e := r.all.Front(); e != nil; e = r.all.Front() {
		r.remove(e.Value.(*waiting))
	}
	if len(r.byAddr)+len(r.byCall)+len(r.sources)+r.places != 0 {
		t.Errorf("left behind: %+v", r)
	}
}

// TestOneCallWakesNotAll: a flood under one Call-ID makes each of its messages
// ask for a few hundred reports, not for all that wait.
func TestOneCallWakesNotAll(t *testing.T) {
	r := newRoom(5000, 5000)
	for range 1000 {
		r.add(&waiting{evidence: attribution.Evidence{CallID: "flood", From: nowhere, To: usAt}})
	}
	if len(r.byCall["flood"]) != maxIndexed || len(r.byAddr[nowhere]) != maxIndexed || r.all.Len() != 1000 {
		t.Errorf("%d by Call-ID, %d by address, %d in all", len(r.byCall["flood"]), len(r.byAddr[nowhere]), r.all.Len())
	}
	for e := r.all.Back(); e != nil; e = r.all.Back() {
		r.remove(e.Value.(*waiting))
	}
	if len(r.byAddr)+len(r.byCall)+len(r.sources) != 0 {
		t.Errorf("left behind: %d, %d, %d", len(r.byAddr), len(r.byCall), len(r.sources))
	}
}
