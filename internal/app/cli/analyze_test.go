package cli

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// analyzed runs analyze --json.
func analyzed(t *testing.T, args ...string) []streamReport {
	t.Helper()
	out, err := runCommand(t, newRoot("trunkline"), append([]string{"analyze", "--json"}, args...)...)
	if err != nil && !errors.Is(err, ErrFound) {
		t.Fatal(err)
	}
	var reports []streamReport
	for line := range strings.Lines(out) {
		var r streamReport
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		reports = append(reports, r)
	}
	return reports
}

// block is one report block as tshark prints it.
type block struct {
	seq, jitter uint32
	lost        int32
}

// TestAnalyzeAgreesWithTshark computes each stream's totals from tshark's
// decode and compares them with what analyze says.
func TestAnalyzeAgreesWithTshark(t *testing.T) {
	tshark := testneed.Tool(t, "tshark")
	captures, err := filepath.Glob(filepath.Join(testneed.Shared(t, "data", "captures"), "*.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	// tshark reads no RTCP in JSON: see TestAnalyzeReadsHEP.
	captures = slices.DeleteFunc(captures, func(capture string) bool { return strings.Contains(capture, "hep") })
	streams := 0
	for _, capture := range captures {
		t.Run(filepath.Base(capture), func(t *testing.T) {
			want := tsharkBlocks(t, tshark, capture)
			got := analyzed(t, "--codec", "PCMU", capture)
			if strings.Contains(capture, "srtp") {
				// tshark takes ciphertext for report blocks; we must not.
				want = nil
			}
			if len(got) != len(want) {
				t.Errorf("%d streams, tshark has %d", len(got), len(want))
			}
			for _, r := range got {
				streams++
				blocks := want[[2]uint32{r.ReporterSSRC, r.SourceSSRC}]
				if len(blocks) == 0 {
					t.Errorf("stream %08x on %08x is not in tshark's decode", r.ReporterSSRC, r.SourceSSRC)
					continue
				}
				compare(t, &r, blocks)
			}
		})
	}
	if streams < 8 {
		t.Errorf("compared %d streams, the captures have more", streams)
	}
}

// compare holds one stream against its blocks.
func compare(t *testing.T, r *streamReport, blocks []block) {
	t.Helper()
	first, last := blocks[0], blocks[len(blocks)-1]
	jitter := 0.0
	for _, b := range blocks {
		jitter = max(jitter, float64(b.jitter)/8)
	}
	if r.Reports != len(blocks) || r.Expected.V != int64(last.seq-first.seq) || r.Lost.V != int64(last.lost-first.lost) {
		t.Errorf("%08x: %d reports, %d expected, %d lost; tshark has %d, %d, %d", r.SourceSSRC, r.Reports, r.Expected.V, r.Lost.V,
			len(blocks), last.seq-first.seq, last.lost-first.lost)
	}
	if math.Abs(r.JitterMax.V-jitter) > 1e-9 {
		t.Errorf("%08x: jitter %.3f ms, tshark's ticks are %.3f ms", r.SourceSSRC, r.JitterMax.V, jitter)
	}
}

// tsharkBlocks reads all report blocks by (reporter, source), repetitions left
// out: a capture on both sides of a relay has each report twice.
func tsharkBlocks(t *testing.T, tshark, capture string) map[[2]uint32][]block {
	t.Helper()
	fields := []string{"rtcp.pt", "rtcp.senderssrc", "rtcp.rc", "rtcp.ssrc.identifier", "rtcp.ssrc.cum_nr", "rtcp.ssrc.ext_high", "rtcp.ssrc.jitter"}
	args := []string{"-r", capture, "-T", "fields", "-E", "separator=;", "-E", "aggregator=,", "-Y", "rtcp"}
	for _, ports := range []string{"40000-48000", "1024-39999"} {
		args = append(args, "-d", "udp.port=="+ports+",rtcp")
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(tshark, args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	blocks := map[[2]uint32][]block{}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		columns := strings.Split(strings.TrimSpace(line), ";")
		if len(columns) != len(fields) || columns[5] == "" || seen[line] {
			continue // no report block, or the other side of a relay
		}
		seen[line] = true
		reporter := tsharkNumber(t, columns[1])
		seqs, losts, jitters := strings.Split(columns[5], ","), strings.Split(columns[4], ","), strings.Split(columns[6], ",")
		sources := strings.Split(columns[3], ",")
		for i := range seqs {
			key := [2]uint32{reporter, tsharkNumber(t, sources[i])}
			blocks[key] = append(blocks[key], block{seq: tsharkNumber(t, seqs[i]), jitter: tsharkNumber(t, jitters[i]), lost: int32(tsharkNumber(t, losts[i])<<8) >> 8})
		}
	}
	return blocks
}

// tsharkNumber reads tshark's decimal, negative or hexadecimal numbers.
func tsharkNumber(t *testing.T, text string) uint32 {
	t.Helper()
	text, _, _ = strings.Cut(text, ",")
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		t.Fatalf("tshark's number %q: %v", text, err)
	}
	return uint32(n)
}

// TestRtpengineAgrees compares with what rtpengine 10.5 itself said of the
// relayed call: its figures of an SSRC are those of what that SSRC received.
// Its MOS (x10, cut off) is the PingPlotter formula, recomputed here on our
// figures: 2.5 points of R a percent of loss. Ours is ITU-T G.107 with the
// concealment of G.711 appendix I, whose Ie,eff is larger for the same loss:
// that is the whole difference.
func TestRtpengineAgrees(t *testing.T) {
	var reply struct {
		SSRC map[string]struct {
			Lost    int64 `json:"cumulative loss"`
			Average struct {
				MOS int `json:"MOS"`
			} `json:"average MOS"`
		}
	}
	data, err := os.ReadFile(testneed.Shared(t, "data", "captures", "rtpengine_delete_reply.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &reply); err != nil {
		t.Fatal(err)
	}
	streams := analyzed(t, "--codec", "PCMU", testneed.Shared(t, "data", "captures", "rtpengine_rtcp_wire.pcap"))
	if len(streams) != len(reply.SSRC) {
		t.Errorf("%d streams, rtpengine has %d", len(streams), len(reply.SSRC))
	}
	for _, r := range streams {
		peer, ok := reply.SSRC[strconv.FormatUint(uint64(r.ReporterSSRC), 10)]
		if !ok {
			t.Errorf("rtpengine knows no SSRC %d", r.ReporterSSRC)
			continue
		}
		latency := 2*r.JitterMean.V + 10
		x := 93.2 - latency/40 - 2.5*100*r.LossRatio.V
		theirs := 1 + .035*x + x*(x-60)*(100-x)*7e-6
		if got := float64(peer.Average.MOS) / 10; math.Abs(theirs-got) > 0.1 {
			t.Errorf("SSRC %d: rtpengine says MOS %.1f, its formula on our figures %.2f", r.ReporterSSRC, got, theirs)
		}
		explained := r.IeEff.V - 2.5*100*r.LossRatio.V - latency/40
		if d := x - r.R.V; math.Abs(d-explained) > 0.2 {
			t.Errorf("SSRC %d: our R %.2f, theirs %.2f: of the difference %.2f is explained", r.ReporterSSRC, r.R.V, x, explained)
		}
		// Its cumulative loss counts from the call's beginning, ours from the first report.
		if d := peer.Lost - r.Lost.V; d < 0 || d > 20 {
			t.Errorf("SSRC %d: rtpengine counts %d lost, we %d", r.ReporterSSRC, peer.Lost, r.Lost.V)
		}
	}
}

// TestAnalyzeReadsHEP holds what a relay reported of a call over HEP, as JSON,
// against its RTCP on the wire, captured at the same time.
func TestAnalyzeReadsHEP(t *testing.T) {
	streams := analyzed(t, "--codec", "PCMU", testneed.Shared(t, "data", "captures", "rtpengine_hep.pcap"))
	wire := analyzed(t, "--codec", "PCMU", testneed.Shared(t, "data", "captures", "rtpengine_rtcp_wire.pcap"))
	if len(streams) != len(wire) || len(streams) != 2 {
		t.Fatalf("%d streams over HEP, %d on the wire, want 2", len(streams), len(wire))
	}
	for _, got := range streams {
		i := slices.IndexFunc(wire, func(r streamReport) bool { return r.SourceSSRC == got.SourceSSRC && r.ReporterSSRC == got.ReporterSSRC })
		if i < 0 {
			t.Errorf("stream %08x is not on the wire", got.SourceSSRC)
			continue
		}
		want := wire[i]
		if got.CallID == nil || *got.CallID != "lab-call-1@pbx.example" || want.CallID != nil {
			t.Errorf("%08x: call %v over HEP, %v on the wire, where there is no SIP", got.SourceSSRC, got.CallID, want.CallID)
		}
		if got.Reports != want.Reports || got.Expected != want.Expected || got.Lost != want.Lost || got.JitterMax != want.JitterMax {
			t.Errorf("%08x: got %+v, on the wire %+v", got.SourceSSRC, got, want)
		}
	}
}

// TestAnalyzeTakesTheCodecFromSIP reads a capture of a call with its SIP, in
// which no RTP tells the codec, and none is given.
func TestAnalyzeTakesTheCodecFromSIP(t *testing.T) {
	streams := analyzed(t, "--codec", "G729", filepath.Join("..", "synthetic", "captures", "linphone_xr_vqrtcpxr.pcap"))
	for _, r := range streams {
		if r.Codec == nil || *r.Codec != "PCMU" || r.CodecSource != "sdp" || r.CallID == nil || *r.CallID != "Ixq2alEeku" {
			t.Errorf("%08x: codec %v by %s, call %v; want PCMU by sdp, not what was given, and Ixq2alEeku", r.SourceSSRC, text(r.Codec), r.CodecSource, text(r.CallID))
		}
	}
	if len(streams) != 2 {
		t.Errorf("%d streams, want 2", len(streams))
	}
}

func TestAnalyzeUnknownIsNull(t *testing.T) {
	capture := filepath.Join("..", "synthetic", "captures", "gst_pcmu_loss3_rtcp.pcap")
	out, err := runCommand(t, newRoot("trunkline"), "analyze", "--json", capture)
	if err != nil {
		t.Fatal(err)
	}
	var first map[string]any
	line, _, _ := strings.Cut(out, "\n")
	if err := json.Unmarshal([]byte(line), &first); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"codec", "clock_hz", "jitter_ms_max", "rtt_ms_max", "r", "mos", "grade"} {
		if value, present := first[key]; !present || value != nil {
			t.Errorf("%s is %v, want null: no codec was given", key, value)
		}
	}
	for _, key := range []string{"reporter_ssrc", "source_ssrc", "src", "dst", "reports", "expected", "lost", "loss_ratio"} {
		if first[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
}

func TestAnalyzeCSVHasOneRowAStream(t *testing.T) {
	out, err := runCommand(t, newRoot("trunkline"), "analyze", "--csv", "--codec", "g711", filepath.Join("..", "synthetic", "captures", "rtpengine_rtcp_wire.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(rows) != 3 || rows[0][1] != "reporter_ssrc" {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
}

func TestAnalyzeExitStatusSaysPoor(t *testing.T) {
	capture := filepath.Join("..", "synthetic", "captures", "gst_pcmu_loss3_rtcp.pcap")
	if _, err := runCommand(t, newRoot("trunkline"), "analyze", "--codec", "PCMU", "--no-plc", capture); !errors.Is(err, ErrFound) {
		t.Errorf("3 %% loss without concealment: got %v, want poor", err)
	}
	if _, err := runCommand(t, newRoot("trunkline"), "analyze", "--codec", "nonsense", capture); !errors.Is(err, ErrUsage) {
		t.Errorf("an unknown codec without a clock: got %v, want a usage error", err)
	}
	if _, err := runCommand(t, newRoot("trunkline"), "analyze", "no-such-file.pcap"); err == nil || errors.Is(err, ErrUsage) {
		t.Errorf("a missing file: got %v", err)
	}
}
