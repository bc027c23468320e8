package pipeline

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/schema"
)

func packed(t testing.TB, p hep.Packet) []byte {
	t.Helper()
	b, err := hep.Append(nil, &p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEveryPacketCountsOnce: one packet of each kind, each in its own counter.
func TestEveryPacketCountsOnce(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, tenant: "anna", key: "secret"}.start(t, store, now)
	c := threeCalls()[0]
	keyed := func(proto hep.Proto, payload []byte) []byte {
		return packed(t, hep.Packet{
			Src: rtcpOf(c.near()), Dst: rtcpOf(c.far()), Time: epoch, Proto: proto, HasCaptureID: true, CaptureID: 7, AuthKey: []byte("secret"),
			KeepAliveSeconds: 10, NodeName: []byte("sbc-agent"), Payload: payload,
		})
	}
	rr := receiverReport(1, 2, 1000, 0)
	srtcp := append(append([]byte{0x80, 200, 0, 6, 0, 0, 0, 1}, make([]byte, 20)...), 0x80, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	json := fmt.Appendf(nil, relayJSON, 1, 1, 1, 3, 4, 1000, 3)
	p.feed(
		keyed(hep.ProtoRTCP, rr), keyed(hep.ProtoRTCP, json), keyed(hep.ProtoRTCP, srtcp), keyed(hep.ProtoRTCP, []byte("?????")), keyed(hep.ProtoRTCP, []byte(`{"x`)),
		keyed(hep.ProtoSIP, []byte("OPTIONS sip:a@b SIP/2.0\r\nCall-ID: x\r\n\r\n")), keyed(hep.ProtoSIP, []byte("nothing")),
		keyed(hep.ProtoLog, []byte("a line")), keyed(hep.ProtoRTPReport, []byte("what")), keyed(0, nil),
		packet(hep.ProtoRTCP, epoch, c.near(), c.far(), "", rr), []byte("HEP3"), []byte("not HEP at all"), nil,
	)
	p.settle(now)
	store.balanced(t)
	got := store.counts
	want := Counts{
		Datagrams: 14, RTCP: 2, Encrypted: 1, Refused: 1, Unreadable: 1, KeepAlives: 1, SIP: 1, Ignored: 1, RefusedSIP: 1, RefusedQuality: 1,
		Reports: 2, New: 2, Held: 2, Released: 2, // they waited for SIP that never came
		FixedNTPFraction: 1, // what the relay writes, read once when it came and once after it waited
	}
	want.RefusedHEP[hep.ReasonJSON], want.RefusedHEP[hep.ReasonAuth], want.RefusedHEP[hep.ReasonTruncated], want.RefusedHEP[hep.ReasonNotHEP] = 1, 1, 1, 1
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, row := range store.media {
		if row.Tenant != "anna" || row.AttributionRule != RuleListener || row.CallID != "" {
			t.Errorf("row %+v", row)
		}
	}
	agents := p.live.Stats().Agents
	if len(agents) != 1 || agents[0].CaptureID != 7 || agents[0].Packets != 10 || agents[0].KeepAlives != 1 || agents[0].Interval != 10*time.Second || agents[0].Node != "sbc-agent" {
		t.Fatalf("agents %+v", agents)
	}
	if a := agents[0]; a.Late(a.Seen.Add(29*time.Second)) || !a.Late(a.Seen.Add(31*time.Second)) {
		t.Error("an agent is late after three of its intervals")
	}
}

// TestSIPThatNeverComesCostsOneWait: without SIP from anywhere the reports of a
// tenant's listener are not put off for ever.
func TestSIPThatNeverComesCostsOneWait(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, tenant: "anna"}.start(t, store, now)
	now.advance(time.Minute)
	media := threeCalls()[0].media(epoch, 3, true)
	p.feed(media...)
	p.cut()
	if len(store.media) != 6 || store.counts.Held != 0 {
		t.Errorf("%d rows, %d held, want 6 and none", len(store.media), store.counts.Held)
	}
	p.settle(now)
}

// TestStreamsOfTCP: HEP over a connection is numbered here.
func TestStreamsOfTCP(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants, shards: 2}.start(t, store, now)
	var packets [][]byte
	for _, b := range allOf(threeCalls()) {
		packets = append(packets, b)
		if len(packets) == 7 {
			if err := p.live.Accept(agentAt, usAt, epoch, packets); err != nil {
				t.Fatal(err)
			}
			for i := range packets { // the reader's buffer is its own again
				clear(packets[i][6:])
			}
			packets = nil
		}
	}
	if err := p.live.Accept(agentAt, usAt, epoch, packets); err != nil {
		t.Fatal(err)
	}
	p.settle(now)
	store.balanced(t)
	if len(store.media) != 36 || len(store.calls) != 3 || store.mark != store.counts.Datagrams {
		t.Errorf("%d reports, %d calls, mark %d of %d", len(store.media), len(store.calls), store.mark, store.counts.Datagrams)
	}
	if err := p.live.Accept(agentAt, usAt, epoch, packets); err != ErrStopped {
		t.Errorf("after the end: %v", err)
	}
}

// voipMetrics is an RR with an XR packet that has one VoIP metrics block.
func voipMetrics(reporter, source, seq uint32) []byte {
	b := receiverReport(reporter, source, seq, 0)
	b = append(b, 0x80, 207, 0, 10)
	b = append(b, byte(reporter>>24), byte(reporter>>16), byte(reporter>>8), byte(reporter))
	b = append(b, 7, 0, 0, 8)
	b = append(b, byte(source>>24), byte(source>>16), byte(source>>8), byte(source))
	return append(b,
		13, 5, 128, 2, // loss, discard, burst density, gap density
		0, 200, 19, 136, 0, 80, 0, 40, // burst, gap, round trip, end system
		236, 196, 50, 16, 88, 127, 41, 40, // signal, noise, RERL, Gmin, R, external R, MOS-LQ, MOS-CQ
		0x30, 0, 0, 40, 0, 80, 0, 120) // RX config, buffer
}

// TestVoIPMetricsAtTwoTaps: what an end says is one row, whatever tap it was seen
// at first, at the time of the earliest; and it is evidence of bursts.
func TestVoIPMetricsAtTwoTaps(t *testing.T) {
	c := threeCalls()[0]
	block := voipMetrics(nearSSRC, farSSRC, 5000)
	early := packet(hep.ProtoRTCP, epoch.Add(10*time.Second), rtcpOf(c.near()), rtcpOf(c.far()), c.id, block)
	late := packet(hep.ProtoRTCP, epoch.Add(10*time.Second+30*time.Millisecond), nowhere, rtcpOf(c.near()), c.id, block)
	var rows []map[string]string
	for _, order := range [][][]byte{{early, late, late}, {late, early}} {
		store, now := newRowStore(), &clock{now: epoch}
		p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
		p.feed(c.sip(epoch)[:4]...)
		p.feed(order...)
		p.settle(now)
		store.balanced(t)
		alive := map[string]string{}
		for key, row := range store.final() {
			if key[:4] == "voip" {
				alive[key] = row
			}
		}
		if len(alive) != 1 {
			t.Fatalf("%d rows of VoIP metrics, want 1: %v", len(alive), alive)
		}
		for _, row := range store.voip {
			if row.IsDeleted {
				continue
			}
			if row.Tenant != "anna" || row.CallID != "a1" || !row.Time.Equal(epoch.Add(10*time.Second)) || row.Codec != "PCMU" || row.Origin != schema.VoIPFromXR ||
				row.ConversationalR.V != 88 || row.ExternalInR.OK || row.ListeningMOS.V != 4.1 || row.JitterBuffer != "adaptive" || row.JitterBufferNominalMillis.V != 40 {
				t.Errorf("row %+v", row)
			}
		}
		if store.counts.XRTypes[7] != uint64(len(order)) {
			t.Errorf("%d VoIP metrics blocks counted", store.counts.XRTypes[7])
		}
		rows = append(rows, alive)
	}
	for key := range rows[0] {
		if _, same := rows[1][key]; !same {
			t.Errorf("the row's key depends on the order: %v and %v", rows[0], rows[1])
		}
	}
}

// FuzzHEP: whatever packets come, nothing panics, and each is counted once.
func FuzzHEP(f *testing.F) {
	c := threeCalls()[0]
	for _, b := range append(c.sip(epoch), c.media(epoch, 1, true)...) {
		f.Add(b, byte(0))
	}
	f.Add(packet(hep.ProtoRTCP, epoch, rtcpOf(c.near()), rtcpOf(c.far()), c.id, voipMetrics(1, 2, 3)), byte(1))
	f.Add(packet(hep.ProtoRTCP, epoch, rtcpOf(c.near()), rtcpOf(c.far()), c.id, fmt.Appendf(nil, relayJSON, 1, 1, 1, 3, 4, 5, 3)), byte(2))
	f.Add(packet(hep.ProtoRTPReport, epoch, c.near(), c.far(), "q", sessionReport("q", epoch)), byte(3))
	f.Fuzz(func(t *testing.T, b []byte, where byte) {
		store, now := newRowStore(), &clock{now: epoch}
		p := setup{form: FormHEP, table: threeTenants, shards: 1}.start(t, store, now)
		p.feed(c.sip(epoch)[:3]...)
		cut := int(where) % (len(b) + 1)
		p.feed(b, b[cut:], b[:cut], b)
		p.settle(now)
		store.balanced(t)
		if store.counts.Datagrams != 7 {
			t.Errorf("%d packets counted, want 7", store.counts.Datagrams)
		}
	})
}

// extendedReport appends an XR packet with one block to a datagram.
func extendedReport(b []byte, reporter uint32, block ...byte) []byte {
	b = append(b, 0x80, 207, 0, byte(1+len(block)/4))
	b = binary.BigEndian.AppendUint32(b, reporter)
	return append(b, block...)
}

// TestLossRunsAreEvidence: 10 of 250 packets lost in one run, as the run lengths
// beside the report say.
func TestLossRunsAreEvidence(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	c := threeCalls()[0]
	p.feed(c.sip(epoch)[:4]...)
	near, far := rtcpOf(c.near()), rtcpOf(c.far())
	// Block 1, 5 words: the source, 1000 to 1250; 100 received, 10 lost, 140 received.
	runs := []byte{1, 0, 0, 4, 0, 0, 0x20, 0x02, 0x03, 0xe8, 0x04, 0xe2, 0x40, 100, 0x00, 10, 0x40, 140, 0, 0}
	p.feed(
		packet(hep.ProtoRTCP, epoch.Add(5*time.Second), near, far, c.id, receiverReport(nearSSRC, farSSRC, 1000, 0)),
		packet(hep.ProtoRTCP, epoch.Add(10*time.Second), near, far, c.id, extendedReport(receiverReport(nearSSRC, farSSRC, 1250, 10), nearSSRC, runs...)),
	)
	p.settle(now)
	store.balanced(t)
	for _, row := range store.media {
		measured := row.Time.Equal(epoch.Add(10 * time.Second))
		if measured && (row.BurstRatioSource != "measured" || row.BurstRatio.V < 9 || row.BurstRatio.V > 10) || !measured && row.BurstRatioSource == "measured" {
			t.Errorf("%s: burst ratio %v %s", row.Time, row.BurstRatio, row.BurstRatioSource)
		}
	}
	if store.counts.XRTypes[1] != 1 || len(store.media) != 2 {
		t.Errorf("%d rows, %+v", len(store.media), store.counts)
	}
}

// TestRoundTripOfAnEndThatSendsNothing: its reference time is echoed 100 ms
// later after 50 ms, and it answers an SR after 100 ms, of which it took 30.
func TestRoundTripOfAnEndThatSendsNothing(t *testing.T) {
	store, now := newRowStore(), &clock{now: epoch}
	p := setup{form: FormHEP, table: threeTenants}.start(t, store, now)
	c := threeCalls()[0]
	p.feed(c.sip(epoch)[:4]...)
	near, far := rtcpOf(c.near()), rtcpOf(c.far())
	word := func(all ...uint32) (b []byte) {
		for _, v := range all {
			b = binary.BigEndian.AppendUint32(b, v)
		}
		return b
	}
	at := epoch.Add(5 * time.Second)
	const reference, sent = 0x1122334455667788, 0x99aabbcc00000000
	sr := word(0x80c80006, nearSSRC, sent>>32, sent&0xffffffff, 1, 2, 3)
	answer := receiverReport(farSSRC, nearSSRC, 1250, 0)
	binary.BigEndian.PutUint32(answer[24:], sent>>16&0xffffffff)
	binary.BigEndian.PutUint32(answer[28:], 65536*30/1000)
	p.feed(
		packet(hep.ProtoRTCP, at, far, near, c.id, extendedReport(receiverReport(farSSRC, nearSSRC, 1000, 0), farSSRC, word(0x04000002, reference>>32, reference&0xffffffff)...)),
		packet(hep.ProtoRTCP, at.Add(100*time.Millisecond), near, far, c.id, extendedReport(sr, nearSSRC, word(0x05000003, farSSRC, reference>>16&0xffffffff, 65536*50/1000)...)),
		packet(hep.ProtoRTCP, at.Add(200*time.Millisecond), far, near, c.id, answer),
	)
	p.settle(now)
	store.balanced(t)
	found := false
	for _, row := range store.media {
		if row.LSR != 0 {
			found = true
			if row.RTTMethod != "dlrr" || row.RTTMillis.V < 119 || row.RTTMillis.V > 121 {
				t.Errorf("round trip %v by %s, want 120 by dlrr", row.RTTMillis, row.RTTMethod)
			}
		}
	}
	if !found {
		t.Errorf("no row: %+v", store.counts)
	}
}
