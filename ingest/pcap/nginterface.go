package pcap

import (
	"fmt"
	"math"
	"math/bits"
	"time"
)

// Options of an interface description that are needed.
const (
	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14
	interfaceSize    = 8
)

// ngInterface is what a section says of one interface.
type ngInterface struct {
	linkType   linkType
	snapLength uint32 // 0: no limit
	// unitsPerSecond of its timestamps; 0 where the resolution cannot be read.
	unitsPerSecond uint64
	// offsetSeconds is added to its timestamps.
	offsetSeconds int64
}

func (n *ng) describe(r *Reader, b *block) error {
	switch {
	case len(n.interfaces) == maxInterfaces:
		r.passBlock(b.offset, fmt.Sprintf("interface description: want at most %d in a section", maxInterfaces))
		return nil
	case b.left < interfaceSize:
		r.passBlock(b.offset, fmt.Sprintf("interface description: want at least %d bytes, have %d", interfaceSize+blockOverhead, b.size))
		// It keeps its number, so that those behind it keep theirs; its own
		// packets are refused.
		n.interfaces = append(n.interfaces, ngInterface{})
		return nil
	}
	head, err := b.take(r.source, interfaceSize, "interface description")
	if err != nil {
		return err
	}
	of := ngInterface{
		linkType:       linkType(n.order.uint16(head)),
		snapLength:     n.order.uint32(head[4:]),
		unitsPerSecond: 1e6,
	}
	if err := n.interfaceOptions(r.source, b, &of); err != nil {
		return err
	}
	n.interfaces = append(n.interfaces, of)
	return nil
}

// interfaceOptions reads the list of options as far as it is sound.
func (n *ng) interfaceOptions(s *source, b *block, of *ngInterface) error {
	for b.left >= 4 {
		head, err := b.take(s, 4, "option of interface")
		if err != nil {
			return err
		}
		code, size := n.order.uint16(head), int64(n.order.uint16(head[2:]))
		padded := (size + 3) &^ 3
		if code == optionEnd || padded > b.left {
			return nil
		}
		if (code == optionResolution && size == 1) || (code == optionOffset && size == 8) {
			value, err := b.take(s, int(padded), "option of interface")
			if err != nil {
				return err
			}
			if code == optionResolution {
				of.unitsPerSecond = resolution(value[0])
			} else {
				of.offsetSeconds = int64(n.order.uint64(value))
			}
			continue
		}
		b.left -= padded
		if err := s.skip(padded, "option of interface"); err != nil {
			return err
		}
	}
	return nil
}

// resolution turns if_tsresol into units per second: a negative power of 2
// with the highest bit set, else of 10. It is 0 if that does not fit 64 bits.
func resolution(v byte) uint64 {
	exponent := int(v & 0x7f)
	if v&0x80 != 0 {
		if exponent > 63 {
			return 0
		}
		return 1 << exponent
	}
	if exponent > 19 {
		return 0
	}
	units := uint64(1)
	for range exponent {
		units *= 10
	}
	return units
}

// Seconds since 1970 of the first and the last instant that is believed.
var (
	firstSecond = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix() + 1
	lastSecond  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix()
)

// time turns a timestamp of the interface into the time of day.
func (i *ngInterface) time(stamp uint64) (time.Time, bool) {
	seconds := stamp / i.unitsPerSecond
	high, low := bits.Mul64(stamp%i.unitsPerSecond, 1e9)
	nanos, _ := bits.Div64(high, low, i.unitsPerSecond)
	if seconds > math.MaxInt64/2 || i.offsetSeconds > math.MaxInt64/2 || i.offsetSeconds < math.MinInt64/2 {
		return time.Time{}, false
	}
	second := int64(seconds) + i.offsetSeconds
	if second < firstSecond || second > lastSecond {
		return time.Time{}, false
	}
	return time.Unix(second, int64(nanos)).UTC(), true
}
