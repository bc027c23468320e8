package hep_test

import (
	"bytes"
	"testing"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// FuzzCallOfRTCP: of what Decode takes it says the same as Decode.
func FuzzCallOfRTCP(f *testing.F) {
	for _, p := range []hep.Packet{
		{Proto: hep.ProtoRTCP, CorrelationID: []byte("a1@pbx.example"), Payload: []byte("x")},
		{Proto: hep.ProtoSIP, CorrelationID: []byte("a1@pbx.example"), Payload: []byte("x")},
		{Proto: hep.ProtoRTCP, Payload: []byte("x")},
	} {
		b, err := hep.Append(nil, &p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		id := hep.CallOfRTCP(b)
		var d hep.Decoder
		var p hep.Packet
		if err := d.Decode(b, &p); err != nil {
			return
		}
		want := p.CorrelationID
		if p.Proto != hep.ProtoRTCP {
			want = nil
		}
		if !bytes.Equal(id, want) {
			t.Fatalf("call %q, the packet of %v has %q", id, p.Proto, p.CorrelationID)
		}
	})
}
