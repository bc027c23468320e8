package interop

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// baresip is a softphone that is driven over its control port.
type baresip struct {
	*peer
	sip     netip.AddrPort
	control netip.AddrPort
}

// baresipModules is where distributions put its modules.
func baresipModules(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules", "/usr/local/lib/baresip/modules", "/opt/homebrew/lib/baresip/modules"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Fatal("baresip's modules are nowhere")
	return ""
}

// startBaresip starts one that answers calls; account is appended to its
// account line.
func startBaresip(t *testing.T, user, account string) *baresip {
	t.Helper()
	dir := t.TempDir()
	base := ports(t, 16)
	b := &baresip{sip: at(base), control: at(base + 3)} // base+1 is its SIP over TLS
	files := map[string]string{
		"config": fmt.Sprintf(`sip_listen %s
audio_player aufile,%[2]s/out.wav
audio_source ausine,440
audio_alert aufile,%[2]s/alert.wav
rtp_ports %[3]d-%[4]d
rtp_stats yes
module_path %[5]s
module opus.so
module ausine.so
module aufile.so
module srtp.so
module rtcpsummary.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %[6]s
`, b.sip, dir, base+4, base+12, baresipModules(t), b.control),
		"accounts": fmt.Sprintf("<sip:%s@127.0.0.1;transport=udp>;regint=0;answermode=auto%s\n", user, account),
		"contacts": "",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.peer = start(t, launch{Program: "baresip", Dir: dir, Args: []string{"-f", dir}})
	b.await("baresip is ready")
	return b
}

// command gives one to its control port and waits for the answer.
func (b *baresip) command(t *testing.T, name, params string) {
	t.Helper()
	conn, err := net.Dial("tcp", b.control.String())
	if err != nil {
		t.Fatalf("baresip's control port: %v", err)
	}
	defer conn.Close()
	body, err := json.Marshal(map[string]string{"command": name, "params": params, "token": "1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "%d:%s,", len(body), body); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	// Events of the call come over the same connection.
	var reply strings.Builder
	buf := make([]byte, 4096)
	for !strings.Contains(reply.String(), `"response":true`) {
		n, err := conn.Read(buf)
		reply.Write(buf[:n])
		if err != nil {
			t.Fatalf("baresip, %s: %q %v", name, reply.String(), err)
		}
	}
	if !strings.Contains(reply.String(), `"ok":true`) {
		t.Fatalf("baresip refuses %s: %s", name, reply.String())
	}
}

// summary is what it says of a call when it has ended: what it counted of the
// stream that it received, and what its peer last reported of the one it sent.
type summary struct {
	Lost, LostByPeer         int
	JitterMillis, JitterPeer float64 // cut off to a tenth
	RTTMillis                float64 // of the last report
}

var summaryLine = regexp.MustCompile(`EX=BareSip;CS=\d+;CD=\d+;PR=\d+;PS=\d+;PL=(-?\d+),(-?\d+);PD=\S+;JI=([0-9.]+),([0-9.]+);DL=([0-9.]+);`)

func (b *baresip) summary() summary {
	b.t.Helper()
	m := b.await(summaryLine.String())
	var s summary
	s.Lost, _ = strconv.Atoi(m[1])
	s.LostByPeer, _ = strconv.Atoi(m[2])
	s.JitterMillis, _ = strconv.ParseFloat(m[3], 64)
	s.JitterPeer, _ = strconv.ParseFloat(m[4], 64)
	s.RTTMillis, _ = strconv.ParseFloat(m[5], 64)
	return s
}

// wiretap stands between two phones: it passes SIP on, and in it has each tell
// the other that its media is at a tap. So all RTP and RTCP of a call goes
// through taps without any right on the network.
type wiretap struct {
	addr       netip.AddrPort // whom the caller calls
	ToB, ToA   *lossy         // what was taken from the caller's and the callee's stream
	onRTCP     func(sight)
	tapsByPort map[string]string
}

var (
	sdpAudio      = regexp.MustCompile(`m=audio (\d+) `)
	sdpIP         = regexp.MustCompile(`c=IN IP4 (\S+)`)
	contentLength = regexp.MustCompile(`(?i)content-length: *\d+`)
)

// tapCall puts a wiretap in front of a callee; onRTCP is given the RTCP of both
// ends, from two goroutines.
func tapCall(t *testing.T, callee netip.AddrPort, dropToB, dropToA int, delay time.Duration, onRTCP func(sight)) *wiretap {
	t.Helper()
	w := &wiretap{
		ToB: &lossy{nth: dropToB}, ToA: &lossy{nth: dropToA},
		onRTCP: onRTCP, tapsByPort: map[string]string{},
	}
	sip := socket(t, 0)
	w.addr = address(sip.LocalAddr())
	go func() {
		var caller netip.AddrPort
		buf := make([]byte, 64<<10)
		for {
			n, from, err := sip.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			message, to := string(buf[:n]), callee
			fromCallee := from == callee
			if fromCallee {
				to = caller
			} else {
				caller = from
			}
			message = w.rewrite(t, message, fromCallee, delay)
			_, _ = sip.WriteToUDPAddrPort([]byte(message), to)
		}
	}()
	return w
}

// rewrite puts taps in the place of the media addresses in a message's SDP.
func (w *wiretap) rewrite(t *testing.T, message string, ofCallee bool, delay time.Duration) string {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	port, ip := sdpAudio.FindStringSubmatch(body), sdpIP.FindStringSubmatch(body)
	if port == nil || ip == nil {
		return message
	}
	body = strings.ReplaceAll(body, port[1], w.media(t, port[1], ofCallee, delay))
	body = strings.ReplaceAll(body, "IN IP4 "+ip[1], "IN IP4 127.0.0.1")
	return contentLength.ReplaceAllString(head, fmt.Sprintf("Content-Length: %d", len(body))) + "\r\n\r\n" + body
}

// media makes taps for the media of one end, whose RTP port is given, and
// returns the tap's RTP port. Whatever address the phone announced, it listens
// on all, loopback too.
func (w *wiretap) media(t *testing.T, port string, ofCallee bool, delay time.Duration) string {
	if known, ok := w.tapsByPort[port]; ok {
		return known
	}
	rtp, err := strconv.Atoi(port)
	if err != nil {
		t.Errorf("SDP with port %s: %v", port, err)
		return port
	}
	base := ports(t, 2)
	loss := w.ToA
	if ofCallee {
		loss = w.ToB
	}
	(&tap{conn: socket(t, base), to: at(rtp), drop: loss.drop}).run(t)
	(&tap{conn: socket(t, base+1), to: at(rtp + 1), delay: delay, seen: w.onRTCP}).run(t)
	w.tapsByPort[port] = strconv.Itoa(base)
	return w.tapsByPort[port]
}
