package interop

import (
	"net"
	"slices"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// copyTo returns a note of [tap.seen] that sends a copy of each datagram to a
// listener: what a mirroring switch does.
func copyTo(t *testing.T, p *product, listener string) func(sight) {
	t.Helper()
	conn, err := net.Dial("udp", p.listener(t, listener).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return func(s sight) {
		if _, err := conn.Write(s.Payload); err != nil {
			t.Errorf("copy: %v", err)
		}
	}
}

// From softphones' RTCP to SQL, in clear and encrypted.
func TestBaresipCallsInTheStore(t *testing.T) {
	t.Parallel()
	rtcpListener := config.Listener{Name: "mirror", Kind: config.KindRTCP, Transport: config.TransportUDP, Tenant: tenant, Trunk: trunk, Codec: "opus"}
	t.Run("clear", func(t *testing.T) {
		t.Parallel()
		p := startProduct(t, nil, rtcpListener)
		var heard overheard
		mirror := copyTo(t, p, "mirror")
		call := callBaresip(t, "", func(s sight) { heard.note(s); mirror(s) })
		reports := uint64(0)
		for _, s := range heard.taken() { // a sender report with its one block, by the bytes alone
			if s.Payload[0] == 0x81 && s.Payload[1] == 200 {
				reports++
			}
		}
		p.settle(t, "mirror", uint64(len(heard.taken())))
		rows := p.mediaReports(t, "listener")
		if uint64(len(rows)) != reports {
			t.Errorf("%d rows, %d reports were sent", len(rows), reports)
		}
		for _, end := range []struct {
			loss *lossy
			sent summary
		}{{call.ToB, call.a}, {call.ToA, call.b}} {
			ssrc := ssrcOf(end.loss)
			stream := slices.DeleteFunc(slices.Clone(rows), func(f figures) bool { return f.Source != ssrc })
			if len(stream) < 2 {
				t.Errorf("%d reports of stream %08x", len(stream), ssrc)
				continue
			}
			checkLoss(t, end.loss, stream)
			checkPrinted(t, stream[len(stream)-1], end.sent)
		}
		p.checkClean(t, "mirror")
	})
	t.Run("encrypted", func(t *testing.T) {
		t.Parallel()
		p := startProduct(t, nil, rtcpListener)
		var heard overheard
		mirror := copyTo(t, p, "mirror")
		callBaresip(t, ";mediaenc=srtp-mand", func(s sight) { heard.note(s); mirror(s) })
		encrypted := uint64(0)
		for _, s := range heard.taken() { // in clear are the first APP and the BYE, both of known length
			if s.Payload[1] == 200 {
				encrypted++
			}
		}
		l := p.settle(t, "mirror", uint64(len(heard.taken())))
		if l.Rows != 0 || l.Refused["encrypted"] < encrypted || encrypted < 4 {
			t.Errorf("%d rows, refused %v; %d encrypted sender reports were sent", l.Rows, l.Refused, encrypted)
		}
	})
}
