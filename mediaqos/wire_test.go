package mediaqos

import (
	"net/netip"
	"reflect"
	"testing"
)

var sampleWire = Wire{
	ReporterSSRC: 1, SourceSSRC: 2, PacketType: PacketTypeSR, FractionLost: 3, CumulativeLost: -4, ExtendedSeq: 5,
	JitterTicks: 6, LSR: 7, DLSR: 8, HasSR: true, SRNTP: 9, SRRTPTime: 10, SenderPackets: 11, SenderOctets: 12,
}

// TestWireHashIsStable holds identities to what stored rows have: a change
// here gives every report a second identity.
func TestWireHashIsStable(t *testing.T) {
	const want = "980a4183-d8ff-4c6c-9247-07714a35dc5c"
	if got := sampleWire.Hash("contoso").String(); got != want {
		t.Errorf("hash %s, want %s", got, want)
	}
}

func TestWireHashCoversEveryField(t *testing.T) {
	base := sampleWire.Hash("contoso")
	if sampleWire.Hash("fabrikam") == base {
		t.Error("the tenant is no part of it")
	}
	for i := range reflect.TypeFor[Wire]().NumField() {
		w := sampleWire
		switch f := reflect.ValueOf(&w).Elem().Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(!f.Bool())
		case reflect.Int32:
			f.SetInt(f.Int() + 1)
		default:
			f.SetUint(f.Uint() + 1)
		}
		if w.Hash("contoso") == base {
			t.Errorf("%s is no part of it", reflect.TypeFor[Wire]().Field(i).Name)
		}
	}
}

// TestRecordKeepsTheWire packs and unpacks.
func TestRecordKeepsTheWire(t *testing.T) {
	r := newRecord(1, &sampleWire)
	if got := r.wire(1, 2); got != sampleWire {
		t.Errorf("unpacked %+v, want %+v", got, sampleWire)
	}
	rr := sampleWire
	rr.HasSR = false
	other := newRecord(1, &rr)
	if r.sameWire(&other) || r.compare(&other) == 0 || r.compare(&other) != -other.compare(&r) {
		t.Error("a sender report equals a receiver report")
	}
}

func TestTapList(t *testing.T) {
	at := func(port uint16) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, 1}), port)
	}
	a, b := Tap{at(1), at(2)}, Tap{at(2), at(1)}
	if a.Pair() != b.Pair() || a.Reversed() != b || a.Compare(b) != -1 {
		t.Errorf("%v and %v are not one pair", a, b)
	}
	l := MakeTapList(a, b, a, b, a)
	if l.Len() != MaxTaps || l.At(0) != a || l.At(1) != b || l.At(4) != (Tap{}) || l.At(-1) != (Tap{}) {
		t.Errorf("list %v", l)
	}
	n := 0
	for range l.All() {
		if n++; n == 2 {
			break
		}
	}
	if n != 2 || a.String() != "192.0.2.1:1>192.0.2.1:2" {
		t.Errorf("walked %d; %s", n, a)
	}
}
