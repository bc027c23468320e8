package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// mosFlags are the words of `trunkline mos`.
type mosFlags struct {
	codec       string
	plc         bool
	loss        float64
	burstRatio  float64
	delayMillis float64
	taMillis    float64
	json        bool
}

// newMOSCommand rates a connection by the E-model.
func newMOSCommand() *cobra.Command {
	var f mosFlags
	cmd := &cobra.Command{
		Use:   "mos",
		Short: "Compute R and MOS of a call by the E-model (ITU-T G.107)",
		Long: "Rates a narrowband call of a codec under packet loss and delay, with every component of R, by the code\n" +
			"that rates live calls. The other inputs have the defaults of ITU-T G.107. --delay-ms is the one-way delay\n" +
			"of the call and of its echo (T = Ta, Tr = 2T); --ta-ms alone is a call with perfect echo control (T = Tr = 0).\n" +
			"A codec for which ITU-T G.113 gives no values has no rating.\n" +
			"Exit status: 0 computed, 1 the codec has no rating, 2 an input is out of range or the codec unknown.",
		Example: "  trunkline mos --codec g711 --plc --loss 2 --delay-ms 150\n" +
			"  trunkline mos --codec g729a --loss 1 --burst-ratio 2 --ta-ms 250 --json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.codec, "codec", "g711", "codec by its RTP name or family (PCMU, g711, g729a ...)")
	flags.BoolVar(&f.plc, "plc", false, "the receiver conceals lost packets")
	flags.Float64Var(&f.loss, "loss", 0, "packet loss in percent")
	flags.Float64Var(&f.burstRatio, "burst-ratio", 1, "burst ratio of the losses; 1 is random loss")
	flags.Float64Var(&f.delayMillis, "delay-ms", 0, "one-way delay in milliseconds, echo path included")
	flags.Float64Var(&f.taMillis, "ta-ms", 0, "absolute one-way delay in milliseconds, where it is not that of the echo path")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	return cmd
}

// run computes and prints.
func (f *mosFlags) run(cmd *cobra.Command) error {
	codec, ok := mediaqos.LookupCodec(f.codec)
	if !ok {
		return usagef("--codec is %q: expected one of %s", f.codec, strings.Join(ratedCodecs(), ", "))
	}
	params, err := f.params(cmd, codec)
	if err != nil {
		return err
	}
	res, err := mediaqos.Compute(params)
	if err != nil {
		return usagef("%w", err)
	}
	if f.json {
		return f.writeJSON(cmd.OutOrStdout(), codec, &params, &res)
	}
	return f.writeText(cmd.OutOrStdout(), codec, &params, &res)
}

// params checks the words and makes the E-model's inputs of them.
func (f *mosFlags) params(cmd *cobra.Command, codec *mediaqos.Codec) (mediaqos.Params, error) {
	p := mediaqos.DefaultParams()
	for _, in := range []struct {
		name      string
		v, lo, hi float64
	}{
		{"loss", f.loss, 0, 100},
		{"burst-ratio", f.burstRatio, 0.1, 100},
		{"delay-ms", f.delayMillis, 0, 60_000},
		{"ta-ms", f.taMillis, 0, 60_000},
	} {
		if !(in.v >= in.lo && in.v <= in.hi) { // also refuses NaN
			return p, usagef("--%s is %v: expected %v to %v", in.name, in.v, in.lo, in.hi)
		}
	}
	plc := mediaqos.PLCOff
	if f.plc {
		plc = mediaqos.PLCOn
	}
	bpl := codec.Bpl(plc)
	switch {
	case codec.Grounding == mediaqos.GroundingNone || !codec.Ie.OK || codec.Scale != mediaqos.ScaleNB:
		return p, fmt.Errorf("codec %s has no rating: %s", codec.Name, codec.Source)
	case !bpl.OK && f.loss > 0:
		return p, fmt.Errorf("codec %s has no rating under loss: %s", codec.Name, codec.Source)
	}
	p = p.WithDelay(f.delayMillis)
	if cmd.Flags().Changed("ta-ms") {
		p.TaMillis = f.taMillis
	}
	p.Ie, p.Bpl = codec.Ie.V, bpl.Or(p.Bpl)
	p.Ppl, p.BurstR = f.loss, f.burstRatio
	return p, nil
}

// ratedCodecs lists the families that have a rating.
func ratedCodecs() []string {
	var names []string
	for _, c := range mediaqos.Codecs() {
		if c.Grounding != mediaqos.GroundingNone && !slices.Contains(names, c.Family) {
			names = append(names, c.Family)
		}
	}
	return names
}

// mosJSON is the printed object; delays are the E-model's T, Tr and Ta.
type mosJSON struct {
	R     float64        `json:"r"`
	MOS   float64        `json:"mos"`
	Grade mediaqos.Grade `json:"grade"`
	Ro    float64        `json:"ro"`
	Is    float64        `json:"is"`
	Iolr  float64        `json:"iolr"`
	Ist   float64        `json:"ist"`
	Iq    float64        `json:"iq"`
	Id    float64        `json:"id"`
	Idte  float64        `json:"idte"`
	Idle  float64        `json:"idle"`
	Idd   float64        `json:"idd"`
	IeEff float64        `json:"ie_eff"`
	A     float64        `json:"a"`

	Codec       string                `json:"codec"`
	Scale       mediaqos.Scale        `json:"scale"`
	Ie          float64               `json:"ie"`
	Bpl         mediaqos.Opt[float64] `json:"bpl"`
	ScoreBasis  mediaqos.Grounding    `json:"score_basis"`
	Source      string                `json:"source"`
	PLC         bool                  `json:"plc"`
	LossPercent float64               `json:"loss_percent"`
	BurstRatio  float64               `json:"burst_ratio"`
	TMillis     float64               `json:"t_ms"`
	TrMillis    float64               `json:"tr_ms"`
	TaMillis    float64               `json:"ta_ms"`
}

func (f *mosFlags) writeJSON(out io.Writer, codec *mediaqos.Codec, p *mediaqos.Params, res *mediaqos.Result) error {
	bpl := codec.BplNoPLC
	if f.plc {
		bpl = codec.BplPLC
	}
	return json.NewEncoder(out).Encode(mosJSON{
		R: res.R, MOS: res.MOS, Grade: res.Grade,
		Ro: res.Ro, Is: res.Is, Iolr: res.Iolr, Ist: res.Ist, Iq: res.Iq,
		Id: res.Id, Idte: res.Idte, Idle: res.Idle, Idd: res.Idd, IeEff: res.IeEff, A: res.A,
		Codec: codec.Family, Scale: codec.Scale, Ie: p.Ie, Bpl: bpl, ScoreBasis: codec.Grounding, Source: codec.Source,
		PLC: f.plc, LossPercent: p.Ppl, BurstRatio: p.BurstR, TMillis: p.TMillis, TrMillis: p.TrMillis, TaMillis: p.TaMillis,
	})
}

func (f *mosFlags) writeText(out io.Writer, codec *mediaqos.Codec, p *mediaqos.Params, res *mediaqos.Result) error {
	concealment := "without"
	if f.plc {
		concealment = "with"
	}
	if _, err := fmt.Fprintf(out, "%s %s concealment, %g %% loss at burst ratio %g, T %g ms, Tr %g ms, Ta %g ms\nvalues: %s (%s)\n\n",
		codec.Family, concealment, p.Ppl, p.BurstR, p.TMillis, p.TrMillis, p.TaMillis, codec.Source, codec.Grounding); err != nil {
		return err
	}
	t := newTable("", ">value", "")
	row := func(name string, v float64, what string) { t.add(name, fmt.Sprintf("%.4f", v), what) }
	row("R", res.R, strings.ReplaceAll(res.Grade.String(), "_", " "))
	row("MOS", res.MOS, "of 1 to 4.5")
	row("Ro", res.Ro, "basic signal-to-noise ratio")
	row("Is", res.Is, "simultaneous impairment, off Ro")
	row("  Iolr", res.Iolr, "loudness")
	row("  Ist", res.Ist, "sidetone")
	row("  Iq", res.Iq, "quantization")
	row("Id", res.Id, "delayed impairment, off Ro")
	row("  Idte", res.Idte, "talker echo")
	row("  Idle", res.Idle, "listener echo")
	row("  Idd", res.Idd, "absolute delay")
	row("Ie,eff", res.IeEff, "codec and loss, off Ro")
	row("A", res.A, "advantage, onto Ro")
	return t.write(out)
}
