package rtcp

import (
	"reflect"
	"testing"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// TestNeighboursSurvive puts one malformed sub-packet between good ones.
func TestNeighboursSurvive(t *testing.T) {
	srSize := len(srBytes)
	tests := []struct {
		name  string
		bad   []byte
		fault Fault
		text  string
	}{
		{
			"SR with a block too many", set(srBytes, 0, 0x82),
			Fault{Reason: ReasonBody, PacketType: 200, Offset: srSize + 4, Want: 72, Have: 48},
			"rtcp: byte 56: SR: body: want at least 72 bytes for what the header counts, have 48",
		},
		{
			"SR without sender info",
			[]byte{0x80, 200, 0, 1, 0, 0, 0, 9},
			Fault{Reason: ReasonBody, PacketType: 200, Offset: srSize + 4, Want: 24, Have: 4},
			"rtcp: byte 56: SR: body: want at least 24 bytes for what the header counts, have 4",
		},
		{
			"RR with a block too many", set(rrBytes, 0, 0x83),
			Fault{Reason: ReasonBody, PacketType: 201, Offset: srSize + 4, Want: 76, Have: 52},
			"rtcp: byte 56: RR: body: want at least 76 bytes for what the header counts, have 52",
		},
		{
			"SDES with a chunk too many",
			[]byte{0x81, 202, 0, 0},
			Fault{Reason: ReasonSDESChunk, PacketType: 202, Offset: srSize + 4, Want: 1, Have: 0},
			"rtcp: byte 56: SDES: chunks: want 1, have 0",
		},
		{
			"SDES item beyond the end",
			[]byte{0x81, 202, 0, 2, 0, 0, 0, 9, 1, 3, 'a', 'b'},
			Fault{Reason: ReasonSDESItem, PacketType: 202, Offset: srSize + 8, Want: 4, Have: 5},
			"rtcp: byte 60: SDES: item: want at most the 4 bytes left, have 5",
		},
		{
			"SDES item without length",
			[]byte{0x81, 202, 0, 2, 0, 0, 0, 9, 6, 1, 'a', 6},
			Fault{Reason: ReasonSDESItem, PacketType: 202, Offset: srSize + 11, Want: 1, Have: 2},
			"rtcp: byte 63: SDES: item: want at most the 1 bytes left, have 2",
		},
		{
			"SDES without end",
			[]byte{0x81, 202, 0, 2, 0, 0, 0, 9, 6, 2, 'a', 'b'},
			Fault{Reason: ReasonSDESEnd, PacketType: 202, Offset: srSize + 12, Want: 1, Have: 0},
			"rtcp: byte 64: SDES: zero bytes after the last item: want at least 1, have 0",
		},
		{
			"BYE with a source too many",
			[]byte{0x82, 203, 0, 1, 0, 0, 0, 9},
			Fault{Reason: ReasonBody, PacketType: 203, Offset: srSize + 4, Want: 8, Have: 4},
			"rtcp: byte 56: BYE: body: want at least 8 bytes for what the header counts, have 4",
		},
		{
			"APP without name",
			[]byte{0x80, 204, 0, 1, 0, 0, 0, 9},
			Fault{Reason: ReasonBody, PacketType: 204, Offset: srSize + 4, Want: 8, Have: 4},
			"rtcp: byte 56: APP: body: want at least 8 bytes for what the header counts, have 4",
		},
		{
			"XR without sender",
			[]byte{0x80, 207, 0, 0},
			Fault{Reason: ReasonBody, PacketType: 207, Offset: srSize + 4, Want: 4, Have: 0},
			"rtcp: byte 56: XR: body: want at least 4 bytes for what the header counts, have 0",
		},
		{
			"XR block beyond the end",
			[]byte{0x80, 207, 0, 2, 0, 0, 0, 9, 7, 0, 0, 8},
			Fault{Reason: ReasonXRBlock, PacketType: 207, Offset: srSize + 8, Want: 4, Have: 36},
			"rtcp: byte 60: XR: report block: want at most the 4 bytes left, have 36",
		},
		{
			"padding before the last", pad(appBytes, 4, 4),
			Fault{Reason: ReasonPaddingBit, PacketType: 204, Offset: srSize, Want: 2, Have: 1},
			"rtcp: byte 52: APP: padding bit: want it on sub-packet 2 (the last) only, have it on 1",
		},
		{
			"version 1", set(appBytes, 0, 0x45),
			Fault{Reason: ReasonVersion, Offset: srSize, Want: 2, Have: 1},
			"rtcp: byte 52: version: want 2, have 1",
		},
		{
			"packet type of RTP", set(appBytes, 1, 99),
			Fault{Reason: ReasonPacketType, Offset: srSize + 1, Want: 192, Have: 99},
			"rtcp: byte 53: packet type: want 192..223 (nearest 192), have 99",
		},
	}
	var d Datagram
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := d.Decode(chain(srBytes, tt.bad, byeBytes)); err != nil {
				t.Fatal(err)
			}
			if len(d.Faults) != 1 || d.Faults[0] != tt.fault || d.Faults[0].Error() != tt.text {
				t.Fatalf("faults:\ngot  %+v\nwant %+v\ngot  %v\nwant %v", d.Faults, tt.fault, &d.Faults[0], tt.text)
			}
			if !reflect.DeepEqual(d.Reports, []mediaqos.Wire{srReport}) {
				t.Errorf("neighbour before: got %+v", d.Reports)
			}
			if !reflect.DeepEqual(d.Byes, byes) {
				t.Errorf("neighbour behind: got %+v", d.Byes)
			}
			for _, p := range d.Packets {
				if inside := tt.fault.PacketType != 0 && p.Offset == srSize; p.Malformed != inside {
					t.Errorf("sub-packet at %d: malformed %v", p.Offset, p.Malformed)
				}
			}
		})
	}
}

// TestFaultAtTheEnd is damage behind which nothing can be found.
func TestFaultAtTheEnd(t *testing.T) {
	front := chain(srBytes, sdesBytes)
	size := len(front)
	tests := []struct {
		name  string
		tail  []byte
		fault Fault
	}{
		{"two bytes", []byte{0, 0}, Fault{Reason: ReasonTrailing, Offset: size, Have: 2}},
		{"four zero bytes", []byte{0, 0, 0, 0}, Fault{Reason: ReasonVersion, Offset: size, Want: 2}},
		{"cut sub-packet", appBytes[:12], Fault{Reason: ReasonOverrun, PacketType: 204, Offset: size + 2, Want: 12, Have: 16}},
		{"bad header, then no chain", chain(set(appBytes, 0, 0x05), appBytes[:12]), Fault{Reason: ReasonVersion, Offset: size, Want: 2}},
		{"padding of 0", pad(appBytes, 4, 0), Fault{Reason: ReasonPaddingSize, PacketType: 204, Offset: size + 19, Want: 16}},
		{"padding of 3", pad(appBytes, 4, 3), Fault{Reason: ReasonPaddingSize, PacketType: 204, Offset: size + 19, Want: 16, Have: 3}},
		{"padding larger than the body", pad(appBytes, 4, 20), Fault{Reason: ReasonPaddingSize, PacketType: 204, Offset: size + 19, Want: 16, Have: 20}},
		{"padding bit on a bare header", []byte{0xa0, 203, 0, 0}, Fault{Reason: ReasonPaddingSize, PacketType: 203, Offset: size + 3}},
		{"padding that eats the body", pad(appBytes, 4, 16), Fault{Reason: ReasonBody, PacketType: 204, Offset: size + 4, Want: 8}},
		{"BYE text beyond the end", []byte{0x80, 203, 0, 1, 9, 'x', 0, 0}, Fault{Reason: ReasonByeText, PacketType: 203, Offset: size + 4, Want: 4, Have: 10}},
	}
	var d Datagram
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := d.Decode(chain(front, tt.tail)); err != nil {
				t.Fatal(err)
			}
			if len(d.Faults) != 1 || d.Faults[0] != tt.fault {
				t.Errorf("faults: got %+v, want %+v", d.Faults, tt.fault)
			}
			if !reflect.DeepEqual(d.Reports, []mediaqos.Wire{srReport}) || !reflect.DeepEqual(d.CNAMEs, sdesNames) {
				t.Errorf("what stands before: got %+v %+v", d.Reports, d.CNAMEs)
			}
		})
	}
}

// TestDoubtfulLengthIsNotFollowed: behind a bad header only a chain that is
// good to the end is believed.
func TestDoubtfulLengthIsNotFollowed(t *testing.T) {
	var d Datagram
	if err := d.Decode(chain(srBytes, sdesBytes, set(appBytes, 0, 0x05), byeBytes, []byte{1, 2, 3})); err != nil {
		t.Fatal(err)
	}
	if len(d.Packets) != 2 || len(d.Byes) != 0 || len(d.Faults) != 1 {
		t.Errorf("got %+v", got(&d))
	}
}

// TestKeepsWhatPrecedesTheFault holds for sub-packets that are lists.
func TestKeepsWhatPrecedesTheFault(t *testing.T) {
	var d Datagram
	in := chain(
		set(sdesBytes, 29, 9), // the item of the second chunk claims nine bytes
		set(xrBytes, 22, 0, 1),
		[]byte{0x81, 203, 0, 2, 0, 0, 0, 7, 200, 0, 0, 0},
	)
	if err := d.Decode(in); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(d.CNAMEs, sdesNames[:1]) {
		t.Errorf("SDES: got %+v", d.CNAMEs)
	}
	if len(d.XRBlocks) != 1 || d.XRBlocks[0].Type != 4 {
		t.Errorf("XR: got %+v", d.XRBlocks)
	}
	if !reflect.DeepEqual(d.Byes, []Bye{{SSRC: 7}}) {
		t.Errorf("BYE: got %+v", d.Byes)
	}
	if len(d.Faults) != 3 {
		t.Errorf("got %d faults, want 3: %+v", len(d.Faults), d.Faults)
	}
}

func TestReasonsHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for r := range NumReasons {
		if r.String() == "" || seen[r.String()] || reasons[r].text == "" {
			t.Errorf("reason %d: name %q, text %q", uint8(r), r, reasons[r].text)
		}
		seen[r.String()] = true
	}
}
