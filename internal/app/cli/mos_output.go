package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// mosJSON is the printed object. R and MOS are CQ where a delay was given, else
// LQ. Delays are the E-model's T, Tr and Ta; what a scale has not is null.
type mosJSON struct {
	Scale mediaqos.Scale        `json:"scale"`
	R     float64               `json:"r"`
	MOS   float64               `json:"mos"`
	RLQ   float64               `json:"r_lq"`
	MOSLQ float64               `json:"mos_lq"`
	RCQ   mediaqos.Opt[float64] `json:"r_cq"`
	MOSCQ mediaqos.Opt[float64] `json:"mos_cq"`
	Grade *mediaqos.Grade       `json:"grade"`
	Ro    float64               `json:"ro"`
	Is    float64               `json:"is"`
	Iolr  mediaqos.Opt[float64] `json:"iolr"`
	Ist   mediaqos.Opt[float64] `json:"ist"`
	Iq    mediaqos.Opt[float64] `json:"iq"`
	Id    float64               `json:"id"`
	Idte  mediaqos.Opt[float64] `json:"idte"`
	Idle  mediaqos.Opt[float64] `json:"idle"`
	Idd   float64               `json:"idd"`
	IeEff float64               `json:"ie_eff"`
	A     float64               `json:"a"`

	Codec       string                `json:"codec"`
	Ie          float64               `json:"ie"`
	Bpl         mediaqos.Opt[float64] `json:"bpl"`
	ScoreBasis  mediaqos.Grounding    `json:"score_basis"`
	Source      string                `json:"source"`
	PLC         bool                  `json:"plc"`
	LossPercent float64               `json:"loss_percent"`
	BurstRatio  float64               `json:"burst_ratio"`
	TMillis     mediaqos.Opt[float64] `json:"t_ms"`
	TrMillis    mediaqos.Opt[float64] `json:"tr_ms"`
	TaMillis    float64               `json:"ta_ms"`
}

// knownIf is a value that is known under a condition.
func knownIf(known bool, v float64) mediaqos.Opt[float64] {
	if !known {
		return mediaqos.Opt[float64]{}
	}
	return mediaqos.Some(v)
}

func (m *mosRating) writeJSON(out io.Writer) error {
	p, narrow := &m.params, m.Scale == mediaqos.ScaleNB
	bpl := m.codec.BplNoPLC
	if m.plc {
		bpl = m.codec.BplPLC
	}
	object := mosJSON{
		Scale: m.Scale, R: m.R, MOS: m.MOS, RLQ: m.RLQ, MOSLQ: m.MOSLQ,
		RCQ: knownIf(m.conversational, m.R), MOSCQ: knownIf(m.conversational, m.MOS),
		Ro: m.Ro, Is: m.Is, Iolr: knownIf(narrow, m.Iolr), Ist: knownIf(narrow, m.Ist), Iq: knownIf(narrow, m.Iq),
		Id: m.Id, Idte: knownIf(narrow, m.Idte), Idle: knownIf(narrow, m.Idle), Idd: m.Idd, IeEff: m.IeEff, A: m.A,
		Codec: m.codec.Family, Ie: p.Ie, Bpl: bpl, ScoreBasis: m.codec.Grounding, Source: m.codec.Source,
		PLC: m.plc, LossPercent: p.Ppl, BurstRatio: p.BurstR,
		TMillis: knownIf(narrow, p.TMillis), TrMillis: knownIf(narrow, p.TrMillis), TaMillis: p.TaMillis,
	}
	if m.Grade != mediaqos.GradeNone {
		object.Grade = &m.Grade
	}
	return json.NewEncoder(out).Encode(object)
}

func (m *mosRating) writeText(out io.Writer) error {
	p, narrow := &m.params, m.Scale == mediaqos.ScaleNB
	concealment := "without"
	if m.plc {
		concealment = "with"
	}
	if m.codec.BplPLC == m.codec.BplNoPLC {
		concealment = "with its own"
	}
	delays := fmt.Sprintf("Ta %g ms", p.TaMillis)
	if narrow {
		delays = fmt.Sprintf("T %g ms, Tr %g ms, Ta %g ms", p.TMillis, p.TrMillis, p.TaMillis)
	}
	if _, err := fmt.Fprintf(out, "%s %s concealment, %g %% loss at burst ratio %g, %s\nscale %s (%s)\nvalues: %s (%s)\n\n",
		m.codec.Family, concealment, p.Ppl, p.BurstR, delays, m.Scale, recommendationOf(m.Scale), m.codec.Source, m.codec.Grounding); err != nil {
		return err
	}
	t := newTable("", ">value", "")
	row := func(name string, v float64, what string) { t.add(name, fmt.Sprintf("%.4f", v), what) }
	if m.conversational {
		row("R-CQ", m.R, gradeText(m.Scale, m.R))
		row("MOS-CQ", m.MOS, "conversational, of 1 to 4.5")
	} else {
		t.add("MOS-CQ", "-", "give --delay-ms or --ta-ms")
	}
	row("R-LQ", m.RLQ, gradeText(m.Scale, m.RLQ))
	row("MOS-LQ", m.MOSLQ, "listening, of 1 to 4.5")
	row("Ro", m.Ro, "basic signal-to-noise ratio")
	row("Is", m.Is, "simultaneous impairment, off Ro")
	if narrow {
		row("  Iolr", m.Iolr, "loudness")
		row("  Ist", m.Ist, "sidetone")
		row("  Iq", m.Iq, "quantization")
	}
	row("Id", m.Id, "delayed impairment, off Ro")
	if narrow {
		row("  Idte", m.Idte, "talker echo")
		row("  Idle", m.Idle, "listener echo")
	}
	row("  Idd", m.Idd, "absolute delay")
	row("Ie,eff", m.IeEff, "codec and loss, off Ro")
	row("A", m.A, "advantage, onto Ro")
	return t.write(out)
}

// gradeText is the satisfaction band in words, where there are bands.
func gradeText(s mediaqos.Scale, r float64) string {
	grade := s.GradeOf(r)
	if grade == mediaqos.GradeNone {
		return "no bands are published for this scale"
	}
	return strings.ReplaceAll(grade.String(), "_", " ")
}

// recommendationOf names where a scale is defined.
func recommendationOf(s mediaqos.Scale) string {
	switch s {
	case mediaqos.ScaleWB:
		return "wideband, ITU-T G.107.1, R to 129"
	case mediaqos.ScaleFB:
		return "fullband, ITU-T G.107.2, R to 148"
	default:
		return "narrowband, ITU-T G.107, R to 93.2"
	}
}
