package rtcp_test

import (
	"errors"
	"io"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// TestXRCapture reads the reference times of two real endpoints, of which one
// sends over IPv4 and the other over IPv6: each is in a datagram with an SR, taken
// of the same clock within a second of it.
func TestXRCapture(t *testing.T) {
	r, err := pcap.Open("testdata/captures/linphone_xr_vqrtcpxr.pcap", pcap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	legs, err := mediaqos.NewLegs(mediaqos.LegsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var (
		u     pcap.Datagram
		d     rtcp.Datagram
		times int
	)
	for {
		if err := r.Next(&u); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if rtcp.Classify(u.Payload) != rtcp.KindRTCP || d.Decode(u.Payload) != nil {
			continue
		}
		if len(d.XRBlocks) != len(d.XR.ReferenceTimes) || len(d.Faults) > 0 {
			t.Errorf("packet %d: %d blocks, %d reference times, faults %v", u.Packet, len(d.XRBlocks), len(d.XR.ReferenceTimes), d.Faults)
		}
		for _, rt := range d.XR.ReferenceTimes {
			times++
			legs.AddReferenceTime(mediaqos.Sighting{Tenant: "a", At: u.At, Tap: mediaqos.Tap{Src: u.Src, Dst: u.Dst}}, rt, nil)
			if len(d.Senders) != 1 || d.Senders[0].SSRC != rt.ReporterSSRC || rt.NTP>>32-d.Senders[0].NTP>>32 > 1 {
				t.Errorf("packet %d: reference time %+v beside sender %+v", u.Packet, rt, d.Senders)
			}
		}
	}
	if stats := legs.Stats(); times != 18 || stats.Pairs != 2 || stats.ReferenceTimes != uint64(times) {
		t.Errorf("%d reference times, %+v", times, stats)
	}
}
