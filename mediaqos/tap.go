package mediaqos

import (
	"iter"
	"net/netip"
)

// MaxTaps is how many taps one stream notes. Four are both sides of a relay
// with two capture agents on each; a report seen at further ones is still
// recognised as the same report, its tap is counted and not noted.
const MaxTaps = 4

// Tap is where a datagram was seen: the address pair it travelled between at
// that point of its path. A relay rewrites addresses, so the same report has
// one tap on each side of it.
type Tap struct {
	// Src is the datagram's sender: the reporter, or the relay that passed it on.
	Src netip.AddrPort
	// Dst is its destination.
	Dst netip.AddrPort
}

// Compare orders taps by source, then destination: -1, 0 or 1.
func (t Tap) Compare(u Tap) int {
	if c := t.Src.Compare(u.Src); c != 0 {
		return c
	}
	return t.Dst.Compare(u.Dst)
}

// Reversed is the same address pair seen from the other end.
func (t Tap) Reversed() Tap { return Tap{Src: t.Dst, Dst: t.Src} }

// Pair is the tap with the smaller address first: equal for both directions.
func (t Tap) Pair() Tap {
	if t.Src.Compare(t.Dst) > 0 {
		return t.Reversed()
	}
	return t
}

// String is "src>dst", the form in which taps are stored.
func (t Tap) String() string {
	if !t.Src.IsValid() || !t.Dst.IsValid() {
		return t.Src.String() + ">" + t.Dst.String()
	}
	var room [2*51 + 1]byte // two IPv6 addresses with ports; a zone may take more
	b := t.Src.AppendTo(room[:0])
	return string(t.Dst.AppendTo(append(b, '>')))
}

// TapList holds up to MaxTaps taps without allocating. In an [Emission] the
// earliest tap comes first and the others follow in order of their addresses.
type TapList struct {
	taps [MaxTaps]Tap
	n    uint8
}

// MakeTapList returns a list of the given taps; those beyond MaxTaps are left out.
func MakeTapList(taps ...Tap) TapList {
	var l TapList
	for _, t := range taps {
		l.add(t)
	}
	return l
}

func (l *TapList) add(t Tap) {
	if l.n < MaxTaps {
		l.taps[l.n] = t
		l.n++
	}
}

// Len returns the number of taps.
func (l TapList) Len() int { return int(l.n) }

// At returns tap i, or the zero Tap beyond the end.
func (l TapList) At(i int) Tap {
	if i < 0 || i >= int(l.n) {
		return Tap{}
	}
	return l.taps[i]
}

// All walks the taps in order.
func (l TapList) All() iter.Seq[Tap] {
	return func(yield func(Tap) bool) {
		for _, t := range l.taps[:l.n] {
			if !yield(t) {
				return
			}
		}
	}
}
