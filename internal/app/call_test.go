package app_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/schema"
)

const storyRecord = "e523d2ed-2966-4b6b-925b-754a88034cc5"

// storyRecords are what Graph tells of the story's call: a row of the direct
// routing log, and a record in which the client in Hamburg lost a quarter of
// what it should have heard.
func storyRecords(t *testing.T, at time.Time) []app.RecordFile {
	t.Helper()
	begin, end := at.Format("2006-01-02T15:04:05.000Z"), at.Add(time.Minute).Format("2006-01-02T15:04:05.000Z")
	stream := `{"streamId":"%d","streamDirection":"%s","startDateTime":"` + begin + `","endDateTime":"` + end + `","averagePacketLossRate":%s,"averageJitter":"PT0.012S","averageRoundTripTime":"PT0.05S","packetUtilization":2700}`
	endpoints := `"caller":{"@odata.type":"#microsoft.graph.callRecords.serviceEndpoint","userAgent":{"@odata.type":"#microsoft.graph.callRecords.serviceUserAgent","role":"mediationServer"}},
"callee":{"@odata.type":"#microsoft.graph.callRecords.participantEndpoint","userAgent":{"@odata.type":"#microsoft.graph.callRecords.clientUserAgent","platform":"windows"}},
"startDateTime":"` + begin + `","endDateTime":"` + end + `"`
	documents := map[string]string{
		"record.json": `{"id":"` + storyRecord + `","version":1,"type":"peerToPeer","modalities":["audio"],"startDateTime":"` + begin + `","endDateTime":"` + end + `",
"participants_v2":[{"id":"+33123","identity":{"phone":{"id":"+33123"}}},{"id":"u1","identity":{"user":{"id":"u1"}}}],
"sessions":[{"id":"s1","modalities":["audio"],` + endpoints + `,"segments":[{"id":"g1",` + endpoints + `,"media":[{"label":"main-audio",
"callerNetwork":{"ipAddress":"52.112.0.9"},"calleeNetwork":{"ipAddress":"10.1.2.7","connectionType":"wired"},
"streams":[` + fmt.Sprintf(stream, 1, "callerToCallee", "0.24") + "," + fmt.Sprintf(stream, 2, "calleeToCaller", "0.001") + `]}]}]}]}`,
		"log.json": `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#Collection(microsoft.graph.callRecords.directRoutingLogRow)","value":[
{"id":"9e8bba57-dc14-533a-a7dd-f0da6575eed1","correlationId":"` + strings.ToUpper(storyRecord) + `","startDateTime":"` + begin + `","inviteDateTime":"` + begin + `",
"failureDateTime":"0001-01-01T00:00:00Z","endDateTime":"` + end + `","duration":60,"callType":"ByotIn","successfulCall":true,"callerNumber":"+33123","calleeNumber":"+491555****",
"finalSipCode":0,"callEndSubReason":540000,"finalSipCodePhrase":"BYE","trunkFullyQualifiedDomainName":"sbc.anna.example","mediaBypassEnabled":false}]}`,
	}
	var files []app.RecordFile
	dir := t.TempDir()
	for name, text := range documents {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, app.RecordFile{Path: path, Size: int64(len(text)), Modified: at})
	}
	return files
}

// sbcSides are the ways in which what an SBC's agent has seen comes to us: a
// call of anna that begins at a moment and lasts a minute, with 11 reports.
var sbcSides = map[string]func(t *testing.T, a *app.App, begin time.Time){
	"live": func(t *testing.T, a *app.App, begin time.Time) {
		g, call := dial(t, a, "hep-tcp"), worldCalls()["anna"]
		g.setUp(call, begin)
		for i := range uint32(11) {
			src, dst := ap(call.Near.Addr(), call.Near.Port()+1), ap(call.Far.Addr(), call.Far.Port()+1)
			g.send(g.wrap.Packet(hep.ProtoRTCP, begin.Add(time.Duration(1+5*i)*time.Second), src, dst, "", storyReport(i)))
		}
		g.sip(begin.Add(time.Minute), true, call.Bye())
		settled(t, a, 11)
	},
	"capture": func(t *testing.T, a *app.App, begin time.Time) {
		importStory(t, a, storyCapture(begin))
	},
	"capture, RTCP first": func(t *testing.T, a *app.App, begin time.Time) {
		packets := storyCapture(begin)
		importStory(t, a, append(packets[4:], packets[:4]...))
	},
}

// storyReport is the report of the SBC's end that it made as number i.
func storyReport(i uint32) []byte {
	rr := []byte{0x81, 201, 0, 7}
	for _, word := range []uint32{0x1001, 0x2002, 60 * i, 1000 + 250*i, 160, 0, 0} {
		rr = binary.BigEndian.AppendUint32(rr, word)
	}
	return rr
}

// storyCapture is the call as the wire has it: four messages of SIP, 11 of RTCP,
// and the BYE.
func storyCapture(begin time.Time) []synthetic.OnWire {
	call := worldCalls()["anna"]
	near, far := ap(sbcAddr, 5061), ap(teamsAddr, 5061)
	packets := []synthetic.OnWire{
		{At: begin, Src: near, Dst: far, Payload: call.Invite()},
		{At: begin.Add(300 * time.Millisecond), Src: far, Dst: near, Payload: call.Ringing()},
		{At: begin.Add(800 * time.Millisecond), Src: far, Dst: near, Payload: call.Answer()},
		{At: begin.Add(850 * time.Millisecond), Src: near, Dst: far, Payload: call.Ack()},
	}
	for i := range uint32(11) {
		packets = append(packets, synthetic.OnWire{
			At: begin.Add(time.Duration(1+5*i) * time.Second), Src: ap(call.Near.Addr(), call.Near.Port()+1), Dst: ap(call.Far.Addr(), call.Far.Port()+1),
			Payload: storyReport(i),
		})
	}
	return append(packets, synthetic.OnWire{At: begin.Add(time.Minute), Src: near, Dst: far, Payload: call.Bye()})
}

// importStory imports a capture of the call.
func importStory(t *testing.T, a *app.App, packets []synthetic.OnWire) {
	t.Helper()
	r, err := pcap.NewReader(bytes.NewReader(synthetic.Pcap(packets)), pcap.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stats, err := a.Import(t.Context(), &pipeline.Source{Name: "sbc.pcap", Kind: pipeline.KindPcap, Tenant: "anna"}, r)
	if err != nil || stats.Counts.Calls != 1 || stats.RTCP != 11 || stats.SIP != 5 {
		t.Fatalf("import: %+v, %v", stats, err)
	}
}

// TestOneCallFromAllSides lets the SIP and RTCP of a call come from an SBC's
// agent, or from a capture, imports Microsoft's records of the same call, names
// the networks, and asks by each id: was this call bad, where, and who says so.
func TestOneCallFromAllSides(t *testing.T) {
	for name, sbc := range sbcSides {
		t.Run(name, func(t *testing.T) { oneCallFromAllSides(t, sbc) })
	}
}

func oneCallFromAllSides(t *testing.T, sbc func(t *testing.T, a *app.App, begin time.Time)) {
	cfg := configureHEP(t, config.TransportTCP)
	a := start(t, cfg)
	begin := time.Now().UTC().Add(-4 * time.Minute).Truncate(time.Second)
	sbc(t, a, begin)
	if _, err := a.ImportRecords(t.Context(), storyRecords(t, begin.Add(2*time.Second)), app.RecordsOptions{Origin: callrecords.Origin{Tenant: "anna", Source: "test"}}); err != nil {
		t.Fatal(err)
	}
	drain(t, a)
	c := store(t, cfg)
	put(t, c, "anna", []schema.Network{network("192.0.2.0/24", "Berlin"), network("198.51.100.0/24", "Media edge"), network("10.1.2.0/24", "Hamburg")}, app.NetworkPut{})
	await(t, a, "the stream and the call are stored", func(app.Status) bool {
		return count(t, c, "SELECT count() FROM media_streams FINAL WHERE call_id = 'call-anna' AND reports = 11") == 1 &&
			count(t, c, "SELECT count() FROM sip_calls FINAL WHERE call_id = 'call-anna' AND outcome = 'answered'") == 1
	})
	for _, id := range []string{"call-anna", storyRecord, "9e8bba57-dc14-533a-a7dd-f0da6575eed1"} {
		shown, err := app.ShowCall(t.Context(), c, "anna", id)
		if err != nil {
			t.Fatal(err)
		}
		if len(shown.SBC) != 1 || len(shown.Log) != 1 || len(shown.Records) != 1 || len(shown.Links) != 3 {
			t.Fatalf("%s: %d SBC calls, %d rows of the log, %d records, links %+v", id, len(shown.SBC), len(shown.Log), len(shown.Records), shown.Links)
		}
		var said []string
		for _, s := range shown.Verdict.Statements {
			said = append(said, fmt.Sprintf("%s, says %s at %s: %s", s.Class, s.Source, s.Where, s.Why))
		}
		want := []string{
			"poor, says sbc at Berlin, what it received from Media edge: loss 24.0 %, jitter 20 ms",
			"poor, says teams at windows at Hamburg: loss: loss 24.0 %, jitter 12 ms, round trip 50 ms",
			"good, says teams at mediationServer at 52.112.0.9: loss 0.1 %, jitter 12 ms, round trip 50 ms",
		}
		if shown.Verdict.Class != app.VerdictPoor || strings.Join(said, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: %s because\n%s\nwant\n%s", id, shown.Verdict.Class, strings.Join(said, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, stranger := range []struct {
		tenant schema.TenantID
		id     string
	}{{"bert", "call-anna"}, {"bert", storyRecord}, {"anna", "nobody"}} {
		if _, err := app.ShowCall(t.Context(), c, stranger.tenant, stranger.id); !errors.Is(err, app.ErrNoCall) {
			t.Errorf("%s asks for %s: got %v, want ErrNoCall", stranger.tenant, stranger.id, err)
		}
	}
}
