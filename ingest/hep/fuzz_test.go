package hep_test

import (
	"bytes"
	"io"
	"math"
	"testing"
	"testing/iotest"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// FuzzDecode: whatever comes, Decode neither panics nor gives more than was
// there; what it accepts survives being written and read again.
func FuzzDecode(f *testing.F) {
	f.Add(first(f))
	f.Add(packet(src4, dst4, sip, text))
	f.Add(packet(src4, dst4, sip, chunk(hep.ChunkCompressed, deflated("hello"))))
	f.Add([]byte("HEP3\x00\x05"))
	f.Add([]byte("\x02\x1c"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d := hep.Decoder{MaxInflatedBytes: 4096}
		var p, again hep.Packet
		if err := d.Decode(b, &p); err != nil {
			if r := hep.ReasonOf(err); r == hep.ReasonNone || r == hep.ReasonOther {
				t.Fatalf("error without a reason: %v", err)
			}
			return
		}
		if len(p.Payload) > max(len(b), 4096) {
			t.Fatalf("payload of %d bytes from %d", len(p.Payload), len(b))
		}
		out, err := hep.Append(nil, &p)
		if err != nil {
			// One of the two addresses is IPv4-mapped, or the inflated
			// payload fits no packet: neither can be written.
			if r := hep.ReasonOf(err); r != hep.ReasonTooLarge && r != hep.ReasonValue {
				t.Fatal(err)
			}
			return
		}
		if err := d.Decode(out, &again); err != nil {
			t.Fatalf("%v\nwrote %x", err, out)
		}
		p.SkippedVendor, p.SkippedGeneric = 0, 0
		samePacket(t, &again, &p)
	})
}

// FuzzScan: whatever comes, Scan neither panics nor gives figures that the
// wire cannot have.
func FuzzScan(f *testing.F) {
	var d hep.Decoder
	var p hep.Packet
	if err := d.Decode(first(f), &p); err != nil {
		f.Fatal(err)
	}
	f.Add(bytes.Clone(p.Payload))
	f.Add([]byte(`{"type":"SR","ssrc":5,"sender_report":{"ntp_time_sec":1},"receiver_report":[{"ssrc":9,"packets_lost":-4}],"sdes":[{"ssrc":5,"items":[{"type":1,"text":"\u00e9"}]}]}`))
	f.Add([]byte(`{"ssrc":5,"type":207,"voip_metrics":{"ssrc":9,"mos_cq":4.1,"mos_lq":3.9e0,"signal_level":-20}}`))
	f.Add([]byte(`{"ssrc":5,"report_blocks":[` + block("16777215") + `,]}`))
	f.Add([]byte(`{"x":[[{}]],"y":null,"z":-1.5e+3}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s hep.Scanner
		var r hep.Report
		if err := s.Scan(b, captured, &r); err != nil {
			if got := hep.ReasonOf(err); got == hep.ReasonNone || got == hep.ReasonOther {
				t.Fatalf("error without a reason: %v", err)
			}
			return
		}
		for _, w := range r.Reports {
			if w.CumulativeLost < -1<<23 || w.CumulativeLost >= 1<<23 || w.ReporterSSRC != r.ReporterSSRC || w.HasSR != (len(r.Senders) == 1) {
				t.Fatalf("block %+v of report %+v", w, r)
			}
		}
		for _, mos := range []mediaqos.Opt[float64]{r.VoIP.ListeningMOS, r.VoIP.ConversationalMOS} {
			if mos.OK && (mos.V < 1 || mos.V > 5) {
				t.Fatalf("MOS of %v", mos.V)
			}
		}
	})
}

// FuzzReader: a stream gives the same packets and the same end however it is
// cut, and nothing that was not in it.
func FuzzReader(f *testing.F) {
	one := packet(sip)
	f.Add(append(bytes.Clone(one), one...), uint16(20))
	f.Add(append(bytes.Clone(one), "GET /"...), uint16(math.MaxUint16))
	f.Add(one[:7], uint16(0))
	f.Add([]byte("\x01\x10HEP3"), uint16(100))
	f.Fuzz(func(t *testing.T, stream []byte, limit uint16) {
		opts := hep.ReaderOptions{MaxPacketBytes: int(limit)}
		whole, err1 := readAll(bytes.NewReader(stream), opts)
		cut, err2 := readAll(iotest.OneByteReader(bytes.NewReader(stream)), opts)
		if !bytes.Equal(whole, cut) || hep.ReasonOf(err1) != hep.ReasonOf(err2) {
			t.Fatalf("%x, %v\nbyte by byte %x, %v", whole, err1, cut, err2)
		}
		if !bytes.HasPrefix(stream, whole) || err1 == io.EOF && len(whole) != len(stream) {
			t.Fatalf("%x from %x, %v", whole, stream, err1)
		}
	})
}

func readAll(src io.Reader, opts hep.ReaderOptions) (all []byte, err error) {
	r := hep.NewReader(src, opts)
	for {
		p, err := r.Next()
		if err != nil {
			return all, err
		}
		all = append(all, p...)
	}
}
