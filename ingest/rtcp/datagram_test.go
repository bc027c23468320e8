package rtcp

import (
	"errors"
	"reflect"
	"testing"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// want is what a Datagram must hold, without what it needs for itself.
type want struct {
	Types    []uint8
	Reports  []mediaqos.Wire
	Senders  []Sender
	CNAMEs   []CNAME
	Byes     []Bye
	Apps     []App
	XRBlocks []XRBlock
	Faults   []Fault
	Items    int
}

func got(d *Datagram) want {
	var types []uint8
	for _, p := range d.Packets {
		types = append(types, p.Type)
	}
	return want{types, nilEmpty(d.Reports), nilEmpty(d.Senders), nilEmpty(d.CNAMEs), nilEmpty(d.Byes), nilEmpty(d.Apps), nilEmpty(d.XRBlocks), nilEmpty(d.Faults), d.OtherSDESItems()}
}

// nilEmpty lets reused and fresh slices compare.
func nilEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

var (
	srSender = Sender{SSRC: sender, NTP: 0xeead2e89615ed06f, RTPTime: 0xc1aef7e9, Packets: 59, Octets: 9440}
	srReport = mediaqos.Wire{
		ReporterSSRC: sender, SourceSSRC: 0xd6893d57, PacketType: 200,
		FractionLost: 7, CumulativeLost: -2, ExtendedSeq: 0x12fcb, JitterTicks: 3, LSR: 0x2e895e61, DLSR: 0x19a4b,
		HasSR: true, SRNTP: 0xeead2e89615ed06f, SRRTPTime: 0xc1aef7e9, SenderPackets: 59, SenderOctets: 9440,
	}
	rrReports = []mediaqos.Wire{
		{
			ReporterSSRC: sender, SourceSSRC: 1, PacketType: 201,
			FractionLost: 255, CumulativeLost: -8388608, ExtendedSeq: 0xffffffff, JitterTicks: 0xffffffff,
		},
		{
			ReporterSSRC: sender, SourceSSRC: 2, PacketType: 201,
			CumulativeLost: 8388607, LSR: 0xffffffff, DLSR: 0xffffffff,
		},
	}
	sdesNames = []CNAME{{SSRC: sender, Name: []byte("a@pbx")}, {SSRC: 7, Name: []byte("b")}}
	byes      = []Bye{{SSRC: sender, Reason: []byte("done")}, {SSRC: 7, Reason: []byte("done")}}
	app       = App{SSRC: sender, Subtype: 5, Name: [4]byte{'P', 'I', 'N', 'G'}, Data: []byte("PONG")}
	xrBlocks  = []XRBlock{
		{ReporterSSRC: sender, Type: 4, Offset: 8, Body: []byte{0xee, 0xad, 0x2e, 0x89, 0x61, 0x5e, 0xd0, 0x6f}},
		{ReporterSSRC: sender, Type: 5, TypeSpecific: 9, Offset: 20, Body: []byte{}},
	}
)

func TestDecode(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want want
	}{
		{"SR", srBytes, want{Types: []uint8{200}, Reports: []mediaqos.Wire{srReport}, Senders: []Sender{srSender}}},
		{"SR without blocks", set(srBytes[:28], 0, 0x80, 200, 0, 6), want{Types: []uint8{200}, Senders: []Sender{srSender}}},
		{"SR with profile extension", set(srBytes, 0, 0x80), want{Types: []uint8{200}, Senders: []Sender{srSender}}},
		{"RR", rrBytes, want{Types: []uint8{201}, Reports: rrReports}},
		{"empty RR", []byte{0x80, 201, 0, 1, 0, 0, 0, 1}, want{Types: []uint8{201}}},
		{"SDES", sdesBytes, want{Types: []uint8{202}, CNAMEs: sdesNames, Items: 1}},
		{"SDES without chunks", []byte{0x80, 202, 0, 0}, want{Types: []uint8{202}}},
		{"BYE", byeBytes, want{Types: []uint8{203}, Byes: byes}},
		{"BYE without sources", []byte{0x80, 203, 0, 0}, want{Types: []uint8{203}}},
		{"BYE without reason", []byte{0x81, 203, 0, 1, 0, 0, 0, 7}, want{Types: []uint8{203}, Byes: []Bye{{SSRC: 7}}}},
		{"APP", appBytes, want{Types: []uint8{204}, Apps: []App{app}}},
		{"XR", xrBytes, want{Types: []uint8{207}, XRBlocks: xrBlocks}},
		{"feedback alone, reduced size", nackBytes, want{Types: []uint8{205}}},
		{"unknown type", set(nackBytes, 1, 213), want{Types: []uint8{213}}},
		{"full compound", chain(srBytes, sdesBytes, nackBytes), want{
			Types: []uint8{200, 202, 205}, Reports: []mediaqos.Wire{srReport}, Senders: []Sender{srSender}, CNAMEs: sdesNames, Items: 1,
		}},
		{"SR then RR of one sender", chain(srBytes, rrBytes), want{
			Types: []uint8{200, 201}, Reports: append([]mediaqos.Wire{srReport}, rrReports...), Senders: []Sender{srSender},
		}},
		{"padding on the last", chain(srBytes, pad(appBytes, 8, 8)), want{
			Types: []uint8{200, 204}, Reports: []mediaqos.Wire{srReport}, Senders: []Sender{srSender}, Apps: []App{app},
		}},
		{"padding that fills the body", pad([]byte{0x80, 203, 0, 0}, 4, 4), want{Types: []uint8{203}}},
	}
	var d Datagram // one for all: nothing of a datagram may stay for the next
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := d.Decode(tt.in); err != nil {
				t.Fatal(err)
			}
			if got := got(&d); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
			if d.Encrypted {
				t.Error("taken for SRTCP")
			}
		})
	}
}

func TestPacketsKeepRawBytes(t *testing.T) {
	var d Datagram
	in := chain(srBytes, set(nackBytes, 1, 213), []byte{0x80, 203, 0, 0})
	if err := d.Decode(in); err != nil {
		t.Fatal(err)
	}
	want := []Packet{
		{Type: 200, Count: 1, Offset: 0, SSRC: mediaqos.Some[uint32](sender), Raw: in[:52]},
		{Type: 213, Count: 1, Offset: 52, SSRC: mediaqos.Some[uint32](sender), Raw: in[52:68]},
		{Type: 203, Offset: 68, Raw: in[68:]},
	}
	if !reflect.DeepEqual(d.Packets, want) {
		t.Errorf("got  %+v\nwant %+v", d.Packets, want)
	}
}

func TestRefusal(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want Fault
		text string
	}{
		{"empty", nil, Fault{Reason: ReasonShort, Want: 4, Have: 0}, "rtcp: byte 0: datagram: want at least 4 bytes, have 0"},
		{"three bytes", srBytes[:3], Fault{Reason: ReasonShort, Want: 4, Have: 3}, "rtcp: byte 0: datagram: want at least 4 bytes, have 3"},
		{"version 1", set(srBytes, 0, 0x41), Fault{Reason: ReasonVersion, Want: 2, Have: 1}, "rtcp: byte 0: version: want 2, have 1"},
		{"RTP", set(srBytes, 1, 8), Fault{Reason: ReasonPacketType, Offset: 1, Want: 192, Have: 8}, "rtcp: byte 1: packet type: want 192..223 (nearest 192), have 8"},
		{"type 224", set(srBytes, 1, 224), Fault{Reason: ReasonPacketType, Offset: 1, Want: 223, Have: 224}, "rtcp: byte 1: packet type: want 192..223 (nearest 223), have 224"},
		{"cut", srBytes[:40], Fault{Reason: ReasonOverrun, PacketType: 200, Offset: 2, Want: 40, Have: 52}, "rtcp: byte 2: SR: length: want at most the 40 bytes left, have 52"},
	}
	var d Datagram
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := d.Decode(tt.in)
			if !errors.Is(err, ErrNotRTCP) {
				t.Fatalf("got %v, want ErrNotRTCP", err)
			}
			var refusal *Refusal
			if !errors.As(err, &refusal) || refusal.Fault != tt.want || err.Error() != tt.text {
				t.Errorf("got  %q %+v\nwant %q %+v", err, refusal, tt.text, tt.want)
			}
			if got := got(&d); !reflect.DeepEqual(got, want{Faults: []Fault{tt.want}}) {
				t.Errorf("left in the datagram: %+v", got)
			}
		})
	}
}

func TestSigned24(t *testing.T) {
	for in, want := range map[uint32]int32{0: 0, 1: 1, 0x7fffff: 8388607, 0x800000: -8388608, 0xffffff: -1, 0xfffffe: -2} {
		if got := signed24(in); got != want {
			t.Errorf("signed24(%06x) = %d, want %d", in, got, want)
		}
	}
}
