package pipeline

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// stranger is a call of nobody's.
var stranger = call{id: "nobody", host: "stranger.example", to: "+4915559999", port: 20000, codec: "0"}

// TestNobodysReportsAndAssignment: what nobody owns is kept whole, by its reason,
// and becomes the same rows, once somebody says whose it is, as if it had been
// known from the beginning.
func TestNobodysReportsAndAssignment(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	packets := append(stranger.sip(epoch), stranger.media(epoch, 3, true)...)
	p.feed(packets...)
	p.cut()
	if len(store.quar) != 0 || store.counts.Held != 6 {
		t.Errorf("%d rows in quarantine, %d held, want none before the grace is over, and 6", len(store.quar), store.counts.Held)
	}
	p.settle(now)
	store.balanced(t)
	var rows []schema.Quarantined
	reports := 0
	for _, row := range store.quar {
		rows = append(rows, row)
		if row.Form == schema.FormRTCP {
			reports++
			if row.Reason != "shared" && row.Reason != "unknown" || row.CallID != "nobody" || row.CaptureID.V != 2001 || row.Sender != agentAt || row.RetentionDays != 30 {
				t.Errorf("row %+v", row)
			}
		}
	}
	if reports != 6 || len(rows) != 7 || store.counts.Quarantined != 6 || store.counts.CallsQuarantined != 1 || len(store.media) != 0 {
		t.Fatalf("%d reports and %d calls in quarantine, want 6 and 1: %+v", reports, len(rows)-reports, store.counts)
	}
	slices.SortFunc(rows, func(a, b schema.Quarantined) int { return a.CapturedAt.V.Compare(b.CapturedAt.V) })
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	replayer, err := NewReplayer(stripes, mediaqos.Media{Codec: "PCMU", ClockHz: 8000, Source: mediaqos.MediaConfig}, 90)
	if err != nil {
		t.Fatal(err)
	}
	batch := &memoryBatch{}
	counts, errs := replayer.Replay(append(rows, rows[0]), "dora", "dora-1", now.Now(), batch)
	if err := fmt.Sprint(errs); err != fmt.Sprint(make([]error, 8)) {
		t.Fatal(err)
	}
	if _, left := counts.Balance(); counts.New != 6 || counts.Duplicates > 1 || counts.Calls == 0 || left != 0 {
		t.Errorf("%+v", counts)
	}
	assigned := newRowStore()
	assigned.apply(batch)
	if len(assigned.media) != 6 || len(assigned.calls) != 1 {
		t.Fatalf("%d reports and %d calls assigned, want 6 and 1", len(assigned.media), len(assigned.calls))
	}
	for _, row := range assigned.media {
		if row.Tenant != "dora" || row.Trunk != "dora-1" || row.AttributionRule != "assigned" || row.CallID != "nobody" || row.Source != "test" {
			t.Errorf("row %+v", row)
		}
	}
	for _, row := range assigned.calls {
		if row.Tenant != "dora" || row.Outcome != "answered" || row.FromHost != "stranger.example" || row.Version < schema.WholeCallVersion {
			t.Errorf("call %+v", row)
		}
	}
}

func TestReplayNamesWhatCannotBe(t *testing.T) {
	stripes, _ := NewStripes(StripesOptions{})
	replayer, err := NewReplayer(stripes, mediaqos.Media{}, 90)
	if err != nil {
		t.Fatal(err)
	}
	rows := []schema.Quarantined{{Form: "tea"}, {Form: schema.FormRTCP, Payload: []byte("x")}, {Form: schema.FormRTCPJSON, Payload: []byte("{")}, {Form: schema.FormVQ}, {Form: schema.FormPublish}, {Form: FormCall}}
	counts, errs := replayer.Replay(rows, "dora", "", epoch, &memoryBatch{})
	for i, err := range errs {
		if err == nil {
			t.Errorf("form %s: no error", rows[i].Form)
		}
	}
	if counts.Facts() != 0 {
		t.Errorf("%+v", counts)
	}
}

// TestFloodHarmsNoNeighbour: one agent floods SIP, waiting reports and streams;
// the calls that another one sees get all their rows.
func TestFloodHarmsNoNeighbour(t *testing.T) {
	run := func(flood bool) (*rowStore, *process) {
		store, now := newRowStore(), &clock{now: epoch}
		p := setup{
			form: FormHEP, table: threeTenants, perSrc: 200, dir: t.TempDir(),
			attr: func(o *AttributorOptions) {
				o.WaitingMax, o.WaitingPerSource, o.QuarantineMaxRows = 400, 200, 100
				o.Options = attribution.Options{MaxDialogsPerSource: 100}
				o.Calls.MaxPerGroup = 100
			},
		}.start(t, store, now)
		noise := func(n int) {
			if !flood {
				return
			}
			for i := range 400 {
				c := stranger
				c.id = fmt.Sprintf("flood-%d-%d", n, i)
				c.port = uint16(30000 + 2*i)
				p.feedFrom(netip.MustParseAddrPort("203.0.113.66:1"), append(c.sip(epoch)[:1], c.media(epoch, 1, true)...)...)
				anna := threeCalls()[0]
				anna.port = uint16(30000 + 2*i)
				p.feedFrom(netip.MustParseAddrPort("203.0.113.66:1"), packet(hep.ProtoRTCP, epoch, rtcpOf(anna.near()), rtcpOf(anna.far()), "a1", receiverReport(uint32(1_000_000*n+i), 5, 1000, 0)))
			}
		}
		packets := allOf(threeCalls())
		// The reports come first and wait while the flood rages.
		slices.Reverse(packets)
		for i, b := range packets {
			if i%10 == 0 {
				noise(i)
				p.cut()
			}
			p.feed(b)
		}
		p.settle(now)
		store.balanced(t)
		return store, p
	}
	quiet, _ := run(false)
	loud, p := run(true)
	stats := p.attr.Stats()
	c := loud.counts
	if c.RefusedSourceLimit == 0 || c.QuarantineFull == 0 || stats.WaitingFull == 0 || c.Quarantined > 26 {
		t.Fatalf("the flood met no bound: %+v, %+v", c, stats)
	}
	got, want := loud.final(), quiet.final()
	for key, row := range want {
		if got[key] != row {
			t.Fatalf("%s:\nin the flood %s\nwithout      %s", key, got[key], row)
		}
	}
}

// TestDisagreementIsNobodys: an agent with anna's key sees a call of bert's.
func TestDisagreementIsNobodys(t *testing.T) {
	table := attribution.Table{Trunks: slices.Clone(threeTenants.Trunks)}
	table.Trunks[0].Captures = []attribution.CaptureRule{{ID: 2001, Key: "anna's"}}
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: table}.start(t, store, now)
	bert := threeCalls()[1]
	p.feed(bert.sip(epoch)[:4]...)
	keyed := func(key string) []byte {
		b, err := hep.Append(nil, &hep.Packet{
			Src: rtcpOf(bert.near()), Dst: rtcpOf(bert.far()), Time: epoch.Add(5 * time.Second), Proto: hep.ProtoRTCP, HasCaptureID: true, CaptureID: 2001,
			AuthKey: []byte(key), CorrelationID: []byte(bert.id), Payload: receiverReport(1, 2, 1000, 0),
		})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	p.feed(keyed("wrong"), keyed("anna's"), keyed("wrong"))
	p.settle(now)
	store.balanced(t)
	if c := store.counts; c.New != 1 || c.Duplicates != 1 || c.Quarantined != 1 {
		t.Fatalf("%+v", c)
	}
	for _, row := range store.quar {
		if row.Reason != "disagree" || !slices.Equal(row.Answers, []string{"capture=anna", "dialog=bert"}) {
			t.Errorf("reason %q, answers %q", row.Reason, row.Answers)
		}
	}
}

// TestChangedTableIsHeeded: a trunk that is added lets those go that wait, and
// one that is taken away is not believed by anybody who remembers it.
func TestChangedTableIsHeeded(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP}.start(t, store, now)
	c := threeCalls()[2]
	reports := c.media(epoch, 4, true)
	p.feed(c.sip(epoch)[:4]...)
	p.feed(reports[:2]...)
	p.cut()
	owned := attribution.Table{Trunks: []attribution.TrunkRule{{Tenant: "carl", Trunk: "carl", Addresses: []netip.Prefix{netip.MustParsePrefix("52.112.0.0/16")}}}}
	if err := p.attr.SetTable(owned, nil); err != nil {
		t.Fatal(err)
	}
	p.cut()
	if store.counts.Released != 2 || len(store.media) != 2 {
		t.Fatalf("%+v, want the two that waited as rows", store.counts)
	}
	p.feed(reports[2:6]...)
	p.cut()
	if store.counts.Cached == 0 {
		t.Errorf("nothing was remembered: %+v", store.counts)
	}
	if err := p.attr.SetTable(attribution.Table{}, nil); err != nil {
		t.Fatal(err)
	}
	p.feed(reports[6:]...)
	p.settle(now)
	store.balanced(t)
	if len(store.media) != 6 || store.counts.Quarantined != 2 {
		t.Errorf("%d rows, %d quarantined, want 6 and 2", len(store.media), store.counts.Quarantined)
	}
}
