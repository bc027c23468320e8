package hep_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
)

// packet joins chunks into a packet with a right length.
func packet(chunks ...string) []byte {
	b := []byte("HEP3\x00\x00" + strings.Join(chunks, ""))
	b[4], b[5] = byte(len(b)>>8), byte(len(b))
	return b
}

// chunk makes a generic chunk with a right length.
func chunk(t hep.ChunkType, value string) string { return vendorChunk(0, t, value) }

func vendorChunk(vendor uint16, t hep.ChunkType, value string) string {
	n := len(value) + 6
	return string([]byte{byte(vendor >> 8), byte(vendor), byte(t >> 8), byte(t), byte(n >> 8), byte(n)}) + value
}

var (
	src4 = chunk(hep.ChunkSrcIPv4, "\xc0\x00\x02\x01") // 192.0.2.1
	dst4 = chunk(hep.ChunkDstIPv4, "\xc0\x00\x02\x02") // 192.0.2.2
	sip  = chunk(hep.ChunkProto, "\x01")
	text = chunk(hep.ChunkPayload, "hello")
)

// TestDecodeAllChunks has one packet with every chunk that is known, in an
// order that no agent uses, and one of a vendor and one of the future between.
func TestDecodeAllChunks(t *testing.T) {
	b := packet(
		chunk(hep.ChunkPayload, "payload"),
		chunk(hep.ChunkNodeName, "sbc-7"),
		chunk(hep.ChunkVLAN, "\x00\x64"),
		vendorChunk(0x0003, 15, "not the payload"),
		chunk(hep.ChunkCorrelationID, "call@host"),
		chunk(hep.ChunkAuthKey, "secret"),
		chunk(hep.ChunkKeepAlive, "\x00\x1e"),
		chunk(hep.ChunkCaptureID, "\x00\x00\x07\xd1"),
		chunk(hep.ChunkProto, "\x05"),
		chunk(32, "\x01\x9a"), // MOS, as heplify guesses it
		chunk(hep.ChunkTimeMicros, "\x00\x0a\xfb\xf5"),
		chunk(hep.ChunkTimeSeconds, "\x6b\x02\xb0\x59"),
		chunk(hep.ChunkDstPort, "\xa4\x11"),
		chunk(hep.ChunkSrcPort, "\xa0\x8f"),
		chunk(hep.ChunkDstIPv6, "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"),
		chunk(hep.ChunkSrcIPv6, "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"),
		chunk(hep.ChunkIPProto, "\x11"),
		chunk(hep.ChunkFamily, "\x0a"),
	)
	var d hep.Decoder
	var p hep.Packet
	if err := d.Decode(b, &p); err != nil {
		t.Fatal(err)
	}
	samePacket(t, &p, &hep.Packet{
		Src:     netip.MustParseAddrPort("[2001:db8::1]:41103"),
		Dst:     netip.MustParseAddrPort("[2001:db8::2]:42001"),
		Time:    time.Date(2026, 11, 22, 9, 5, 29, 719_861_000, time.UTC),
		Proto:   hep.ProtoRTCP,
		IPProto: 17, HasCaptureID: true, CaptureID: 2001, KeepAliveSeconds: 30, HasVLAN: true, VLAN: 100,
		AuthKey: []byte("secret"), CorrelationID: []byte("call@host"), NodeName: []byte("sbc-7"),
		Payload: []byte("payload"), SkippedVendor: 1, SkippedGeneric: 1,
	})
	if st := d.Stats(); st.Packets != 1 || st.SkippedVendor != 1 || st.SkippedGeneric != 1 || st.Bytes != uint64(len(b)) {
		t.Errorf("stats %+v", st)
	}
}

func samePacket(t testing.TB, got, want *hep.Packet) {
	t.Helper()
	for _, f := range []struct {
		name      string
		got, want []byte
	}{
		{"auth key", got.AuthKey, want.AuthKey},
		{"correlation id", got.CorrelationID, want.CorrelationID},
		{"node name", got.NodeName, want.NodeName},
		{"payload", got.Payload, want.Payload},
	} {
		if !bytes.Equal(f.got, f.want) || (f.got == nil) != (f.want == nil) {
			t.Errorf("%s %q, want %q", f.name, f.got, f.want)
		}
	}
	if !got.Time.Equal(want.Time) || got.Time.IsZero() != want.Time.IsZero() {
		t.Errorf("time %v, want %v", got.Time, want.Time)
	}
	if got.Src != want.Src || got.Dst != want.Dst {
		t.Errorf("addresses %v to %v, want %v to %v", got.Src, got.Dst, want.Src, want.Dst)
	}
	if got.Proto != want.Proto || got.IPProto != want.IPProto || got.HasCaptureID != want.HasCaptureID ||
		got.CaptureID != want.CaptureID || got.KeepAliveSeconds != want.KeepAliveSeconds ||
		got.HasVLAN != want.HasVLAN || got.VLAN != want.VLAN ||
		got.SkippedVendor != want.SkippedVendor || got.SkippedGeneric != want.SkippedGeneric {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestDecodeAbsent(t *testing.T) {
	var d hep.Decoder
	p := hep.Packet{CaptureID: 9, HasCaptureID: true, NodeName: []byte("left over")}
	if err := d.Decode(packet(chunk(hep.ChunkKeepAlive, "\x00\x3c")), &p); err != nil {
		t.Fatal(err)
	}
	samePacket(t, &p, &hep.Packet{KeepAliveSeconds: 60})
	if !p.IsKeepAlive() || d.Stats().KeepAlives != 1 {
		t.Errorf("not taken for a keep-alive: %+v", d.Stats())
	}
	// 0 seconds is an agent that does not know the time, not 1970.
	if err := d.Decode(packet(src4, dst4, sip, text, chunk(hep.ChunkTimeSeconds, "\x00\x00\x00\x00")), &p); err != nil {
		t.Fatal(err)
	}
	if !p.Time.IsZero() {
		t.Errorf("time %v, want unknown", p.Time)
	}
}

func TestDecodeMappedIPv4(t *testing.T) {
	mapped := "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc0\x00\x02"
	var d hep.Decoder
	var p hep.Packet
	err := d.Decode(packet(chunk(hep.ChunkSrcIPv6, mapped+"\x01"), chunk(hep.ChunkDstIPv6, mapped+"\x02"), sip, text), &p)
	if err != nil {
		t.Fatal(err)
	}
	if p.Src.Addr() != netip.MustParseAddr("192.0.2.1") || p.Dst.Addr() != netip.MustParseAddr("192.0.2.2") {
		t.Errorf("%v to %v, want plain IPv4", p.Src, p.Dst)
	}
}

func TestDecodeRefuses(t *testing.T) {
	whole := first(t)
	for name, tc := range map[string]struct {
		in   []byte
		is   error
		says string // what the message must name
	}{
		"empty":              {nil, hep.ErrNotHEP, "0 bytes"},
		"stranger":           {[]byte("GET / HTTP/1.1\r\n"), hep.ErrNotHEP, `"GET "`},
		"version 1":          {[]byte("\x01\x10\x02\x11\x13\xc4\x13\xc4\x7f\x00\x00\x01\x7f\x00\x00\x01OPTIONS"), hep.ErrVersion1, "version 1"},
		"version 2":          {[]byte("\x02\x1c\x02\x11\x13\xc4\x13\xc4\x7f\x00\x00\x01\x7f\x00\x00\x01"), hep.ErrVersion2, "version 2"},
		"header cut":         {[]byte("HEP3\x00"), hep.ErrTruncated, "5 bytes"},
		"length below 6":     {[]byte("HEP3\x00\x05"), hep.ErrLength, "length field 5"},
		"cut":                {whole[:len(whole)-1], hep.ErrTruncated, "length field 569, got 568"},
		"trailing":           {append(whole[:len(whole):len(whole)], 0), hep.ErrLength, "569, but 570"},
		"chunk header cut":   {packet("\x00\x00\x00\x0c\x00"), hep.ErrTruncated, "offset 6"},
		"chunk length 0":     {packet(src4, "\x00\x00\x00\x0c\x00\x00"), hep.ErrLength, "12 (capture id) at offset 16"},
		"chunk length 5":     {packet("\x00\x00\x00\x0c\x00\x05"), hep.ErrLength, "length field 5, expected 6 to 6"},
		"chunk over the end": {packet("\x00\x00\x00\x0f\x00\x0aabc"), hep.ErrLength, "15 (payload) at offset 6"},
		"vendor over end":    {packet("\x00\x07\x00\x0f\x00\x0aabc"), hep.ErrLength, "15 of vendor 0x0007"},
		"family size":        {packet(chunk(hep.ChunkFamily, "")), hep.ErrLength, "value of 0 bytes, expected 1"},
		"protocol size":      {packet(chunk(hep.ChunkIPProto, "ab")), hep.ErrLength, "2 (IP protocol)"},
		"src size":           {packet(chunk(hep.ChunkSrcIPv4, "abc")), hep.ErrLength, "value of 3 bytes, expected 4"},
		"dst size":           {packet(chunk(hep.ChunkDstIPv4, "abcde")), hep.ErrLength, "4 (destination IPv4)"},
		"src6 size":          {packet(chunk(hep.ChunkSrcIPv6, "abcd")), hep.ErrLength, "expected 16"},
		"dst6 size":          {packet(chunk(hep.ChunkDstIPv6, "abcd")), hep.ErrLength, "6 (destination IPv6)"},
		"port size":          {packet(chunk(hep.ChunkSrcPort, "abcd")), hep.ErrLength, "7 (source port)"},
		"dst port size":      {packet(chunk(hep.ChunkDstPort, "")), hep.ErrLength, "8 (destination port)"},
		"seconds size":       {packet(chunk(hep.ChunkTimeSeconds, "ab")), hep.ErrLength, "9 (time seconds)"},
		"micros size":        {packet(chunk(hep.ChunkTimeMicros, "ab")), hep.ErrLength, "10 (time microseconds)"},
		"micros range":       {packet(chunk(hep.ChunkTimeMicros, "\x00\x0f\x42\x40")), hep.ErrValue, "1000000, expected 0 to 999999"},
		"type size":          {packet(chunk(hep.ChunkProto, "ab")), hep.ErrLength, "11 (payload type)"},
		"capture id size":    {packet(chunk(hep.ChunkCaptureID, "ab")), hep.ErrLength, "12 (capture id)"},
		"keep-alive size":    {packet(chunk(hep.ChunkKeepAlive, "a")), hep.ErrLength, "13 (keep-alive timer)"},
		"vlan size":          {packet(chunk(hep.ChunkVLAN, "abc")), hep.ErrLength, "18 (VLAN)"},
		"twice":              {packet(src4, dst4, src4), hep.ErrDuplicate, "3 (source IPv4) at offset 26"},
		"both families":      {packet(src4, chunk(hep.ChunkDstIPv6, strings.Repeat("a", 16))), hep.ErrValue, "both IPv4 and IPv6"},
		"family contradicts": {packet(chunk(hep.ChunkFamily, "\x0a"), src4, dst4), hep.ErrValue, "IP family 10"},
		"no type":            {packet(src4, dst4, text), hep.ErrMissing, "11 (payload type)"},
		"no source":          {packet(dst4, sip, text), hep.ErrMissing, "source address"},
		"no destination":     {packet(src4, sip, text), hep.ErrMissing, "destination address"},
		"both payloads":      {packet(src4, dst4, sip, text, chunk(hep.ChunkCompressed, deflated("x"))), hep.ErrDuplicate, "16 (compressed payload)"},
		"bad zlib":           {packet(src4, dst4, sip, chunk(hep.ChunkCompressed, "\x78\x9c\xff\xff\xff")), hep.ErrCompression, "offset 33"},
		"zlib cut":           {packet(src4, dst4, sip, chunk(hep.ChunkCompressed, deflated("hello")[:6])), hep.ErrCompression, "16"},
		"bad gzip":           {packet(src4, dst4, sip, chunk(hep.ChunkCompressed, "\x1f\x8b\x00")), hep.ErrCompression, "16"},
		"bomb":               {packet(src4, dst4, sip, chunk(hep.ChunkCompressed, deflated(strings.Repeat("a", 1<<20)))), hep.ErrTooLarge, "more than 65536"},
	} {
		t.Run(name, func(t *testing.T) {
			var d hep.Decoder
			var p hep.Packet
			err := d.Decode(tc.in, &p)
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want %v that says %q", err, tc.is, tc.says)
			}
			if st := d.Stats(); st.Refused[hep.ReasonOf(tc.is)] != 1 || st.Packets != 0 {
				t.Errorf("not counted under %v: %+v", hep.ReasonOf(tc.is), st)
			}
		})
	}
}

func deflated(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// TestDecodeCompressed alternates the formats in one Decoder, since it keeps
// their readers.
func TestDecodeCompressed(t *testing.T) {
	long := strings.Repeat("INVITE sip:a@b SIP/2.0\r\n", 1000)
	var gz, raw bytes.Buffer
	g := gzip.NewWriter(&gz)
	io.WriteString(g, long)
	g.Close()
	f, err := flate.NewWriter(&raw, 6)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(f, long)
	f.Close()

	var d hep.Decoder
	var p hep.Packet
	for range 2 {
		for name, in := range map[string]string{"zlib": deflated(long), "gzip": gz.String(), "deflate": raw.String()} {
			if err := d.Decode(packet(src4, dst4, sip, chunk(hep.ChunkCompressed, in)), &p); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if string(p.Payload) != long {
				t.Fatalf("%s: %d bytes, want %d", name, len(p.Payload), len(long))
			}
		}
	}
	d.MaxInflatedBytes = len(long)
	if err := d.Decode(packet(src4, dst4, sip, chunk(hep.ChunkCompressed, deflated(long))), &p); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	d.MaxInflatedBytes--
	if err := d.Decode(packet(src4, dst4, sip, chunk(hep.ChunkCompressed, deflated(long))), &p); !errors.Is(err, hep.ErrTooLarge) {
		t.Errorf("a byte over the limit: %v", err)
	}
}

func TestPolicy(t *testing.T) {
	key := func(k string) []byte { return packet(src4, dst4, sip, text, chunk(hep.ChunkAuthKey, k)) }
	d := hep.Decoder{Policy: hep.Policy{AuthKey: "right"}}
	var p hep.Packet
	if err := d.Decode(key("right"), &p); err != nil {
		t.Error(err)
	}
	for _, in := range [][]byte{key("wrong"), key("righ"), key("right "), key(""), packet(src4, dst4, sip, text), packet()} {
		err := d.Decode(in, &p)
		if !errors.Is(err, hep.ErrAuth) {
			t.Errorf("%q: %v, want ErrAuth", in, err)
		} else if strings.Contains(err.Error(), "wrong") || strings.Contains(err.Error(), "right") {
			t.Errorf("the error gives a key away: %v", err)
		}
	}
	if got := d.Stats().Refused[hep.ReasonAuth]; got != 6 {
		t.Errorf("counted %d refusals, want 6", got)
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	b := first(t)
	var d hep.Decoder
	var p hep.Packet
	if n := testing.AllocsPerRun(100, func() {
		if err := d.Decode(b, &p); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

func TestReasons(t *testing.T) {
	seen := map[string]bool{}
	for r := range hep.Reason(hep.NumReasons) {
		if r.String() == "" || seen[r.String()] {
			t.Errorf("reason %d has no label of its own: %q", r, r)
		}
		seen[r.String()] = true
	}
	if hep.ReasonOf(nil) != hep.ReasonNone || hep.ReasonOf(io.EOF) != hep.ReasonOther {
		t.Error("nil or a foreign error has a reason of ours")
	}
}
