package pipeline

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"pgregory.net/rapid"
)

// scratch is where fsync costs nothing, if there is such a place.
func scratch() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

// kill ends a life as kill -9 does: nothing more reaches the store, and the held
// log has the part of the next cut or not.
func (p *process) kill(heldSurvives bool) {
	p.store.mu.Lock()
	p.store.dead = true
	p.store.mu.Unlock()
	if !heldSurvives && p.log != nil {
		_ = p.log.Close()
	}
	p.cancel()
	<-p.done // the error of the cut that never came about
	if heldSurvives && p.log != nil {
		_ = p.log.Close()
	}
	p.store.mu.Lock()
	p.store.dead = false
	p.store.mu.Unlock()
}

// TestDeathLosesAndRepeatsNothing kills the process at random points; the ring
// gives again what no cut covers, the held log what was not a row yet. The rows,
// and the ledger, are those of a life without a death.
func TestDeathLosesAndRepeatsNothing(t *testing.T) {
	calls := threeCalls()
	packets := allOf(calls)
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	p.feed(packets...)
	p.settle(now)
	want, counted := store.final(), store.counts
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(scratch(), "held")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		mixed := rapid.Permutation(packets).Draw(rt, "order")
		store, now := newRowStore(), &clock{now: epoch}
		su := setup{form: FormHEP, table: threeTenants, dir: dir, shards: rapid.IntRange(1, 2).Draw(rt, "shards")}
		p := su.start(t, store, now)
		p.history()
		deaths := 0
		for at := 0; at < len(mixed); {
			p.feed(mixed[at])
			at++
			switch what := rapid.IntRange(0, 19).Draw(rt, "what"); {
			case what < 3:
				p.cut()
				now.advance(100 * time.Millisecond) // so many cuts are within the grace
			case what == 3 && deaths < 4:
				deaths++
				p.kill(rapid.Bool().Draw(rt, "held survives"))
				at = int(store.mark) // the ring gives these again
				p = su.start(t, store, now)
				if rapid.Bool().Draw(rt, "history at once") {
					p.history()
				} else {
					p.late = true
				}
			}
			if p.late && rapid.Bool().Draw(rt, "history now") {
				p.late = false
				p.history()
			}
		}
		if p.late {
			p.history()
		}
		p.settle(now)
		sameRows(rt, store.final(), want)
		store.balanced(rt)
		if got := store.counts; got.Datagrams != counted.Datagrams || got.Reports != counted.Reports || got.New+got.Late != counted.New || got.Waiting() != 0 {
			rt.Fatalf("with deaths %+v\nwithout %+v", got, counted)
		}
	})
}

// nowhere is an address that no SIP and no table names.
var nowhere = netip.MustParseAddrPort("198.51.100.77:5000")

// TestHeldLogOutlivesTheWait: the SIP of a call comes, the process dies, and the
// reports that come to the next one are attributed all the same.
func TestHeldLogOutlivesTheWait(t *testing.T) {
	c := threeCalls()[0]
	sip, media := c.sip(epoch), c.media(epoch, 3, true)
	store, now := newRowStore(), &clock{now: epoch}
	su := setup{form: FormHEP, table: threeTenants, dir: t.TempDir()}
	p := su.start(t, store, now)
	p.feed(sip[:4]...)
	p.feed(packet(hep.ProtoRTCP, epoch, nowhere, nowhere, "unknown", receiverReport(7, 8, 1000, 0))) // waits
	p.cut()
	if store.mark != 5 || store.counts.Held != 1 {
		t.Fatalf("mark %d, %d held, want 5 and 1", store.mark, store.counts.Held)
	}
	p.kill(true)
	p = su.start(t, store, now)
	p.history()
	p.feed(media...)
	p.cut()
	if len(store.media) != len(media) {
		t.Errorf("%d reports have become rows, want %d", len(store.media), len(media))
	}
	p.settle(now)
	store.balanced(t)
	if store.counts.Quarantined != 1 || store.counts.Waiting() != 0 {
		t.Errorf("%d quarantined, %d waiting, want one and none", store.counts.Quarantined, store.counts.Waiting())
	}
}

// TestCompactionKeepsWhatLives: many calls come and go, and the held log stays
// small while the calls that live survive a restart.
func TestCompactionKeepsWhatLives(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	su := setup{form: FormHEP, table: threeTenants, dir: t.TempDir()}
	p := su.start(t, store, now)
	alive := threeCalls()[1]
	p.feed(alive.sip(epoch)[:4]...)
	for i := range 100 {
		c := threeCalls()[0]
		c.id = "gone-" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		p.feed(c.sip(now.Now())...)
		p.cut()
		now.advance(150 * time.Second)
	}
	stats := p.log.Stats()
	if stats.Compactions == 0 || stats.FileBytes > 16<<10 {
		t.Errorf("%d compactions, %d bytes in the file, want some and few", stats.Compactions, stats.FileBytes)
	}
	p.kill(true)
	p = su.start(t, store, now)
	p.history()
	p.feed(alive.media(epoch, 2, true)...)
	p.cut()
	if len(store.media) != 4 {
		t.Errorf("%d reports of the call that lives have become rows, want 4", len(store.media))
	}
	p.stop()
}

// TestNewKeyKeepsWhatWaits: what was let in under the old key of a listener is
// not judged by the new one.
func TestNewKeyKeepsWhatWaits(t *testing.T) {
	c := threeCalls()[0]
	keyed := func(b []byte) []byte {
		var p hep.Packet
		if err := new(hep.Decoder).Decode(b, &p); err != nil {
			t.Fatal(err)
		}
		p.AuthKey = []byte("old")
		return packed(t, p)
	}
	store, now := newRowStore(), &clock{now: epoch}
	su := setup{form: FormHEP, table: threeTenants, dir: t.TempDir(), key: "old"}
	p := su.start(t, store, now)
	p.feed(keyed(c.media(epoch, 1, true)[0]), keyed(c.sip(epoch)[0])) // waits for the answer still
	p.cut()
	if store.counts.Held != 1 || store.counts.Released != 0 {
		t.Fatalf("%+v", store.counts)
	}
	p.kill(true)
	su.key = "new"
	p = su.start(t, store, now)
	p.history()
	p.settle(now)
	store.balanced(t)
	// Only the call's SIP, which is held, too, tells whose it is.
	if len(store.media) != 1 || store.counts.QuarantineFull != 0 {
		t.Errorf("%d reports: %+v", len(store.media), store.counts)
	}
}

// TestCallInQuarantineIsOneRow: a call that is nobody's is told again after a
// restart, since its SIP is held, and stays one row.
func TestCallInQuarantineIsOneRow(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch.Add(2 * time.Minute)}
	su := setup{form: FormHEP, table: threeTenants, dir: t.TempDir()}
	p := su.start(t, store, now)
	p.feed(stranger.sip(epoch)...)
	for range 3 {
		p.cut()
		now.advance(10 * time.Second)
	}
	if len(store.quar) != 1 {
		t.Fatalf("%d rows, want the call's", len(store.quar))
	}
	p.kill(true)
	p = su.start(t, store, now)
	p.history()
	p.settle(now)
	if store.counts.CallsQuarantined != 2 || len(store.quar) != 1 {
		t.Errorf("told %d times, in %d rows, want twice and one", store.counts.CallsQuarantined, len(store.quar))
	}
}

// TestOrphansFindTheirWay: reports that wait at a listener which is not configured
// any more are named, and settled by a Live without input.
func TestOrphansFindTheirWay(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	su := setup{form: FormHEP, table: threeTenants, dir: t.TempDir()}
	p := su.start(t, store, now)
	p.feed(packet(hep.ProtoRTCP, epoch, nowhere, nowhere, "unknown", receiverReport(7, 8, 1000, 0)), stranger.sip(epoch)[0])
	p.cut()
	p.kill(true)
	log, err := held.Open(held.Options{Path: filepath.Join(su.dir, "held.log")})
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewAttributor(AttributorOptions{Table: threeTenants, Held: log, Now: now.Now})
	if err != nil {
		t.Fatal(err)
	}
	if names := a.Orphans(); !slices.Equal(names, []string{"test"}) {
		t.Fatalf("orphans %v", names)
	}
	now.advance(time.Hour)
	l, err := NewLive(LiveOptions{
		Source: &Source{Name: "test", Kind: KindHEP}, Stripes: p.stripes, Store: store, Attributor: a, Cut: store.cut, Mark: store.mark, Now: now.Now,
		CommitInterval: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p = &process{t: t, live: l, attr: a, log: log, store: store, cancel: cancel, done: make(chan error, 1)}
	go func() { p.done <- l.Run(ctx, time.Second) }()
	l.Restore()
	p.settle(now)
	store.balanced(t)
	if len(a.Orphans()) != 0 || store.counts.Quarantined != 1 || store.counts.Waiting() != 0 {
		t.Errorf("orphans %v, %+v", a.Orphans(), store.counts)
	}
	if s := log.Stats(); s.Reports != 0 {
		t.Errorf("%d reports are still held", s.Reports)
	}
}
