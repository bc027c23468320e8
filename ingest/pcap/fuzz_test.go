package pcap

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzReader looks for panics, endless reading, errors without a class and
// counters that do not add up.
func FuzzReader(f *testing.F) {
	for _, file := range files() {
		f.Add(file)
		f.Add(zip(f, file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 2 && file[0] == 0x1f && file[1] == 0x8b && len(file) > 4096 {
			t.Skip("a few bytes unpack to gigabytes: slow, not wrong")
		}
		res := readAll(file, Options{MaxPacketBytes: 4096})
		if res.err != nil && !errors.Is(res.err, ErrFormat) && !errors.Is(res.err, ErrTruncated) {
			t.Fatalf("error of no class: %v", res.err)
		}
		sum, damage := res.stats.Datagrams, res.stats.BadBlocks
		for reason, n := range res.stats.Passed {
			sum += n
			if Reason(reason).Damage() {
				damage += n
			}
		}
		if sum != res.stats.Packets || res.stats.Datagrams != uint64(len(res.datagrams)) || damage != uint64(len(res.faults)) {
			t.Fatalf("%d datagrams, %d faults, stats %+v", len(res.datagrams), len(res.faults), res.stats)
		}
		for _, d := range res.datagrams {
			if !d.Src.IsValid() || !d.Dst.IsValid() || len(d.Payload) > 4096 || d.At.Year() > 9999 {
				t.Fatalf("datagram %+v", d)
			}
			if !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) && !bytes.Contains(file, d.Payload) {
				t.Fatal("payload is not in the file")
			}
		}
		for i := range res.faults {
			if res.faults[i].What == "" || !res.faults[i].Reason.Damage() {
				t.Fatalf("fault %+v", res.faults[i])
			}
		}
	})
}
