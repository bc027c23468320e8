package rtcp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// writeCapture puts a datagram into a capture file as IPv4 and UDP.
func writeCapture(t *testing.T, payload []byte) string {
	t.Helper()
	var b []byte
	b = binary.BigEndian.AppendUint32(b, 0xa1b2c3d4) // classic pcap
	b = append(b, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 101)
	size := uint32(28 + len(payload))
	b = append(b, 0, 0, 0, 1, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, size)
	b = binary.BigEndian.AppendUint32(b, size)
	b = append(b, 0x45, 0, byte(size>>8), byte(size), 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2)
	b = append(b, 0x13, 0x8d, 0x13, 0x8d, byte((size-20)>>8), byte(size-20), 0, 0) // port 5005
	file := filepath.Join(t.TempDir(), "xr.pcap")
	if err := os.WriteFile(file, append(b, payload...), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// tsharkFields returns all values of each field, in order.
func tsharkFields(t *testing.T, file string, fields []string) map[string]string {
	t.Helper()
	path := testneed.Tool(t, "tshark")
	args := []string{"-r", file, "-d", "udp.port==5005,rtcp", "-T", "fields", "-E", "separator=|"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.Bytes())
	}
	values := strings.Split(strings.TrimSpace(string(out)), "|")
	if len(values) != len(fields) {
		t.Fatalf("%d values of %d fields: %q", len(values), len(fields), out)
	}
	row := map[string]string{}
	for i, f := range fields {
		row[f] = values[i]
	}
	return row
}

// TestXRTshark compares with Wireshark's dissector, block types 1, 2 and 4 to 7.
func TestXRTshark(t *testing.T) {
	in := chain(rrBytes, extended(xrLossBytes, xrDuplicateBytes, xrReferenceBytes, xrEchoesByte, xrSummaryBytes, xrVoIPBytes))
	var d Datagram
	if err := d.Decode(in); err != nil || len(d.Faults) > 0 {
		t.Fatal(err, d.Faults)
	}
	v, s, loss := &d.XR.VoIP[0], &d.XR.Summaries[0], &d.XR.LossRLEs[0]
	jb := &v.JitterBuffer
	want := map[string]string{
		"rtcp.xr.bt":                        "1,2,4,5,6,7",
		"rtcp.xr.beginseq":                  fmt.Sprintf("%d,%d,%d", loss.BeginSeq, d.XR.DuplicateRLEs[0].BeginSeq, s.BeginSeq),
		"rtcp.xr.endseq":                    fmt.Sprintf("%d,%d,%d", loss.EndSeq, d.XR.DuplicateRLEs[0].EndSeq, s.EndSeq),
		"rtcp.xr.tf":                        fmt.Sprintf("%d,%d", loss.Thinning, d.XR.DuplicateRLEs[0].Thinning),
		"rtcp.xr.lrr":                       fmt.Sprintf("%d,%d", d.XR.DLRRs[0].LRR, d.XR.DLRRs[1].LRR),
		"rtcp.xr.dlrr":                      fmt.Sprintf("%d,%d", d.XR.DLRRs[0].DLRR, d.XR.DLRRs[1].DLRR),
		"rtcp.xr.stats.lost":                fmt.Sprint(s.Lost.V),
		"rtcp.xr.stats.dups":                fmt.Sprint(s.Duplicates.V),
		"rtcp.xr.stats.minjitter":           fmt.Sprint(s.JitterMinTicks.V),
		"rtcp.xr.stats.maxjitter":           fmt.Sprint(s.JitterMaxTicks.V),
		"rtcp.xr.stats.meanjitter":          fmt.Sprint(s.JitterMeanTicks.V),
		"rtcp.xr.stats.devjitter":           fmt.Sprint(s.JitterDeviationTicks.V),
		"rtcp.xr.stats.minttl":              fmt.Sprint(s.TTLMin.V),
		"rtcp.xr.stats.maxttl":              fmt.Sprint(s.TTLMax.V),
		"rtcp.xr.stats.meanttl":             fmt.Sprint(s.TTLMean.V),
		"rtcp.xr.stats.devttl":              fmt.Sprint(s.TTLDeviation.V),
		"rtcp.xr.voipmetrics.burstdensity":  fmt.Sprint(v.BurstDensity.V * 256),
		"rtcp.xr.voipmetrics.gapdensity":    fmt.Sprint(v.GapDensity.V * 256),
		"rtcp.xr.voipmetrics.burstduration": fmt.Sprint(v.BurstMillis.V),
		"rtcp.xr.voipmetrics.gapduration":   fmt.Sprint(v.GapMillis.V),
		"rtcp.xr.voipmetrics.rtdelay":       fmt.Sprint(v.RoundTripMillis.V),
		"rtcp.xr.voipmetrics.esdelay":       fmt.Sprint(v.EndSystemMillis.V),
		"rtcp.xr.voipmetrics.signallevel":   fmt.Sprint(v.SignalDBm0.V),
		"rtcp.xr.voipmetrics.rerl":          fmt.Sprint(v.EchoReturnLossDB.V),
		"rtcp.xr.voipmetrics.gmin":          fmt.Sprint(v.Gmin.V),
		"rtcp.xr.voipmetrics.rfactor":       fmt.Sprint(v.RFactor.V),
		"rtcp.xr.voipmetrics.moslq":         fmt.Sprint(v.ListeningMOS.V),
		"rtcp.xr.voipmetrics.moscq":         fmt.Sprint(v.ConversationalMOS.V),
		"rtcp.xr.voipmetrics.plc":           fmt.Sprint(uint8(v.Concealment)),
		"rtcp.xr.voipmetrics.jba":           fmt.Sprint(uint8(jb.Kind)),
		"rtcp.xr.voipmetrics.jbrate":        fmt.Sprint(jb.Rate.V),
		"rtcp.xr.voipmetrics.jbnominal":     fmt.Sprint(jb.NominalMillis.V),
		"rtcp.xr.voipmetrics.jbmax":         fmt.Sprint(jb.MaximumMillis.V),
		"rtcp.xr.voipmetrics.jbabsmax":      fmt.Sprint(jb.AbsoluteMaximumMillis.V),
		"rtcp.xr.stats.lrflag":              "1",
	}
	fields := make([]string, 0, len(want))
	for f := range want {
		fields = append(fields, f)
	}
	row := tsharkFields(t, writeCapture(t, in), fields)
	for f, w := range want {
		if got := number(row[f]); got != w {
			t.Errorf("%s: tshark has %q, we have %q", f, row[f], w)
		}
	}
}

// number writes tshark's numbers, of which some are hexadecimal or rounded
// floats, as Go does.
func number(text string) string {
	values := strings.Split(text, ",")
	for i, v := range values {
		if n, err := strconv.ParseUint(v, 0, 64); err == nil {
			values[i] = fmt.Sprint(n)
		} else if f, err := strconv.ParseFloat(v, 32); err == nil {
			values[i] = strconv.FormatFloat(f, 'g', 6, 32)
		}
	}
	return strings.Join(values, ",")
}
