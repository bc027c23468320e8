package interop

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// kamailio is a SIP proxy that hands a copy of each message to a HEP collector.
type kamailio struct {
	*peer
	addr netip.AddrPort
}

// startKamailio starts one that forwards everything to one callee and reports
// to homer with a capture id and a key.
func startKamailio(t *testing.T, callee, homer netip.AddrPort, captureID int, key string) *kamailio {
	t.Helper()
	dir := t.TempDir()
	k := &kamailio{addr: at(ports(t, 1))}
	config := fmt.Sprintf(`#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=2
disable_tcp=yes
listen=udp:%s
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "siptrace.so"
modparam("siptrace", "duplicate_uri", "sip:%s")
modparam("siptrace", "hep_mode_on", 1)
modparam("siptrace", "hep_version", 3)
modparam("siptrace", "hep_capture_id", %d)
modparam("siptrace", "auth_key", "%s")
modparam("siptrace", "trace_to_database", 0)
modparam("siptrace", "trace_on", 1)
modparam("siptrace", "trace_mode", 1)
request_route {
	xlog("L_ERR", "SEEN $rm 0 $ci $TV(Sn)\n");
	if (is_method("OPTIONS")) {
		sl_send_reply("200", "OK");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	if (has_totag()) {
		loose_route();
		if (is_method("ACK") && !t_check_trans() && $du == $null) exit;
		t_relay();
		exit;
	}
	if (is_method("INVITE")) record_route();
	$du = "sip:%s";
	t_relay();
}
onreply_route {
	xlog("L_ERR", "SEEN $rm $rs $ci $TV(Sn)\n");
}
`, k.addr, homer, captureID, key, callee)
	path := filepath.Join(dir, "kamailio.cfg")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	k.peer = start(t, launch{Program: "kamailio", Dir: dir, Args: []string{
		"-f", path, "-DD", "-E", "-m", "32", "-M", "4", "-Y", dir, "-w", dir, "-P", filepath.Join(dir, "pid"),
	}})
	k.ready(t)
	return k
}

// ready waits until it answers OPTIONS.
func (k *kamailio) ready(t *testing.T) {
	t.Helper()
	conn := socket(t, 0)
	me := conn.LocalAddr().String()
	buf := make([]byte, 2048)
	for i := 0; ; i++ {
		ping := fmt.Sprintf("OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bKping%[3]d\r\n"+
			"From: <sip:ping@%[2]s>;tag=ping\r\nTo: <sip:%[1]s>\r\nCall-ID: ping-%[3]d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 5\r\nContent-Length: 0\r\n\r\n",
			k.addr, me, i)
		_, _ = conn.WriteToUDPAddrPort([]byte(ping), k.addr)
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if n, err := conn.Read(buf); err == nil && strings.HasPrefix(string(buf[:n]), "SIP/2.0 200") {
			return
		}
		select {
		case <-k.ended:
			t.Fatal("kamailio ended at once")
		default:
		}
		if i == int(patience/(200*time.Millisecond)) {
			t.Fatal("kamailio does not answer")
		}
	}
}

// logged is a message as kamailio itself noted it: a request has status 0.
type logged struct {
	Method string
	Status int
	CallID string
	At     time.Time
}

var seenLine = regexp.MustCompile(`SEEN (\S+) (\d+) (\S+) (\d+)\.(\d{6})`)

// seen returns what the proxy noted, in order.
func (k *kamailio) seen(t *testing.T) []logged {
	t.Helper()
	var all []logged
	for _, m := range seenLine.FindAllStringSubmatch(k.output(), -1) {
		status, _ := strconv.Atoi(m[2])
		seconds, _ := strconv.ParseInt(m[4], 10, 64)
		micros, _ := strconv.ParseInt(m[5], 10, 64)
		all = append(all, logged{m[1], status, m[3], time.Unix(seconds, micros*1000)})
	}
	if len(all) == 0 {
		t.Fatal("kamailio's log has no message")
	}
	return all
}

// first returns when the proxy saw a message of a call for the first time.
func first(log []logged, callID, method string, status int) (time.Time, bool) {
	for _, l := range log {
		if l.CallID == callID && l.Method == method && l.Status == status {
			return l.At, true
		}
	}
	return time.Time{}, false
}
