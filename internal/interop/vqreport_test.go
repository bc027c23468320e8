package interop

import (
	"context"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

// reports gathers what a vqreport.Server was given.
type reports struct {
	mu      sync.Mutex
	all     []vqreport.Report
	changed chan struct{}
}

func (r *reports) handle(_ context.Context, report *vqreport.Report, _ vqreport.Meta) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, *report)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// await waits until what came is enough.
func (r *reports) await(t *testing.T, what string, enough func([]vqreport.Report) bool) []vqreport.Report {
	t.Helper()
	timeout := time.After(patience)
	for {
		r.mu.Lock()
		all, changed := slices.Clone(r.all), r.changed
		r.mu.Unlock()
		if enough(all) {
			return all
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("%s did not come: %d reports", what, len(all))
		}
	}
}

// ofBoth says whether each of two reporters sent one that fits.
func ofBoth(fits func(vqreport.Report) bool) func([]vqreport.Report) bool {
	return func(all []vqreport.Report) bool {
		from := map[string]bool{}
		for _, r := range all {
			if fits(r) {
				from[r.LocalID] = true
			}
		}
		return len(from) == 2
	}
}

// Two softphones publish while they talk, one over UDP and one over TCP: they
// get their 200, and each value that their own log says they sent is read.
func TestLinphoneReportsAreReadToTheLastField(t *testing.T) {
	t.Parallel()
	got := &reports{changed: make(chan struct{})}
	server, err := vqreport.NewServer(vqreport.ServerOptions{Handler: got.handle})
	if err != nil {
		t.Fatal(err)
	}
	udp := socket(t, 0)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.ServeUDP(udp) }()
	go func() { _ = server.ServeTCP(tcp) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	portA, portB := ports(t, 4), ports(t, 4)
	a := startLinphone(t, "agent42", portA, at(portB), fmt.Sprintf("sip:collector@%s;transport=udp", udp.LocalAddr()))
	b := startLinphone(t, "customer7", portB, at(portA), fmt.Sprintf("sip:collector@%s;transport=tcp", tcp.Addr()))
	a.call(b, "customer7")
	got.await(t, "an interval report of each", ofBoth(func(r vqreport.Report) bool { return r.Kind == vqreport.KindInterval }))
	a.say("terminate")
	all := got.await(t, "the last report of each", ofBoth(func(r vqreport.Report) bool { return r.CallTerm }))
	for _, l := range []*linphone{a, b} {
		l.awaitAnswers(t)
		l.stop()
	}

	id := a.callID(t)
	sent := 0
	for _, l := range []*linphone{a, b} {
		answers := l.answers(t)
		for _, p := range l.published(t) {
			sent++
			if answers[p.Branch] != "200" {
				t.Errorf("a PUBLISH got the answer %q, want 200", answers[p.Branch])
			}
			checkReport(t, p.Body, all)
		}
	}
	if sent != len(all) || sent < 4 {
		t.Errorf("%d requests in the logs of the phones, %d reports here: want the same, and two of each phone at least", sent, len(all))
	}
	for _, r := range all {
		if string(r.CallID) != id {
			t.Errorf("a report of call %q, the call was %q", r.CallID, id)
		}
	}
	if s := server.Stats(); s.Answered[200] != uint64(len(all)) || s.Malformed != 0 {
		t.Errorf("server: %+v, want %d times 200", s, len(all))
	}
}

// fields splits a report without our parser: "Section.Line.KEY" -> value; the
// section is empty before the first one.
func fields(body string) map[string]string {
	all := map[string]string{}
	section := ""
	for line := range strings.Lines(body) {
		name, value, found := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		value = strings.TrimSpace(value)
		switch {
		case !found || strings.HasPrefix(name, "VQ"):
		case value == "":
			section = name + "."
		case !strings.Contains(value, "=") || strings.HasSuffix(name, "ID") || strings.HasSuffix(name, "Group"):
			all[name] = value
		default:
			for pair := range strings.FieldsSeq(value) { // no value of linphone's has a blank in it
				key, v, _ := strings.Cut(pair, "=")
				all[section+name+"."+key] = strings.Trim(v, `"`)
			}
		}
	}
	return all
}

// read is what we made of a field, as text; fields that it lacks are failures.
var read = map[string]func(*vqreport.Report) string{
	"CallID":          func(r *vqreport.Report) string { return string(r.CallID) },
	"LocalID":         func(r *vqreport.Report) string { return r.LocalID },
	"RemoteID":        func(r *vqreport.Report) string { return r.RemoteID },
	"OrigID":          func(r *vqreport.Report) string { return r.OrigID },
	"LocalGroup":      func(r *vqreport.Report) string { return r.LocalGroup },
	"RemoteGroup":     func(r *vqreport.Report) string { return r.RemoteGroup },
	"DialogID":        func(r *vqreport.Report) string { return r.DialogID },
	"LocalAddr.IP":    func(r *vqreport.Report) string { return r.LocalAddr.IP.String() },
	"LocalAddr.PORT":  func(r *vqreport.Report) string { return text(r.LocalAddr.Port) },
	"LocalAddr.SSRC":  func(r *vqreport.Report) string { return text(r.LocalAddr.SSRC) },
	"RemoteAddr.IP":   func(r *vqreport.Report) string { return r.RemoteAddr.IP.String() },
	"RemoteAddr.PORT": func(r *vqreport.Report) string { return text(r.RemoteAddr.Port) },
	"RemoteAddr.SSRC": func(r *vqreport.Report) string { return text(r.RemoteAddr.SSRC) },
}

// readMetrics is the same of a section.
var readMetrics = map[string]func(*vqreport.Metrics) string{
	"Timestamps.START":  func(m *vqreport.Metrics) string { return m.Start.Format(time.RFC3339) },
	"Timestamps.STOP":   func(m *vqreport.Metrics) string { return m.Stop.Format(time.RFC3339) },
	"SessionDesc.PT":    func(m *vqreport.Metrics) string { return text(m.Session.PayloadType) },
	"SessionDesc.PD":    func(m *vqreport.Metrics) string { return m.Session.PayloadName },
	"SessionDesc.SR":    func(m *vqreport.Metrics) string { return text(m.Session.ClockHz) },
	"SessionDesc.FD":    func(m *vqreport.Metrics) string { return text(m.Session.FrameMillis) },
	"SessionDesc.FMTP":  func(m *vqreport.Metrics) string { return m.Session.FormatParameters },
	"JitterBuffer.JBA":  func(m *vqreport.Metrics) string { return text(m.JitterBuffer.Adaptive) },
	"JitterBuffer.JBR":  func(m *vqreport.Metrics) string { return text(m.JitterBuffer.Rate) },
	"JitterBuffer.JBN":  func(m *vqreport.Metrics) string { return text(m.JitterBuffer.NominalMillis) },
	"JitterBuffer.JBM":  func(m *vqreport.Metrics) string { return text(m.JitterBuffer.MaximumMillis) },
	"JitterBuffer.JBX":  func(m *vqreport.Metrics) string { return text(m.JitterBuffer.AbsoluteMillis) },
	"PacketLoss.NLR":    func(m *vqreport.Metrics) string { return text(m.PacketLoss.NetworkLossPercent) },
	"PacketLoss.JDR":    func(m *vqreport.Metrics) string { return text(m.PacketLoss.BufferDiscardsPercent) },
	"Delay.RTD":         func(m *vqreport.Metrics) string { return text(m.Delay.RoundTripMillis) },
	"Delay.ESD":         func(m *vqreport.Metrics) string { return text(m.Delay.EndSystemMillis) },
	"Delay.IAJ":         func(m *vqreport.Metrics) string { return text(m.Delay.InterarrivalMillis) },
	"Delay.MAJ":         func(m *vqreport.Metrics) string { return text(m.Delay.AbsoluteJitterMillis) },
	"Signal.SL":         func(m *vqreport.Metrics) string { return text(m.Signal.LevelDBm) },
	"Signal.NL":         func(m *vqreport.Metrics) string { return text(m.Signal.NoiseDBm) },
	"QualityEst.RLQ":    func(m *vqreport.Metrics) string { return text(m.Quality.ListeningR) },
	"QualityEst.RCQ":    func(m *vqreport.Metrics) string { return text(m.Quality.ConversationalR) },
	"QualityEst.MOSLQ":  func(m *vqreport.Metrics) string { return text(m.Quality.ListeningMOS) },
	"QualityEst.MOSCQ":  func(m *vqreport.Metrics) string { return text(m.Quality.ConversationalMOS) },
	"LinphoneExt.UA":    func(m *vqreport.Metrics) string { return m.UserAgent },
	"QualityEst.EXTRI":  func(m *vqreport.Metrics) string { return text(m.Quality.ExternalInR) },
	"QualityEst.EXTRO":  func(m *vqreport.Metrics) string { return text(m.Quality.ExternalOutR) },
	"BurstGapLoss.BLD":  func(m *vqreport.Metrics) string { return text(m.BurstGap.BurstLossPercent) },
	"BurstGapLoss.BD":   func(m *vqreport.Metrics) string { return text(m.BurstGap.BurstMillis) },
	"BurstGapLoss.GLD":  func(m *vqreport.Metrics) string { return text(m.BurstGap.GapLossPercent) },
	"BurstGapLoss.GD":   func(m *vqreport.Metrics) string { return text(m.BurstGap.GapMillis) },
	"BurstGapLoss.GMIN": func(m *vqreport.Metrics) string { return text(m.BurstGap.GapMinimum) },
}

// text is a figure as written, or "unknown".
func text[T any](o mediaqos.Opt[T]) string {
	v, ok := o.Get()
	if !ok {
		return "unknown"
	}
	return fmt.Sprint(v)
}

// same compares what was sent with what was read: as numbers where both are. A
// value that was sent as nothing (an SSRC of 0) is unknown.
func same(sent, got string) bool {
	a, errA := strconv.ParseFloat(sent, 64)
	b, errB := strconv.ParseFloat(got, 64)
	if errA == nil && errB == nil {
		return a == b
	}
	return sent == got || sent == "0" && got == "unknown"
}

// checkReport finds the report that a phone sent among those that came and
// compares each field of it.
func checkReport(t *testing.T, body string, all []vqreport.Report) {
	t.Helper()
	sent := fields(body)
	mine := func(r vqreport.Report) bool {
		return r.LocalID == sent["LocalID"] && r.CallTerm == strings.Contains(body, "CallTerm") &&
			r.Local.Stop.Format(time.RFC3339) == sent["LocalMetrics.Timestamps.STOP"]
	}
	i := slices.IndexFunc(all, mine)
	if i < 0 {
		t.Errorf("a report of the phone's did not come: %s", body)
		return
	}
	r := &all[i]
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		value := sent[name]
		var got string
		if f, ok := read[name]; ok {
			got = f(r)
		} else if f, ok := readMetrics[strings.TrimPrefix(name, "LocalMetrics.")]; ok && strings.HasPrefix(name, "LocalMetrics.") {
			got = f(&r.Local)
		} else if f, ok := readMetrics[strings.TrimPrefix(name, "RemoteMetrics.")]; ok {
			got = f(&r.Remote)
		} else {
			t.Errorf("the phone sends %s=%s, which is read nowhere", name, value)
			continue
		}
		if !same(value, got) {
			t.Errorf("%s: sent %q, read %q", name, value, got)
		}
	}
	if len(sent) < 20 {
		t.Errorf("%d fields in the phone's report: the test shows little", len(sent))
	}
	if len(r.Unknown) != 0 {
		t.Errorf("fields unknown to us: %v", r.Unknown)
	}
}
