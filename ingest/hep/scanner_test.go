package hep_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/rtcp"
	"github.com/trunkline-cc/trunkline/mediaqos"
)

func scan(t testing.TB, s *hep.Scanner, text string) *hep.Report {
	t.Helper()
	var r hep.Report
	if err := s.Scan([]byte(text), captured, &r); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return &r
}

// captured is about when the captures of this package were made.
var captured = time.Date(2026, 11, 22, 9, 5, 29, 0, time.UTC)

// TestScanRTPEngine reads a real payload; the expected figures are those of
// the JSON text, read by eye.
func TestScanRTPEngine(t *testing.T) {
	var d hep.Decoder
	var p hep.Packet
	if err := d.Decode(first(t), &p); err != nil {
		t.Fatal(err)
	}
	var s hep.Scanner
	var r hep.Report
	if err := s.Scan(p.Payload, p.Time, &r); err != nil {
		t.Fatal(err)
	}
	want := mediaqos.Wire{
		ReporterSSRC: 2305788263, SourceSSRC: 2707501165, PacketType: 200,
		FractionLost: 7, CumulativeLost: 2, ExtendedSeq: 13092, JitterTicks: 35,
		HasSR: true, SRNTP: 4004327129<<32 | 3090521027, SRRTPTime: 198691570, SenderPackets: 66, SenderOctets: 10560,
	}
	if len(r.Reports) != 1 || r.Reports[0] != want {
		t.Errorf("blocks %+v\nwant %+v", r.Reports, want)
	}
	if r.ReporterSSRC != want.ReporterSSRC || !r.HasReporter || len(r.Senders) != 1 || r.Senders[0] != (rtcp.Sender{SSRC: 2305788263, NTP: want.SRNTP, RTPTime: 198691570, Packets: 66, Octets: 10560}) || r.PacketType != 200 {
		t.Errorf("report %+v", r)
	}
	if len(r.CNAMEs) != 1 || r.CNAMEs[0].SSRC != 2305788263 || string(r.CNAMEs[0].Name) != "customer7@pstn.example" || r.HasVoIP {
		t.Errorf("CNAMEs %+v, VoIP %v", r.CNAMEs, r.HasVoIP)
	}
	if st := s.Stats(); st.Reports != 1 || st.Blocks != 1 || st.FixedNTPFraction != 1 || st.FixedPacketType != 0 {
		t.Errorf("stats %+v", st)
	}
}

// block is a report block in the long shape with the given loss.
func block(lost string) string {
	return `{"source_ssrc":9,"highest_seq_no":70000,"fraction_lost":3,"ia_jitter":20,"packets_lost":` + lost + `,"lsr":77,"dlsr":65536}`
}

func TestScanLossSign(t *testing.T) {
	for text, want := range map[string]struct {
		lost  int32
		fixed uint64
	}{
		"0":          {0, 0},
		"8388607":    {8388607, 0},
		"8388608":    {-8388608, 1},
		"16777215":   {-1, 1},
		"16777214":   {-2, 1},
		"4294967295": {-1, 1},
		"4286578688": {-8388608, 1},
		"-1":         {-1, 0},
		"-8388608":   {-8388608, 0},
	} {
		var s hep.Scanner
		// The sequence number is set so that the largest loss is possible.
		r := scan(t, &s, `{"ssrc":1,"type":201,"report_blocks":[`+strings.Replace(block(text), "70000", "9000000", 1)+`]}`)
		if r.Reports[0].CumulativeLost != want.lost || s.Stats().FixedLossSign != want.fixed {
			t.Errorf("%s: %d, fixed %d; want %+v", text, r.Reports[0].CumulativeLost, s.Stats().FixedLossSign, want)
		}
	}
}

// TestScanHeplify1 has the two things that heplify 1.x does to an RR with
// SDES: the last sub-packet's type and a sender_information of zeroes.
func TestScanHeplify1(t *testing.T) {
	const zeroes = `"sender_information":{"ntp_timestamp_sec":0,"ntp_timestamp_usec":0,"rtp_timestamp":0,"packets":0,"octets":0}`
	const noXR = `"report_blocks_xr":{"type":0,"id":0,"fraction_lost":0,"fraction_discard":0,"burst_density":0,"gap_density":0,"burst_duration":0,"gap_duration":0,"round_trip_delay":0,"end_system_delay":0}`
	var s hep.Scanner
	r := scan(t, &s, `{`+zeroes+`,"ssrc":5,"type":202,"report_count":1,"report_blocks":[`+block("4")+`],`+noXR+`,"sdes_ssrc":5}`)
	want := mediaqos.Wire{
		ReporterSSRC: 5, SourceSSRC: 9, PacketType: 201, FractionLost: 3, CumulativeLost: 4,
		ExtendedSeq: 70000, JitterTicks: 20, LSR: 77, DLSR: 65536,
	}
	if len(r.Reports) != 1 || r.Reports[0] != want || len(r.Senders) != 0 || r.HasVoIP || s.Stats().FixedPacketType != 1 {
		t.Errorf("got %+v\nwant %+v\nstats %+v", r, want, s.Stats())
	}

	// An SR with SDES comes as 202 too, and with real sender information.
	r = scan(t, &s, `{"sender_information":{"ntp_timestamp_sec":4004327129,"ntp_timestamp_usec":1,"rtp_timestamp":2,"packets":3,"octets":480},`+
		`"ssrc":5,"type":202,"report_count":1,"report_blocks":null,`+noXR+`,"sdes_ssrc":5}`)
	if len(r.Senders) != 1 || r.PacketType != 200 || r.Senders[0].NTP != 4004327129<<32|1 || len(r.Reports) != 0 || s.Stats().FixedPacketType != 2 {
		t.Errorf("got %+v, stats %+v", r, s.Stats())
	}

	// SDES alone measures nothing, and is no error.
	r = scan(t, &s, `{`+zeroes+`,"ssrc":0,"type":202,"report_count":1,"report_blocks":null,`+noXR+`,"sdes_ssrc":5}`)
	if !r.IsEmpty() || s.Stats().Empty != 1 {
		t.Errorf("got %+v", r)
	}

	// An SR that says 200 and has no clock yet is an SR nevertheless.
	r = scan(t, &s, `{`+zeroes+`,"ssrc":5,"type":200,"report_count":0,"report_blocks":null}`)
	if len(r.Senders) != 1 || r.Senders[0].NTP != 0 {
		t.Errorf("got %+v", r)
	}
}

// TestScanHeplify20 is the shape that the first 2.0 releases sent.
func TestScanHeplify20(t *testing.T) {
	var s hep.Scanner
	r := scan(t, &s, `{"type":"SR","ssrc":5,"sender_report":{"ssrc":5,"ntp_time_sec":4004327129,"ntp_time_frac":7,"rtp_time":2,"packet_count":3,"octet_count":480},`+
		`"receiver_report":[{"ssrc":9,"fraction_lost":3,"packets_lost":-4,"highest_seq":70000,"jitter":20,"last_sr":77,"delay_since_last_sr":65536,"mos":4.5}]}`)
	want := mediaqos.Wire{
		ReporterSSRC: 5, SourceSSRC: 9, PacketType: 200, FractionLost: 3, CumulativeLost: -4, ExtendedSeq: 70000, JitterTicks: 20, LSR: 77, DLSR: 65536,
		HasSR: true, SRNTP: 4004327129<<32 | 7, SRRTPTime: 2, SenderPackets: 3, SenderOctets: 480,
	}
	if len(r.Reports) != 1 || r.Reports[0] != want {
		t.Errorf("got %+v\nwant %+v", r.Reports, want)
	}
	r = scan(t, &s, `{"type":"SDES","ssrc":5,"sdes":[{"ssrc":6,"items":[{"type":1,"name":"CNAME","text":"other"}]},{"ssrc":5,"items":[{"type":6,"name":"TOOL","text":"x"},{"type":1,"name":"CNAME","text":"mine"}]}]}`)
	if len(r.CNAMEs) != 2 || r.CNAMEs[0].SSRC != 6 || r.CNAMEs[1].SSRC != 5 || string(r.CNAMEs[1].Name) != "mine" {
		t.Errorf("CNAMEs %+v", r.CNAMEs)
	}
}

func TestScanVoIPMetrics(t *testing.T) {
	// On the wire: MOS-LQ 41, MOS-CQ 39. heplify 2.x says so the other way round.
	const heplify2 = `{"ssrc":5,"type":207,"report_count":0,"report_blocks":null,
	 "report_blocks_xr":{"type":7,"id":9,"fraction_lost":1,"fraction_discard":2,"burst_density":3,"gap_density":4,"burst_duration":120,"gap_duration":520,"round_trip_delay":80,"end_system_delay":60},
	 "voip_metrics":{"ssrc":9,"loss_rate":1,"discard_rate":2,"burst_density":3,"gap_density":4,"burst_duration":120,"gap_duration":520,
	  "round_trip_delay":80,"end_system_delay":60,"signal_level":-20,"noise_level":127,"rerl":127,"gmin":16,"r_factor":82,"ext_r_factor":127,
	  "mos_cq":4.1,"mos_lq":3.9,"rx_config":176,"jb_nominal":40,"jb_maximum":80,"jb_abs_max":160},"sdes_ssrc":0}`
	want := mediaqos.VoIPMetrics{
		ReporterSSRC: mediaqos.Some[uint32](5), SourceSSRC: mediaqos.Some[uint32](9),
		LossRatio: some(1. / 256), DiscardRatio: some(2. / 256), BurstDensity: some(3. / 256), GapDensity: some(4. / 256),
		BurstMillis: some(120), GapMillis: some(520), RoundTripMillis: some(80), EndSystemMillis: some(60),
		SignalDBm0: some(-20), Gmin: mediaqos.Some[uint8](16), RFactor: some(82),
		ListeningMOS: some(4.1), ConversationalMOS: some(3.9), Concealment: mediaqos.ConcealmentEnhanced,
		JitterBuffer: mediaqos.JitterBuffer{
			Kind: mediaqos.JitterBufferAdaptive, NominalMillis: some(40), MaximumMillis: some(80), AbsoluteMaximumMillis: some(160),
		},
	}
	var s hep.Scanner
	if r := scan(t, &s, heplify2); !r.HasVoIP || r.VoIP != want || s.Stats().FixedMOSSwap != 1 {
		t.Errorf("got %+v\nwant %+v\nstats %+v", r.VoIP, want, s.Stats())
	}
	// A release that has mended it.
	mended := strings.NewReplacer(`"mos_cq":4.1,"mos_lq":3.9`, `"mos_cq":3.9,"mos_lq":4.1`).Replace(heplify2)
	if r := scan(t, &s, mended); r.VoIP != want || s.Stats().FixedMOSSwap != 1 {
		t.Errorf("mended: got %+v, stats %+v", r.VoIP, s.Stats())
	}
	// Unavailable (127) is unknown, never 12.7, and delay 0 is not 0 ms.
	r := scan(t, &s, `{"ssrc":5,"type":207,"voip_metrics":{"ssrc":9,"loss_rate":0,"round_trip_delay":0,"mos_cq":12.7,"mos_lq":12.7,"r_factor":127}}`)
	from := mediaqos.VoIPMetrics{ReporterSSRC: mediaqos.Some[uint32](5), SourceSSRC: mediaqos.Some[uint32](9)}
	want = from
	want.LossRatio = some(0)
	if r.VoIP != want {
		t.Errorf("unavailable: %+v", r.VoIP)
	}
	// heplify 1.x has the short shape only.
	r = scan(t, &s, `{"ssrc":5,"type":207,"report_blocks_xr":{"type":7,"id":9,"fraction_lost":1,"fraction_discard":0,"round_trip_delay":80}}`)
	want = from
	want.LossRatio, want.DiscardRatio, want.RoundTripMillis = some(1./256), some(0), some(80)
	if !r.HasVoIP || r.VoIP != want {
		t.Errorf("short shape: %+v", r.VoIP)
	}
	// Another block type has no figures for us.
	if r = scan(t, &s, `{"ssrc":5,"type":207,"report_blocks_xr":{"type":4,"id":0}}`); r.HasVoIP {
		t.Errorf("block type 4 taken for VoIP metrics: %+v", r.VoIP)
	}
	// captagent: MOS in tenths, durations of unknown byte order left out.
	r = scan(t, &s, `{"ssrc":5,"type":207,"extended_report_information":{"type":7, "identifier":9, "loss_rate":1, "burst_duration":30720, "gap_duration":2050, "round_trip_delay":80, "R_fact":82, "MOS_LQ":41, "MOS_CQ":39, "RX_conf":[{"PLC":2, "JB_adapt":3, "JB_rate":0}], "JB_nom":40}}`)
	want = from
	want.LossRatio, want.RoundTripMillis, want.RFactor = some(1./256), some(80), some(82)
	want.ListeningMOS, want.ConversationalMOS, want.JitterBuffer.NominalMillis = some(4.1), some(3.9), some(40)
	if r.VoIP != want {
		t.Errorf("captagent: %+v", r.VoIP)
	}
}

func some(v float64) mediaqos.Opt[float64] { return mediaqos.Some(v) }

// TestScanCaptagent has its order of members and its commas before brackets.
func TestScanCaptagent(t *testing.T) {
	var s hep.Scanner
	r := scan(t, &s, `{"sender_information":{"ntp_timestamp_sec":4004327129,"ntp_timestamp_usec":7,"octets":480,"rtp_timestamp":2, "packets":3},`+
		`"ssrc":5,"type":200, "report_blocks":[`+block("16777215")+`],"report_count":1,`+
		`"sdes_ssrc":5,"sdes_chunk_ssrc":1,"sdes_information": [ {"type":1,"text":"a\u00e9\"b\ud83d\ude00\n"},],"sdes_report_count":1,}`+"\x00")
	if len(r.Reports) != 1 || r.Reports[0].CumulativeLost != -1 || !r.Reports[0].HasSR {
		t.Errorf("blocks %+v", r.Reports)
	}
	if len(r.CNAMEs) != 1 || r.CNAMEs[0].SSRC != 5 || string(r.CNAMEs[0].Name) != "aé\"b😀\n" {
		t.Errorf("CNAMEs %+v", r.CNAMEs)
	}
	// Whose name it is stays unknown: no name.
	if r = scan(t, &s, `{"type":202,"sdes_information":[{"type":1,"text":"x"}]}`); len(r.CNAMEs) != 0 {
		t.Errorf("CNAMEs %+v", r.CNAMEs)
	}
}

// TestScanUnknown: null and absent are unknown, never zero.
func TestScanUnknown(t *testing.T) {
	var s hep.Scanner
	// Without NTP there is no sender report to measure delay by.
	r := scan(t, &s, `{"sender_information":{"ntp_timestamp_sec":null,"ntp_timestamp_usec":null,"octets":480,"rtp_timestamp":2,"packets":3},"ssrc":5,"type":200,"report_blocks":[`+block("4")+`]}`)
	if len(r.Senders) != 0 || r.Reports[0].HasSR || r.Reports[0].SenderPackets != 0 {
		t.Errorf("sender information from nulls: %+v", r)
	}
	// LSR without DLSR is of no use.
	r = scan(t, &s, `{"ssrc":5,"type":201,"report_blocks":[`+strings.Replace(block("4"), `,"dlsr":65536`, "", 1)+`]}`)
	if r.Reports[0].LSR != 0 {
		t.Errorf("LSR %d without DLSR", r.Reports[0].LSR)
	}
	// A block without a figure is left out, its neighbour is not.
	for _, missing := range []string{`"source_ssrc":9,`, `"highest_seq_no":70000,`, `"fraction_lost":3,`, `"ia_jitter":20,`, `"packets_lost":4,`} {
		before := s.Stats().BlocksIncomplete
		bad := strings.Replace(block("4"), missing, "", 1)
		if r = scan(t, &s, `{"ssrc":5,"type":201,"report_blocks":[`+bad+`,`+block("5")+`]}`); len(r.Reports) != 1 || r.Reports[0].CumulativeLost != 5 {
			t.Errorf("without %s: %+v", missing, r.Reports)
		}
		if s.Stats().BlocksIncomplete != before+1 {
			t.Errorf("without %s: not counted", missing)
		}
	}
}

func TestScanRefuses(t *testing.T) {
	// noise is what rtpengine makes of an encrypted SR: clear type, count and
	// SSRC, then whatever the cipher gave.
	const noise = `{ "sender_information":{"ntp_timestamp_sec":1201840713,"ntp_timestamp_usec":3090521027,"octets":17,"rtp_timestamp":198691570, "packets":2926211007},"ssrc":2305788263,"type":200,"report_count":1,"report_blocks":[{"source_ssrc":2707501165,"highest_seq_no":3301109215,"fraction_lost":177,"ia_jitter":80214551,"packets_lost":9218711,"lsr":1882001544,"dlsr":3771200119}] }`
	many := strings.Repeat(`[`, 40) + strings.Repeat(`]`, 40)
	for name, tc := range map[string]struct {
		in   string
		is   error
		says string
	}{
		"empty":            {``, hep.ErrJSON, "the end"},
		"no object":        {`[1]`, hep.ErrJSON, `'{'`},
		"cut":              {`{"ssrc":1,`, hep.ErrJSON, "the end"},
		"no colon":         {`{"ssrc" 1}`, hep.ErrJSON, `':'`},
		"no comma":         {`{"ssrc":1 "type":2}`, hep.ErrJSON, "comma"},
		"trailing":         {`{"ssrc":1}x`, hep.ErrJSON, "expected the end"},
		"ssrc too large":   {`{"ssrc":4294967296}`, hep.ErrJSON, `offset 8 in "ssrc"`},
		"ssrc negative":    {`{"ssrc":-1}`, hep.ErrJSON, "0 to 4294967295"},
		"ssrc fraction":    {`{"ssrc":1.5}`, hep.ErrJSON, `"1.5"`},
		"ssrc text":        {`{"ssrc":"1"}`, hep.ErrJSON, "expected a number"},
		"fraction in %":    {`{"ssrc":1,"report_blocks":[{"fraction_lost":256}]}`, hep.ErrJSON, `"fraction_lost"`},
		"lost of 25 bits":  {`{"ssrc":1,"report_blocks":[` + block("16777216") + `]}`, hep.ErrJSON, "expected 24 bits"},
		"digits":           {`{"x":99999999999999999999999}`, hep.ErrJSON, "too many digits"},
		"exponent":         {`{"x":1e999}`, hep.ErrJSON, "exponent"},
		"deep":             {`{"x":` + many + `}`, hep.ErrJSON, "nested deeper"},
		"control byte":     {"{\"x\":\"a\x01\"}", hep.ErrJSON, "0x01"},
		"open string":      {`{"x":"a\"}`, hep.ErrJSON, "without an end"},
		"bad word":         {`{"x":nul}`, hep.ErrJSON, "expected a value"},
		"no reporter":      {`{"type":201,"report_blocks":[` + block("4") + `]}`, hep.ErrIncomplete, "ssrc"},
		"no figures":       {`{"ssrc":1,"type":201,"report_blocks":[{"source_ssrc":1}]}`, hep.ErrIncomplete, "none of 1"},
		"two reporters":    {`{"ssrc":1,"ssrc":2}`, hep.ErrImplausible, "twice"},
		"count over":       {`{"ssrc":1,"type":201,"report_count":2,"report_blocks":[` + block("4") + `]}`, hep.ErrImplausible, "report_count"},
		"count of 6 bits":  {`{"ssrc":1,"type":203,"report_count":32}`, hep.ErrImplausible, "at most 31"},
		"no RTCP type":     {`{"ssrc":1,"type":8}`, hep.ErrImplausible, "192 to 223"},
		"encrypted":        {noise, hep.ErrImplausible, "encrypted"},
		"absurd jitter":    {`{"ssrc":1,"type":201,"report_blocks":[` + strings.Replace(block("4"), `"ia_jitter":20`, `"ia_jitter":268435456`, 1) + `]}`, hep.ErrImplausible, "268435456"},
		"encrypted sender": {`{"sender_information":{"ntp_timestamp_sec":1201840713,"ntp_timestamp_usec":1,"octets":17,"rtp_timestamp":1, "packets":2926211007},"ssrc":1,"type":200,"report_count":0}`, hep.ErrImplausible, "1201840713"},
	} {
		t.Run(name, func(t *testing.T) {
			var s hep.Scanner
			var r hep.Report
			err := s.Scan([]byte(tc.in), captured, &r)
			if !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want %v that says %q", err, tc.is, tc.says)
			}
			if st := s.Stats(); st.Refused[hep.ReasonOf(tc.is)] != 1 || st.Reports != 0 || st.Blocks != 0 {
				t.Errorf("not counted: %+v", st)
			}
		})
	}
}

// TestScanOdd lets pass what is odd in one way only: bugs of reporters, clocks
// that are not the time of day.
func TestScanOdd(t *testing.T) {
	sender := func(seconds string) string {
		return `{"sender_information":{"ntp_timestamp_sec":` + seconds + `,"ntp_timestamp_usec":1,"octets":480,"rtp_timestamp":1,"packets":3},"ssrc":1,"type":200,"report_count":1,"report_blocks":[` + block("4") + `]}`
	}
	for name, in := range map[string]string{
		"time of day":          sender("4004327129"),
		"since 1970":           sender("1795338329"),
		"since start":          sender("86400"),
		"wrong year":           sender("3000000000"),
		"a jump of jitter":     `{"ssrc":1,"type":201,"report_blocks":[` + strings.Replace(block("4"), `"ia_jitter":20`, `"ia_jitter":9000000`, 1) + `]}`,
		"two hours on hold":    `{"ssrc":1,"type":201,"report_blocks":[` + strings.Replace(block("4"), `"dlsr":65536`, `"dlsr":471859200`, 1) + `]}`,
		"DLSR without LSR":     `{"ssrc":1,"type":201,"report_blocks":[` + strings.Replace(block("4"), `"lsr":77`, `"lsr":0`, 1) + `]}`,
		"fewer counted than 2": `{"ssrc":1,"type":202,"report_count":1,"report_blocks":[` + block("4") + `,` + block("5") + `]}`,
	} {
		var s hep.Scanner
		var r hep.Report
		if err := s.Scan([]byte(in), captured, &r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestScanDoesNotAllocate(t *testing.T) {
	var d hep.Decoder
	var p hep.Packet
	if err := d.Decode(first(t), &p); err != nil {
		t.Fatal(err)
	}
	var s hep.Scanner
	var r hep.Report
	if n := testing.AllocsPerRun(100, func() {
		if err := s.Scan(p.Payload, p.Time, &r); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a report", n)
	}
}

func TestClassify(t *testing.T) {
	for in, want := range map[string]hep.Form{
		"":                 hep.FormUnknown,
		"\x80\xc8":         hep.FormUnknown,
		"\x80\xc8\x00\x06": hep.FormBinary,
		"\x81\xc0\x00\x07": hep.FormBinary,
		"\xa1\xdf\x00\x07": hep.FormBinary,
		"\x81\xe0\x00\x07": hep.FormUnknown, // type 224
		"\x80\x08\x00\x07": hep.FormUnknown, // RTP, PCMA
		"\x41\xc8\x00\x06": hep.FormUnknown, // version 1
		"{}":               hep.FormJSON,
		" \r\n\t{":         hep.FormJSON,
		"[{}]":             hep.FormUnknown,
		"   ":              hep.FormUnknown,
	} {
		if got := hep.Classify([]byte(in)); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}
