package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/internal/testneed"
	"github.com/trunkline-cc/trunkline/schema"
)

// unwrapped are HEP packets as what was on the wire itself.
func unwrapped(t *testing.T, packets [][]byte) []synthetic.OnWire {
	t.Helper()
	var all []synthetic.OnWire
	for _, b := range packets {
		var p hep.Packet
		var decoder hep.Decoder
		if err := decoder.Decode(b, &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, synthetic.OnWire{At: p.Time, Src: p.Src, Dst: p.Dst, Payload: bytes.Clone(p.Payload)})
	}
	return all
}

// wrapped are HEP packets on their way from the agent to us.
func wrapped(t *testing.T, packets [][]byte) []synthetic.OnWire {
	t.Helper()
	all := unwrapped(t, packets)
	for i := range all {
		all[i] = synthetic.OnWire{At: all[i].At.Add(3 * time.Millisecond), Src: agentAt, Dst: usAt, Payload: packets[i]}
	}
	return all
}

// alaw is RTP of the near end that says it is PCMA, which it may.
func alaw(c *call) synthetic.OnWire {
	header := []byte{0x80, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0x10, 0x01}
	return synthetic.OnWire{At: epoch.Add(3 * time.Second), Src: c.near(), Dst: c.far(), Payload: append(header, make([]byte, 160)...)}
}

// imported is what comes of a capture.
type imported struct {
	stats ImportStats
	rows  map[string]string
	media []schema.MediaReport
	calls []schema.SIPCall
	voip  []schema.VoIPReport
}

// importCapture reads a capture for anna.
func importCapture(t *testing.T, data []byte, src Source) *imported {
	t.Helper()
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	im, err := NewImporter(&src, stripes)
	if err != nil {
		t.Fatal(err)
	}
	if err := im.SetTrunks(threeTenants, nil); err != nil {
		t.Fatal(err)
	}
	r, err := pcap.NewReader(bytes.NewReader(data), pcap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store := newRowStore()
	batch := &memoryBatch{}
	im.OnVoIP(func(facts []VoIPFact) error {
		for i := range facts {
			batch.AppendVoIP(&facts[i])
		}
		return nil
	})
	im.OnCalls(func(facts []CallFact) error {
		for i := range facts {
			batch.AppendCall(&facts[i])
		}
		return nil
	})
	err = im.Read(r, func() time.Time { return epoch.Add(time.Hour) }, func(facts []Fact) error {
		for i := range facts {
			batch.Append(&facts[i])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	store.apply(batch)
	got := &imported{stats: im.Stats(), rows: store.final()}
	for _, row := range store.media {
		got.media = append(got.media, row)
	}
	for _, row := range store.calls {
		got.calls = append(got.calls, row)
	}
	for _, row := range store.voip {
		got.voip = append(got.voip, row)
	}
	if datagrams, reports := got.stats.Counts.Balance(); datagrams != 0 || reports != 0 {
		t.Errorf("%d datagrams and %d reports are unaccounted for: %+v", datagrams, reports, got.stats.Counts)
	}
	return got
}

var importSource = Source{Name: "call.pcap", Kind: KindPcap, Tenant: "anna"}

// TestImporterReadsTheSIPOfACall imports a call with its SIP in every order and
// wrapping that captures have: the rows must be the same.
func TestImporterReadsTheSIPOfACall(t *testing.T) {
	c := threeCalls()[0]
	sip, media := c.sip(epoch), c.media(epoch, 10, false)
	rtp := alaw(&c)
	plain := append(unwrapped(t, sip), unwrapped(t, media)...)
	byTime := slices.SortedStableFunc(slices.Values(plain), func(a, b synthetic.OnWire) int { return a.At.Compare(b.At) })
	backwards := slices.Clone(byTime)
	slices.Reverse(backwards)
	orders := map[string][]synthetic.OnWire{
		"by time":    append([]synthetic.OnWire{rtp}, byTime...),
		"SIP first":  append([]synthetic.OnWire{rtp}, plain...),
		"RTCP first": append(append(unwrapped(t, media), rtp), unwrapped(t, sip)...),
		"backwards":  append([]synthetic.OnWire{rtp}, backwards...),
		"HEP":        append(wrapped(t, sip), wrapped(t, media)...),
		"SIP in HEP": append(unwrapped(t, media), wrapped(t, sip)...),
		"all twice":  append(append(slices.Clone(byTime), byTime...), wrapped(t, sip)...),
	}
	want := importCapture(t, synthetic.Pcap(orders["by time"]), importSource)
	if len(want.media) != 20 || len(want.calls) != 1 {
		t.Fatalf("%d media rows and %d calls, want 20 and 1", len(want.media), len(want.calls))
	}
	for _, row := range want.media {
		if row.CallID != "a1" || row.Codec != "PCMU" || row.ClockSource != "sdp" || row.AttributionRule != RuleListener || row.Trunk != c.trunk {
			t.Errorf("got call %q, codec %q by %q, rule %q, trunk %q", row.CallID, row.Codec, row.ClockSource, row.AttributionRule, row.Trunk)
		}
	}
	row := want.calls[0]
	if row.Tenant != "anna" || !row.Time.Equal(epoch) || row.Outcome != "answered" || row.State != "ended" || row.TalkMillis != schema.Some(int64(58_000)) ||
		row.Trunk != c.trunk || row.AttributionRule != RuleListener || row.Version <= schema.WholeCallVersion {
		t.Errorf("call %+v", row)
	}
	for name, packets := range orders {
		t.Run(name, func(t *testing.T) {
			got := importCapture(t, synthetic.Pcap(packets), importSource)
			if diff := cmp.Diff(want.rows, got.rows); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestImporterWithoutSIPKnowsLess imports the same media without SIP: what RTP
// tells of the codec holds then, and there is no call.
func TestImporterWithoutSIPKnowsLess(t *testing.T) {
	c := threeCalls()[0]
	rtp := alaw(&c)
	got := importCapture(t, synthetic.Pcap(append(unwrapped(t, c.media(epoch, 3, false)), rtp)), importSource)
	if len(got.media) != 6 || len(got.calls) != 0 || got.stats.SIP != 0 || got.stats.RTP != 1 {
		t.Fatalf("%d media rows, %d calls, stats %+v", len(got.media), len(got.calls), got.stats)
	}
	for _, row := range got.media {
		// The trunk is still known, by its address.
		if row.CallID != "" || row.Trunk != c.trunk || row.SourceSSRC == nearSSRC && row.ClockSource != "static_payload_type" {
			t.Errorf("got call %q, trunk %q, codec %q by %q", row.CallID, row.Trunk, row.Codec, row.ClockSource)
		}
	}
}

// TestImporterTakesTheTrunkThatWasSaid imports a call for a trunk by name.
func TestImporterTakesTheTrunkThatWasSaid(t *testing.T) {
	c := threeCalls()[0]
	src := importSource
	src.Trunk = "spare"
	got := importCapture(t, synthetic.Pcap(append(unwrapped(t, c.sip(epoch)), unwrapped(t, c.media(epoch, 2, false))...)), src)
	for _, row := range got.media {
		if row.Trunk != "spare" || row.CallID != "a1" {
			t.Errorf("media: trunk %q, call %q", row.Trunk, row.CallID)
		}
	}
	for _, row := range got.calls {
		if row.Trunk != "spare" {
			t.Errorf("call: trunk %q", row.Trunk)
		}
	}
}

// TestImporterCallOverTheEnd imports a capture that ends within a call, after
// and before one that has the whole: the whole is what stays.
func TestImporterCallOverTheEnd(t *testing.T) {
	c := threeCalls()[0]
	sip := unwrapped(t, c.sip(epoch))
	whole, part := importCapture(t, synthetic.Pcap(sip), importSource), importCapture(t, synthetic.Pcap(sip[:4]), importSource)
	if len(part.calls) != 1 || part.calls[0].State != "timed_out" || part.calls[0].Outcome != "answered" || part.calls[0].EndedAt.OK {
		t.Fatalf("the part gave %+v", part.calls)
	}
	if len(whole.calls) != 1 || part.calls[0].Version >= whole.calls[0].Version || part.calls[0].Version < schema.WholeCallVersion {
		t.Errorf("version %d of the part, %d of the whole", part.calls[0].Version, whole.calls[0].Version)
	}
}

// TestImporterHoldsBackNoMoreThanItMay lets go of what is beyond the bound, in
// order.
func TestImporterHoldsBackNoMoreThanItMay(t *testing.T) {
	c := threeCalls()[0]
	stripes, err := NewStripes(StripesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	src := importSource
	im, err := NewImporter(&src, stripes)
	if err != nil {
		t.Fatal(err)
	}
	media := unwrapped(t, c.media(epoch, 200, false))
	for _, p := range media {
		im.datagram(&pcap.Datagram{At: p.At, Src: p.Src, Dst: p.Dst, Payload: p.Payload})
	}
	one := im.pending[0].bytes
	im.release(10*one, epoch)
	if len(im.pending) != 10 || im.pendingBytes != 10*one || len(im.batch.facts) < len(media)-10 {
		t.Errorf("%d reports of %d bytes are held back, %d facts made", len(im.pending), im.pendingBytes, len(im.batch.facts))
	}
	im.release(0, epoch)
	if len(im.pending) != 0 || im.pendingBytes != 0 {
		t.Errorf("%d reports of %d bytes are held back in the end", len(im.pending), im.pendingBytes)
	}
}

// TestImporterReadsRealCaptures reads what real agents and phones have sent.
func TestImporterReadsRealCaptures(t *testing.T) {
	for _, tt := range []struct {
		name                         string
		hep, sip, media, voip, calls int
		callID                       schema.CallID
	}{
		{"rtpengine_hep.pcap", 19, 0, 19, 0, 0, "lab-call-1@pbx.example"},
		{"kamailio_hep_publish.pcap", 8, 0, 0, 16, 0, "Ixq2alEeku"},
		{"linphone_xr_vqrtcpxr.pcap", 0, 12, 18, 8, 1, "Ixq2alEeku"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(testneed.Shared(t, "data", "captures"), tt.name))
			if err != nil {
				t.Fatal(err)
			}
			got := importCapture(t, data, importSource)
			if int(got.stats.HEP) != tt.hep || int(got.stats.SIP) != tt.sip || len(got.media) != tt.media ||
				len(got.voip) != tt.voip || len(got.calls) != tt.calls {
				t.Errorf("%d HEP, %d SIP, %d media rows, %d quality rows, %d calls, want %+v", got.stats.HEP, got.stats.SIP, len(got.media), len(got.voip), len(got.calls), tt)
			}
			for _, row := range got.media {
				if row.CallID != tt.callID {
					t.Errorf("media: call %q, want %q", row.CallID, tt.callID)
				}
			}
			for _, row := range got.voip {
				if row.CallID != tt.callID || row.AttributionRule != RuleListener {
					t.Errorf("quality report: call %q by %q, want %q", row.CallID, row.AttributionRule, tt.callID)
				}
			}
			for _, row := range got.calls {
				if row.CallID != tt.callID || row.Outcome != "answered" || row.FromUser != "agent42" || row.ToUser != "customer7" {
					t.Errorf("call %+v", row)
				}
			}
		})
	}
}
