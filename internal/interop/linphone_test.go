package interop

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

// linphone is a softphone without a sound card.
type linphone struct {
	*peer
	addr     netip.AddrPort
	wav, log string // what it plays, and its own log
}

// startLinphone starts one at base and the ports above that publishes quality
// reports to a collector's SIP URI, answers calls and sends its own to peer.
func startLinphone(t *testing.T, user string, base int, peer netip.AddrPort, collector string) *linphone {
	t.Helper()
	home := t.TempDir()
	l := &linphone{addr: at(base), log: filepath.Join(home, "log")}
	write := func(name, text string) string {
		path := filepath.Join(home, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	// It makes no folder for its data itself, and without one no socket either.
	if err := os.MkdirAll(filepath.Join(home, ".local", "share", "linphone"), 0o700); err != nil {
		t.Fatal(err)
	}
	// No sound card is touched: audio comes from a file, and a null device of
	// ALSA would have it spin.
	write(".asoundrc", "pcm.!default { type null }\nctl.!default { type null }\n")
	config := write("linphonerc", fmt.Sprintf(`[sip]
sip_port=%[1]d
sip_tcp_port=-1
sip_tls_port=0
use_ipv6=0
auto_net_state_mon=0
guess_hostname=0
default_proxy=0
contact=sip:%[2]s@127.0.0.1
[rtp]
audio_rtp_port=%[3]d
rtcp_xr_enabled=1
[net]
firewall_policy=0
[proxy_0]
reg_proxy=<sip:%[5]s>
reg_identity=sip:%[2]s@127.0.0.1
reg_sendregister=0
publish=0
quality_reporting_enabled=1
quality_reporting_collector=%[4]s
quality_reporting_interval=5
[audio_codec_0]
mime=PCMU
rate=8000
channels=1
enabled=1
`, base, user, base+2, collector, peer))
	l.peer = start(t, launch{
		Program: "linphonec", Dir: home, Args: []string{"-a", "-c", config, "-d", "6", "-l", l.log},
		Env: []string{"HOME=" + home, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=", "PULSE_SERVER=unix:" + home + "/none", "TERM=dumb"},
	})
	l.await("linphonec>")
	l.say("soundcard use files")
	l.await("Using wav files")
	l.wav = write("tone.wav", tone(60))
	return l
}

// call begins one; both ends then play, since reports are of media received.
func (l *linphone) call(callee *linphone, user string) {
	l.say("call sip:" + user + "@" + callee.addr.String())
	for _, end := range []*linphone{l, callee} {
		end.await("Media streams established")
		end.say("play " + end.wav)
	}
}

// published is a PUBLISH as linphone's log has it.
type published struct{ Branch, Body string }

var publishInLog = regexp.MustCompile(`(?s)PUBLISH sip:\S+ SIP/2\.0\s+Via: [^\n]*branch=([^;\s]+).*?\n\s*\n(VQ.*?\nDialogID: [^\n]*)\n`)

// published returns what its log says it sent, each request once.
func (l *linphone) published(t *testing.T) []published {
	t.Helper()
	text, err := os.ReadFile(l.log)
	if err != nil {
		t.Fatal(err)
	}
	var all []published
	known := map[string]bool{}
	for _, m := range publishInLog.FindAllSubmatch(text, -1) {
		if branch := string(m[1]); !known[branch] {
			known[branch] = true
			all = append(all, published{branch, string(m[2])})
		}
	}
	return all
}

var (
	okInLog      = regexp.MustCompile(`(?s)SIP/2\.0 (\d{3}) [^\n]*\n.{0,600}?branch=([^;\s]+).{0,600}?CSeq: \d+ PUBLISH`)
	inviteCallID = regexp.MustCompile(`(?s)INVITE sip:.*?Call-ID: (\S+)`)
)

// answers returns the final status that it got to each PUBLISH, by branch.
func (l *linphone) answers(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(l.log)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]string{}
	for _, m := range okInLog.FindAllSubmatch(text, -1) {
		answers[string(m[2])] = string(m[1])
	}
	return answers
}

// awaitAnswers waits until its log has an answer to each PUBLISH, or for as long
// as it would wait itself; a file tells nobody that it grew.
func (l *linphone) awaitAnswers(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(grace); time.Now().Before(deadline); media(t.Context(), 50*time.Millisecond) {
		answers := l.answers(t)
		if !slices.ContainsFunc(l.published(t), func(p published) bool { return answers[p.Branch] == "" }) {
			return
		}
	}
}

// callID returns the Call-ID of the call that it placed, by its log.
func (l *linphone) callID(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(l.log)
	if err != nil {
		t.Fatal(err)
	}
	m := inviteCallID.FindSubmatch(text)
	if m == nil {
		t.Fatal("no INVITE in linphone's log")
	}
	return string(m[1])
}

// tone is a WAV file of 8 kHz mono.
func tone(seconds int) string {
	const rate = 8000
	data := make([]byte, 0, 2*rate*seconds)
	for i := range rate * seconds {
		data = binary.LittleEndian.AppendUint16(data, uint16(int16(8000*math.Sin(2*math.Pi*440*float64(i)/rate))))
	}
	b := append([]byte("RIFF"), binary.LittleEndian.AppendUint32(nil, uint32(36+len(data)))...)
	b = append(b, "WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"...)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, 2*rate)
	b = append(b, "\x02\x00\x10\x00data"...)
	return string(append(binary.LittleEndian.AppendUint32(b, uint32(len(data))), data...))
}
