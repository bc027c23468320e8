//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// layout is where things are in a ring file:
//
//	0            header, one page: a fixed part under a checksum, the boot, head
//	messagesAt   one mmsghdr per slot
//	slotsAt      one slot per stride: number, checksum, iovec, name, control, payload
type layout struct {
	slots, slotBytes            int
	messagesAt, slotsAt, stride int
	size                        int
}

const (
	pageSize    = 4096
	ringMagic   = "TLUDPRNG"
	ringVersion = 1

	// Offsets in the header, little endian.
	offsetMagic   = 0
	offsetVersion = 8
	offsetSlots   = 12
	offsetBytes   = 16
	offsetABI     = 20
	offsetSum     = 24 // of all before
	offsetBoot    = 32 // 16 bytes
	// offsetHead has a cache line of its own: it changes with each release.
	offsetHead = 64
)

func layoutFor(slots, slotBytes, messageSize, slotSize int) layout {
	l := layout{slots: slots, slotBytes: slotBytes, messagesAt: pageSize}
	l.slotsAt = roundUp(l.messagesAt+slots*messageSize, pageSize)
	l.stride = slotSize + slotBytes
	l.size = roundUp(l.slotsAt+slots*l.stride, pageSize)
	return l
}

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// header is the fixed part of a ring file's first page. abi tells the layouts
// of the kernel's structures apart: their sizes, and the byte order by being
// written natively.
func (l layout) header(abi uint32) []byte {
	b := make([]byte, pageSize)
	copy(b[offsetMagic:], ringMagic)
	binary.LittleEndian.PutUint32(b[offsetVersion:], ringVersion)
	binary.LittleEndian.PutUint32(b[offsetSlots:], uint32(l.slots))
	binary.LittleEndian.PutUint32(b[offsetBytes:], uint32(l.slotBytes))
	binary.NativeEndian.PutUint32(b[offsetABI:], abi)
	binary.LittleEndian.PutUint32(b[offsetSum:], crc32.ChecksumIEEE(b[:offsetSum]))
	return b
}

// check compares the header of an existing file with what this process needs.
func (l layout) check(b []byte, size int64, abi uint32) error {
	field := func(offset int) int { return int(binary.LittleEndian.Uint32(b[offset:])) }
	if len(b) < pageSize {
		return fmt.Errorf("%w: header: want %d bytes, have %d", ErrRingFormat, pageSize, len(b))
	}
	if magic := string(b[:len(ringMagic)]); magic != ringMagic {
		return fmt.Errorf("%w: magic: want %q, have %q", ErrRingFormat, ringMagic, magic)
	}
	if sum := crc32.ChecksumIEEE(b[:offsetSum]); sum != binary.LittleEndian.Uint32(b[offsetSum:]) {
		return fmt.Errorf("%w: checksum of header: want %08x, have %08x", ErrRingFormat, sum, field(offsetSum))
	}
	for _, f := range []struct {
		name       string
		want, have int
	}{
		{"version", ringVersion, field(offsetVersion)},
		{"slots", l.slots, field(offsetSlots)},
		{"slot bytes", l.slotBytes, field(offsetBytes)},
		{"machine", int(abi), int(binary.NativeEndian.Uint32(b[offsetABI:]))},
	} {
		if f.want != f.have {
			return fmt.Errorf("%w: %s: want %d, have %d (run once with the old settings to empty it, or remove it)", ErrRingFormat, f.name, f.want, f.have)
		}
	}
	if size != int64(l.size) {
		return fmt.Errorf("%w: file size: want %d, have %d", ErrRingFormat, l.size, size)
	}
	return nil
}
