package rtcp

import (
	"bytes"
	"errors"
	"testing"

	pion "github.com/pion/rtcp"
)

// FuzzDecode looks for panics, for contradictions in what is decoded, and for
// good datagrams of the library that we refuse.
func FuzzDecode(f *testing.F) {
	for _, seed := range [][]byte{
		chain(srBytes, sdesBytes), rrBytes, byeBytes, appBytes, chain(nackBytes, xrBytes),
		pad(appBytes, 8, 8), chain(srBytes, []byte{0x45, 204, 0, 0}, byeBytes),
		sealed(1, chain(srBytes, sdesBytes), 3, false, 0, 10),
	} {
		f.Add(seed)
	}
	var d Datagram
	f.Fuzz(func(t *testing.T, in []byte) {
		before := bytes.Clone(in)
		err := d.Decode(in)
		if !bytes.Equal(in, before) {
			t.Fatal("input was changed")
		}
		for i := range d.Faults {
			if at := d.Faults[i].Offset; at < 0 || at > len(in) || d.Faults[i].Error() == "" {
				t.Fatalf("fault %+v of a datagram of %d bytes", d.Faults[i], len(in))
			}
		}
		if err != nil {
			if !errors.Is(err, ErrNotRTCP) || len(d.Packets) > 0 || len(d.Faults) != 1 {
				t.Fatalf("refused with %v and %+v", err, got(&d))
			}
			return
		}
		if Classify(in) != KindRTCP {
			t.Fatal("decoded what is not RTCP")
		}
		if d.Encrypted != (len(d.Packets) == 0) {
			t.Fatalf("encrypted %v with %d packets", d.Encrypted, len(d.Packets))
		}
		for _, w := range d.Reports {
			if w.CumulativeLost < -1<<23 || w.CumulativeLost >= 1<<23 {
				t.Fatalf("cumulative loss %d", w.CumulativeLost)
			}
		}
		if !d.Encrypted && len(d.Faults) == 0 {
			compareWithLibrary(t, in, len(d.Reports))
		}
	})
}

// compareWithLibrary counts the report blocks of a faultless datagram again.
func compareWithLibrary(t *testing.T, in []byte, want int) {
	packets, err := pion.Unmarshal(in)
	if err != nil {
		return // the library is stricter: it also judges what we leave raw
	}
	have := 0
	for _, p := range packets {
		switch p := p.(type) {
		case *pion.SenderReport:
			have += len(p.Reports)
		case *pion.ReceiverReport:
			have += len(p.Reports)
		}
	}
	if have != want {
		t.Fatalf("%d report blocks, the library finds %d", want, have)
	}
}
