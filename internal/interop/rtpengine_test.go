package interop

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rtpengine is a media relay that reports to a HEP collector.
type rtpengine struct {
	*peer
	ng net.Conn
}

// startRTPEngine starts one whose HEP goes to homer over udp or tcp, with a
// capture id.
func startRTPEngine(t *testing.T, homer, protocol string, captureID int) *rtpengine {
	t.Helper()
	first := ports(t, 42)
	control, low := at(first), first+2
	r := &rtpengine{peer: start(t, launch{Program: "rtpengine", Args: []string{
		"--config-file=none", "--foreground", "--table=-1", "--log-stderr", "--log-level=6", "--no-log-timestamps",
		"--interface=127.0.0.1", "--listen-ng=" + control.String(),
		"--port-min=" + strconv.Itoa(low), "--port-max=" + strconv.Itoa(first+41),
		"--homer=" + homer, "--homer-protocol=" + protocol, "--homer-id=" + strconv.Itoa(captureID),
		"--pidfile=" + t.TempDir() + "/pid",
	}})}
	var err error
	if r.ng, err = net.Dial("udp", control.String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.ng.Close() })
	// It is ready when it answers: its log says so at no level in all releases.
	for deadline := time.Now().Add(patience); ; {
		if reply, err := r.try(map[string]any{"command": "ping"}, 200*time.Millisecond); err == nil && reply["result"] == "pong" {
			return r
		}
		select {
		case <-r.ended:
			t.Fatal("rtpengine ended at once")
		case <-time.After(50 * time.Millisecond): // a refused port answers faster
		}
		if time.Now().After(deadline) {
			t.Fatal("rtpengine does not answer")
		}
	}
}

// command asks by the control protocol.
func (r *rtpengine) command(t *testing.T, request map[string]any) map[string]any {
	t.Helper()
	reply, err := r.try(request, patience)
	if err != nil {
		t.Fatalf("rtpengine, %s: %v", request["command"], err)
	}
	if reply["result"] != "ok" {
		t.Fatalf("rtpengine refuses %s: %v", request["command"], reply)
	}
	return reply
}

func (r *rtpengine) try(request map[string]any, timeout time.Duration) (map[string]any, error) {
	cookie := strconv.FormatInt(time.Now().UnixNano(), 36)
	if _, err := r.ng.Write([]byte(cookie + " " + bencode(request))); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(timeout)
	buf := make([]byte, 64<<10)
	for {
		_ = r.ng.SetReadDeadline(deadline)
		n, err := r.ng.Read(buf)
		if err != nil {
			return nil, err
		}
		body, ours := strings.CutPrefix(string(buf[:n]), cookie+" ")
		if !ours {
			continue // the answer to an earlier try
		}
		value, _, err := bdecode(body)
		if err != nil {
			return nil, err
		}
		reply, ok := value.(map[string]any)
		if !ok {
			return nil, errors.New("the reply is no dictionary")
		}
		return reply, nil
	}
}

// offer and answer of a call of two parties whose media addresses are given;
// they return where each of them sends to.
func (r *rtpengine) relay(t *testing.T, callID string, a, b sdpAddr) (aSendsTo, bSendsTo netip.AddrPort) {
	t.Helper()
	common := func(command string, party sdpAddr) map[string]any {
		return map[string]any{
			"command": command, "call-id": callID, "from-tag": "from", "sdp": party.sdp(),
			"flags": []string{"asymmetric"}, "ICE": "remove", "rtcp-mux": []string{"demux"},
		}
	}
	toB := r.command(t, common("offer", a))
	request := common("answer", b)
	request["to-tag"] = "to"
	toA := r.command(t, request)
	return sdpPort(t, toA), sdpPort(t, toB)
}

// sdpAddr is where a party wants its RTP and RTCP.
type sdpAddr struct{ rtp, rtcp netip.AddrPort }

func (s sdpAddr) sdp() string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=rtcp:%d\r\na=sendrecv\r\n", s.rtp.Port(), s.rtcp.Port())
}

var mediaLine = regexp.MustCompile(`(?m)^m=audio (\d+) `)

func sdpPort(t *testing.T, reply map[string]any) netip.AddrPort {
	t.Helper()
	sdp, _ := reply["sdp"].(string)
	m := mediaLine.FindStringSubmatch(sdp)
	if m == nil {
		t.Fatalf("no audio port in rtpengine's SDP %q", sdp)
	}
	port, _ := strconv.Atoi(m[1])
	return at(port)
}

// verdict is what rtpengine itself says of what one SSRC reported.
type verdict struct {
	CumulativeLost int
	Entries        []verdictEntry
}

// verdictEntry is one report block as rtpengine understood it.
type verdictEntry struct {
	ReportedAt  time.Time // to the second
	MOS         float64   // 0: none
	RTTMillis   float64   // of both legs; 0: none
	JitterMs    int
	LossPercent int
}

// verdicts reads the reply to "delete", by SSRC of the reporter.
func verdicts(t *testing.T, reply map[string]any) map[uint32]verdict {
	t.Helper()
	all := map[uint32]verdict{}
	dict := func(v any) map[string]any { m, _ := v.(map[string]any); return m }
	number := func(v any) int { n, _ := v.(int); return n }
	for key, value := range dict(reply["SSRC"]) {
		ssrc, err := strconv.ParseUint(key, 10, 32)
		if err != nil {
			t.Fatalf("SSRC %q: %v", key, err)
		}
		v := verdict{CumulativeLost: number(dict(value)["cumulative loss"])}
		entries, _ := dict(dict(value)["MOS progression"])["entries"].([]any)
		for _, e := range entries {
			entry := dict(e)
			v.Entries = append(v.Entries, verdictEntry{
				ReportedAt: time.Unix(int64(number(entry["reported at"])), 0), MOS: float64(number(entry["MOS"])) / 10,
				RTTMillis: float64(number(entry["round-trip time"])) / 1000,
				JitterMs:  number(entry["jitter"]), LossPercent: number(entry["packet loss"]),
			})
		}
		all[uint32(ssrc)] = v
	}
	if len(all) == 0 {
		t.Fatalf("rtpengine's reply to delete says nothing of SSRCs: %v", reply)
	}
	return all
}

// rtcpPackets reads how many RTCP packets of a call it received, of the same
// reply.
func rtcpPackets(t *testing.T, reply map[string]any) int {
	t.Helper()
	totals, _ := reply["totals"].(map[string]any)
	total, _ := totals["RTCP"].(map[string]any)
	n, ok := total["packets"].(int)
	if !ok || n == 0 {
		t.Fatalf("rtpengine's reply to delete counts no RTCP: %v", reply["totals"])
	}
	return n
}
