package mediaqos

import "net/netip"

// v4Tap is a tap between two plain IPv4 addresses: 12 bytes in place of 64.
type v4Tap struct {
	src, dst         [4]byte
	srcPort, dstPort uint16
}

// packTap packs a tap; false means that an address is no plain IPv4 one.
func packTap(t *Tap) (v4Tap, bool) {
	src, dst := t.Src.Addr(), t.Dst.Addr()
	if !src.Is4() || !dst.Is4() {
		return v4Tap{}, false
	}
	return v4Tap{src: src.As4(), dst: dst.As4(), srcPort: t.Src.Port(), dstPort: t.Dst.Port()}, true
}

func (t v4Tap) unpack() Tap {
	return Tap{
		Src: netip.AddrPortFrom(netip.AddrFrom4(t.src), t.srcPort),
		Dst: netip.AddrPortFrom(netip.AddrFrom4(t.dst), t.dstPort),
	}
}

// tapSet is the taps of one stream in order of their addresses, at most
// MaxTaps. One IPv4 tap, which is what most streams have, is held in place.
type tapSet struct {
	more *moreTaps // nil where one holds the only tap
	one  v4Tap
	n    uint8
}

// moreTaps are the taps of a stream that has several, or one of IPv6, and the
// round trips at those beyond the first, by report.
type moreTaps struct {
	taps []Tap
	rtts *[Window][MaxTaps - 1]rttSlot // nil for one tap
}

// makeTapSet packs taps that are in order.
func makeTapSet(taps []Tap) tapSet {
	s := tapSet{n: uint8(len(taps))}
	if len(taps) == 1 {
		var ok bool
		if s.one, ok = packTap(&taps[0]); ok {
			return s
		}
	}
	s.more = &moreTaps{taps: append([]Tap(nil), taps...)}
	if len(taps) > 1 {
		s.more.rtts = new([Window][MaxTaps - 1]rttSlot)
	}
	return s
}

// at returns tap i.
func (s *tapSet) at(i int) Tap {
	if s.more == nil {
		return s.one.unpack()
	}
	return s.more.taps[i]
}

// list returns the taps; into is room for them.
func (s *tapSet) list(into *[MaxTaps]Tap) []Tap {
	if s.more != nil {
		return s.more.taps
	}
	if s.n == 0 {
		return nil
	}
	into[0] = s.one.unpack()
	return into[:1]
}

// index returns the index of a tap, or -1.
func (s *tapSet) index(t *Tap) int {
	if s.more == nil {
		if one, ok := packTap(t); ok && s.n == 1 && one == s.one {
			return 0
		}
		return -1
	}
	for i := range s.more.taps {
		if s.more.taps[i] == *t {
			return i
		}
	}
	return -1
}
