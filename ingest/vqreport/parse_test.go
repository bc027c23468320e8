package vqreport

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

var update = flag.Bool("update", false, "write golden files")

// full has every line and key of the grammar. Its figures are those of the
// examples in RFC 6035 section 4.7, with their two slips: an SSRC without 0x
// and a STOP nine days before START.
const full = `VQAlertReport: Type=NLR Severity=Critical Dir=local
CallID: 6dg37f1890463
LocalID: Alice <sip:alice@example.org>
RemoteID: Bill <sip:bill@example.net>
OrigID: Alice <sip:alice@example.org>
LocalGroup: example-phone-55671
RemoteGroup: example-gateway-09871
LocalAddr: IP=10.10.1.100 PORT=5000 SSRC=1a3b5c7d
LocalMAC: 00:1f:5b:cc:21:0f
RemoteAddr:IP=11.1.1.150 PORT=5002 SSRC=0x2468abcd
RemoteMAC: 00:26:08:8e:95:02
x-UserAgent: Phone/1.0
LocalMetrics:
Timestamps: START=2004-10-10T18:23:43Z STOP=2004-10-01T18:26:02Z
SessionDesc: PT=18 PD=G729 SR=8000 FD=20 FO=20 FPP=2 PPS=50
 FMTP="annexb=no; x y" PLC=3 SSUP=on
JitterBuffer: JBA=3 JBR=2 JBN=40 JBM=80 JBX=120
PacketLoss: NLR=5.0 JDR=2.0
BurstGapLoss: BLD=0 BD=0 GLD=2.0 GD=500 GMIN=16
Delay: RTD=200 ESD=140 OWD=100 SOWD=200 IAJ=2 MAJ=10
Signal: SL=-21 NL=-50 RERL=55
QualityEst: RLQ=90 RLQEstAlg=P.564 RCQ=85 RCQEstAlgo=G.107 EXTRI=90 ExtRIEstAlg=a EXTRO=127
 ExtROEstAlg=b MOSLQ=3.4 MOSLQEstAlg=c MOSCQ=3.3 MOSCQEstAlgo=d QoEEstAlg=P.564
RemoteMetrics:
TimeStamps: START=2004-10-10T18:23:43.5Z STOP=2004-10-10T18:26:02+02:00
PacketLoss: NLR=3.0
DialogID: 6dg37f1890463;to-tag=8472761;from-tag=9123dh311
`

func some(v float64) mediaqos.Opt[float64] { return mediaqos.Some(v) }
func whole(v uint32) mediaqos.Opt[uint32]  { return mediaqos.Some(v) }
func addr(s string) netip.Addr             { return netip.MustParseAddr(s) }
func at(s string) time.Time                { t, _ := time.Parse(time.RFC3339Nano, s); return t }
func body(lines ...string) string          { return strings.Join(lines, "\r\n") + "\r\n" }
func mustParse(t *testing.T, s string) *Report {
	t.Helper()
	r, err := Parse([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func compareOpts(t *testing.T, got, want any, opts ...cmp.Option) {
	t.Helper()
	opts = append(opts, cmpopts.EquateComparable(netip.Addr{}))
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("wrong (-want +got):\n%s", diff)
	}
}

func TestParseEveryField(t *testing.T) {
	got := mustParse(t, full)
	want := &Report{
		ID: got.ID, Kind: KindAlert, Alert: Alert{"NLR", "Critical", "local"},
		CallID:  "6dg37f1890463",
		LocalID: "Alice <sip:alice@example.org>", RemoteID: "Bill <sip:bill@example.net>", OrigID: "Alice <sip:alice@example.org>",
		LocalGroup: "example-phone-55671", RemoteGroup: "example-gateway-09871",
		LocalMAC: "00:1f:5b:cc:21:0f", RemoteMAC: "00:26:08:8e:95:02",
		LocalAddr:  Endpoint{addr("10.10.1.100"), mediaqos.Some[uint16](5000), whole(0x1a3b5c7d)},
		RemoteAddr: Endpoint{addr("11.1.1.150"), mediaqos.Some[uint16](5002), whole(0x2468abcd)},
		DialogID:   "6dg37f1890463;to-tag=8472761;from-tag=9123dh311",
		UserAgent:  "Phone/1.0",
		HasLocal:   true,
		HasRemote:  true,
		Local: Metrics{
			Start: at("2004-10-10T18:23:43Z"), Stop: at("2004-10-01T18:26:02Z"),
			Session: SessionDesc{
				PayloadType: whole(18), PayloadName: "G729", ClockHz: whole(8000), FrameMillis: some(20), FrameBytes: whole(20),
				FramesPerPacket: whole(2), PacketsPerSecond: whole(50), FormatParameters: "annexb=no; x y",
				LossConcealment: whole(3), SilenceSuppression: mediaqos.Some(true),
			},
			JitterBuffer: JitterBuffer{whole(3), whole(2), some(40), some(80), some(120)},
			PacketLoss:   PacketLoss{some(5), some(2)},
			BurstGap:     BurstGapLoss{some(0), some(0), some(2), some(500), whole(16)},
			Delay:        Delay{some(200), some(140), some(100), some(200), some(2), some(10)},
			Signal:       Signal{some(-21), some(-50), some(55)},
			Quality: QualityEst{
				ListeningR: some(90), ListeningRBy: "P.564", ConversationalR: some(85), ConversationalRBy: "G.107",
				ExternalInR: some(90), ExternalInRBy: "a", ExternalOutRBy: "b",
				ListeningMOS: some(3.4), ListeningMOSBy: "c", ConversationalMOS: some(3.3), ConversationalMOSBy: "d",
				EstimatedBy: "P.564",
			},
		},
		Remote: Metrics{
			Start: at("2004-10-10T18:23:43.5Z"), Stop: at("2004-10-10T16:26:02Z"),
			PacketLoss: PacketLoss{NetworkLossPercent: some(3)},
		},
		Problems: []Problem{
			{22, "QualityEst.EXTRO", FlawUnavailable, "127"},
			{14, "Timestamps.STOP", FlawOrder, "2004-10-01T18:26:02Z"},
			{25, "Timestamps.STOP", FlawOrder, "2004-10-10T16:26:02Z"},
		},
		ProblemCount: 3,
	}
	compareOpts(t, got, want)
}

// TestLayoutDoesNotMatter: line ends, folding, case, order and spaces carry no
// meaning, and the same thing said is the same report.
func TestLayoutDoesNotMatter(t *testing.T) {
	want := mustParse(t, full)
	for name, text := range map[string]string{
		"CRLF":       strings.ReplaceAll(full, "\n", "\r\n"),
		"tab folded": strings.ReplaceAll(full, "\n ", "\r\n\t  "),
		"no fold":    strings.ReplaceAll(full, "\n ", " "),
		"no end":     strings.TrimRight(full, "\n"),
		"blank":      "\r\n" + strings.ReplaceAll(full, "RemoteMetrics:", "\nRemoteMetrics:\n"),
	} {
		got := mustParse(t, text)
		if got.ID != want.ID {
			t.Errorf("%s: another ID", name)
		}
		compareOpts(t, got, want, cmpopts.IgnoreFields(Problem{}, "Line"))
	}
	for _, text := range map[string]string{
		"no space":   strings.ReplaceAll(full, ": ", ":"),
		"case":       strings.NewReplacer("Timestamps", "TIMESTAMPS", "PacketLoss", "packetloss", "NLR=", "nlr=", "CallID", "Callid").Replace(full),
		"two spaces": strings.NewReplacer(": ", " :  ", " JBR", "   JBR").Replace(full),
	} {
		compareOpts(t, mustParse(t, text), want, cmpopts.IgnoreFields(Report{}, "ID"),
			cmpopts.IgnoreFields(Problem{}, "Field"))
	}
}

func TestLinphoneBodies(t *testing.T) {
	files, err := filepath.Glob("testdata/bodies/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no bodies in testdata", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := mustParse(t, string(data))
			got, err := json.MarshalIndent(struct {
				ID string
				*Report
			}{r.ID.String(), r}, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".txt") + ".golden.json"
			if *update {
				if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
				t.Errorf("wrong (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	for first, want := range map[string]Report{
		"VQSessionReport: CallTerm":     {Kind: KindSession, CallTerm: true},
		"VQSessionReport : callterm":    {Kind: KindSession, CallTerm: true},
		"VQSessionReport":               {Kind: KindSession},
		"VQIntervalReport":              {Kind: KindInterval},
		"VQIntervalReport: CallTerm":    {Kind: KindInterval, CallTerm: true},
		"\ufeffVQIntervalReport:":       {Kind: KindInterval},
		"VQAlertReport: Type=RCQ":       {Kind: KindAlert, Alert: Alert{Type: "RCQ"}},
		"VQAlertReport:Dir=remote X=y ": {Kind: KindAlert, Alert: Alert{Dir: "remote"}},
	} {
		got := mustParse(t, body(first, "CallID: a", "LocalMetrics:"))
		if got.Kind != want.Kind || got.CallTerm != want.CallTerm || got.Alert != want.Alert {
			t.Errorf("%q: %v %v %+v", first, got.Kind, got.CallTerm, got.Alert)
		}
	}
}

func TestProblems(t *testing.T) {
	const head = "VQSessionReport: CallTerm\nCallID: a\nLocalMetrics:\n" // 3 lines
	tests := []struct {
		line  string
		want  Problem
		check func(*Report) bool
	}{
		{"QualityEst: MOSLQ=5.0", Problem{4, "QualityEst.MOSLQ", FlawRange, "5.0"}, func(r *Report) bool { return r.Local.Quality.ListeningMOS == some(5) }},
		{"QualityEst: MOSCQ=127", Problem{4, "QualityEst.MOSCQ", FlawUnavailable, "127"}, func(r *Report) bool { return !r.Local.Quality.ConversationalMOS.OK }},
		{"QualityEst: RLQ=abc RCQ=1", Problem{4, "QualityEst.RLQ", FlawMalformed, "abc"}, func(r *Report) bool {
			return !r.Local.Quality.ListeningR.OK && r.Local.Quality.ConversationalR == some(1)
		}},
		{"PacketLoss: NLR=1e2", Problem{4, "PacketLoss.NLR", FlawMalformed, "1e2"}, func(r *Report) bool { return !r.Local.PacketLoss.NetworkLossPercent.OK }},
		{"PacketLoss: NLR=NaN", Problem{4, "PacketLoss.NLR", FlawMalformed, "NaN"}, func(r *Report) bool { return !r.Local.PacketLoss.NetworkLossPercent.OK }},
		{"PacketLoss: NLR=", Problem{4, "PacketLoss.NLR", FlawMalformed, ""}, func(r *Report) bool { return !r.Local.PacketLoss.NetworkLossPercent.OK }},
		{"PacketLoss: NLR=-1", Problem{4, "PacketLoss.NLR", FlawRange, "-1"}, func(r *Report) bool { return r.Local.PacketLoss.NetworkLossPercent == some(-1) }},
		{"PacketLoss: NLR=1 NLR=2", Problem{4, "PacketLoss.NLR", FlawDuplicate, "2"}, func(r *Report) bool { return r.Local.PacketLoss.NetworkLossPercent == some(1) }},
		{"PacketLoss: NLR", Problem{4, "PacketLoss.NLR", FlawMalformed, ""}, nil},
		{"SessionDesc: PT=200", Problem{4, "SessionDesc.PT", FlawRange, "200"}, func(r *Report) bool { return r.Local.Session.PayloadType == whole(200) }},
		{"SessionDesc: PT=1.5", Problem{4, "SessionDesc.PT", FlawMalformed, "1.5"}, func(r *Report) bool { return !r.Local.Session.PayloadType.OK }},
		{"SessionDesc: PT=-1", Problem{4, "SessionDesc.PT", FlawRange, "-1"}, func(r *Report) bool { return !r.Local.Session.PayloadType.OK }},
		{`SessionDesc: FMTP="a b`, Problem{4, "SessionDesc.FMTP", FlawMalformed, "a b"}, func(r *Report) bool { return r.Local.Session.FormatParameters == "a b" }},
		{"SessionDesc: SSUP=maybe", Problem{4, "SessionDesc.SSUP", FlawMalformed, "maybe"}, func(r *Report) bool { return !r.Local.Session.SilenceSuppression.OK }},
		{"Signal: RERL=127", Problem{4, "Signal.RERL", FlawUnavailable, "127"}, func(r *Report) bool { return !r.Local.Signal.EchoReturnDB.OK }},
		{"Timestamps: START=0", Problem{4, "Timestamps.START", FlawMalformed, "0"}, func(r *Report) bool { return r.Local.Start.IsZero() }},
		{"Timestamps: START=0001-01-01T00:00:00Z", Problem{4, "Timestamps.START", FlawRange, "0001-01-01T00:00:00Z"}, func(r *Report) bool { return r.Local.Start.IsZero() }},
		{"LocalAddr: SSRC=0", Problem{4, "LocalAddr.SSRC", FlawUnavailable, "0"}, func(r *Report) bool { return !r.LocalAddr.SSRC.OK }},
		{"LocalAddr: SSRC=12345678", Problem{4, "LocalAddr.SSRC", FlawAmbiguous, "12345678"}, func(r *Report) bool { return r.LocalAddr.SSRC == whole(12345678) }},
		{"LocalAddr: SSRC=0x123456789", Problem{4, "LocalAddr.SSRC", FlawMalformed, "0x123456789"}, func(r *Report) bool { return !r.LocalAddr.SSRC.OK }},
		{"LocalAddr: PORT=65536", Problem{4, "LocalAddr.PORT", FlawMalformed, "65536"}, func(r *Report) bool { return !r.LocalAddr.Port.OK }},
		{"LocalAddr: IP=sbc.example.org", Problem{4, "LocalAddr.IP", FlawMalformed, "sbc.example.org"}, func(r *Report) bool { return !r.LocalAddr.IP.IsValid() }},
		{"CallID: b", Problem{4, "CallID", FlawDuplicate, "b"}, func(r *Report) bool { return r.CallID == "a" }},
	}
	for _, tt := range tests {
		r := mustParse(t, head+tt.line)
		if len(r.Problems) != 1 || r.Problems[0] != tt.want || r.ProblemCount != 1 {
			t.Errorf("%s: problems %+v, want %+v", tt.line, r.Problems, tt.want)
		}
		if tt.check != nil && !tt.check(r) {
			t.Errorf("%s: wrong value: %+v %+v", tt.line, r.Local, r.LocalAddr)
		}
	}
}

// TestLaxOrder: metrics before any section and a section's first line on the
// section's own line, both sent in the field.
func TestLaxOrder(t *testing.T) {
	r := mustParse(t, body("VQSessionReport: CallTerm", "PacketLoss: NLR=1", "RemoteMetrics: PacketLoss: NLR=2", "Delay: RTD=14.75", "CallID: a", "Foo", "x-SIPterm: SDC=OK", "Delay: RTX=3"))
	if r.Local.PacketLoss.NetworkLossPercent != some(1) || r.Remote.PacketLoss.NetworkLossPercent != some(2) || r.Remote.Delay.RoundTripMillis != some(14.75) {
		t.Errorf("misplaced: %+v %+v", r.Local, r.Remote)
	}
	if !r.Has("PacketLoss", FlawSection) || r.ProblemCount != 1 {
		t.Errorf("problems %+v", r.Problems)
	}
	compareOpts(t, r.Unknown, []Unknown{{"Foo", 1}, {"x-SIPterm", 1}, {"Delay.RTX", 1}})
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name, body string
		want       error
		line       int
	}{
		{"empty", "", ErrNotReport, 0},
		{"blank", "\r\n \r\n", ErrNotReport, 0},
		{"other", body("", "NOTIFY sip:x SIP/2.0"), ErrNotReport, 2},
		{"no place", body("VQSessionReport", "LocalMetrics:", "PacketLoss: NLR=1"), ErrMissing, 0},
		{"no metrics", body("VQSessionReport", "CallID: a"), ErrMissing, 0},
		{"NUL", "VQSessionReport\nCallID: a\x00b\nLocalMetrics:", ErrSyntax, 2},
		{"body", "VQSessionReport\n" + strings.Repeat("x", MaxBodyBytes), ErrTooLarge, 0},
		{"lines", "VQSessionReport" + strings.Repeat("\n", MaxLines+1), ErrTooLarge, MaxLines + 1},
		{"line", "VQSessionReport\na\n " + strings.Repeat("x", MaxLineBytes), ErrTooLarge, 3},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.body))
		var pe *ParseError
		if !errors.Is(err, tt.want) || !errors.As(err, &pe) || pe.Line != tt.line {
			t.Errorf("%s: %v (line %+v), want %v", tt.name, err, pe, tt.want)
		}
	}
}

// TestBounds: what a hostile body can make us keep is bounded, and all of it
// is counted.
func TestBounds(t *testing.T) {
	var b strings.Builder
	b.WriteString("VQSessionReport\nCallID: a\nLocalMetrics:\n")
	for i := range 200 {
		fmt.Fprintf(&b, "x-%d: 1\nPacketLoss: NLR=%s\n", i, strings.Repeat("y", 100))
	}
	b.WriteString("x-0: 1\n")
	r := mustParse(t, b.String())
	if len(r.Problems) != MaxProblems || r.ProblemCount != 200 {
		t.Errorf("%d problems kept of %d", len(r.Problems), r.ProblemCount)
	}
	total := 0
	for _, u := range r.Unknown {
		total += u.Count
	}
	if len(r.Unknown) != MaxUnknown+1 || total != 201 || r.Unknown[0].Count != 2 || r.Unknown[MaxUnknown].Name != "*" {
		t.Errorf("%d names kept, %d counted: %+v", len(r.Unknown), total, r.Unknown)
	}
}

func TestStream(t *testing.T) {
	r := mustParse(t, full)
	from, to, ssrc := r.Stream(false)
	if from.String() != "11.1.1.150:5002" || to.String() != "10.10.1.100:5000" || ssrc != whole(0x2468abcd) {
		t.Errorf("local: %v -> %v %#x", from, to, ssrc.V)
	}
	if from, to, ssrc = r.Stream(true); from.String() != "10.10.1.100:5000" || to.String() != "11.1.1.150:5002" || ssrc != whole(0x1a3b5c7d) {
		t.Errorf("remote: %v -> %v %#x", from, to, ssrc.V)
	}
}

func BenchmarkParse(b *testing.B) {
	data := []byte(full)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}
