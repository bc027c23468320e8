package synthetic

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func newCall(seed uint64, n Network) *Call {
	trunk := Scene()[0]
	return NewCall(rand.New(rand.NewPCG(seed, 1)), &trunk, n, noon)
}

func TestTheSameSeedSendsTheSameBytes(t *testing.T) {
	send := func(seed uint64) (all []byte) {
		call := newCall(seed, wireless)
		for i := range 20 {
			b, _, err := call.Report(i%2, noon.Add(time.Duration(i+1)*time.Second), i > 17)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		return all
	}
	if !bytes.Equal(send(7), send(7)) {
		t.Error("one seed, two calls")
	}
	if bytes.Equal(send(7), send(8)) {
		t.Error("two seeds, one call")
	}
}

// TestReportsAgreeWithEachOther plays the receiver: fractions, cumulative
// counts and round trips must be those of one consistent call.
func TestReportsAgreeWithEachOther(t *testing.T) {
	call := newCall(3, bursty)
	var last *rtcp.ReceptionReport
	lost := 0
	for i := range 60 {
		now := noon.Add(time.Duration(i+1) * 500 * time.Millisecond)
		b, atSBC, err := call.Report(i%2, now, false)
		if err != nil {
			t.Fatal(err)
		}
		if atSBC.Sub(now) != call.parties[i%2].leg {
			t.Fatalf("seen %v after it was sent, want %v", atSBC.Sub(now), call.parties[i%2].leg)
		}
		packets, err := rtcp.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		sr := packets[0].(*rtcp.SenderReport)
		block := sr.Reports[0]
		if i%2 == 0 {
			if last != nil {
				expected := block.LastSequenceNumber - last.LastSequenceNumber
				delta := int32(block.TotalLost<<8)>>8 - int32(last.TotalLost<<8)>>8
				if want := uint8(min(255, max(0, delta)*256/int32(expected))); block.FractionLost != want {
					t.Fatalf("report %d: fraction %d, counts say %d", i, block.FractionLost, want)
				}
				lost += int(delta)
			}
			last = &block
		}
		if block.LastSenderReport != 0 {
			// The reporter's own clock: arrival of the SR plus DLSR is now.
			me := &call.parties[i%2]
			if got, want := float64(block.Delay)/65536, now.Sub(me.lastSRArrive).Seconds(); math.Abs(got-want) > 1e-3 {
				t.Fatalf("report %d: DLSR %.4f s, want %.4f s", i, got, want)
			}
		}
	}
	if lost == 0 {
		t.Error("a bursty network lost nothing")
	}
}

func TestBurstHourChangesTheNetwork(t *testing.T) {
	for _, trunk := range Scene() {
		if trunk.BurstHour != 0 && (trunk.networkAt(trunk.BurstHour).Name != "bursty" || trunk.networkAt(trunk.BurstHour+1).Name == "bursty") {
			t.Errorf("%s: burst hour %d is not one hour long", trunk.ID, trunk.BurstHour)
		}
	}
}
