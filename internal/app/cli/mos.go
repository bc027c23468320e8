package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/mediaqos"
)

// mosFlags are the words of `trunkline mos`.
type mosFlags struct {
	codec       string
	scale       string
	plc         bool
	loss        float64
	burstRatio  float64
	delayMillis float64
	taMillis    float64
	json        bool
}

// mosScales are the words of --scale.
var mosScales = map[string]mediaqos.Scale{"nb": mediaqos.ScaleNB, "wb": mediaqos.ScaleWB, "fb": mediaqos.ScaleFB}

// newMOSCommand rates a connection by the E-model.
func newMOSCommand() *cobra.Command {
	var f mosFlags
	cmd := &cobra.Command{
		Use:   "mos",
		Short: "Compute R and MOS of a call by the E-model (ITU-T G.107, G.107.1, G.107.2)",
		Long: "Rates a call of a codec under packet loss and delay, with every component of R, by the code that rates live\n" +
			"calls. Each codec is rated on the scale of its bandwidth: nb (ITU-T G.107, R to 93.2), wb (G.107.1, R to 129)\n" +
			"or fb (G.107.2, R to 148). Scores of different scales cannot be compared. The other inputs have the defaults\n" +
			"of the recommendations.\n" +
			"Listening quality (LQ) leaves delay out. Conversational quality (CQ) has it in, and is given with --delay-ms\n" +
			"or --ta-ms. On the narrowband scale --delay-ms is the one-way delay of the call and of its echo (T = Ta,\n" +
			"Tr = 2T), and --ta-ms alone a call with perfect echo control (T = Tr = 0); on the others both are the absolute\n" +
			"delay, without echo. A codec for which nobody published values has no rating.\n" +
			"Exit status: 0 computed, 1 the codec has no rating, 2 an input is out of range, the codec unknown or of another scale.",
		Example: "  trunkline mos --codec g711 --plc --loss 2 --delay-ms 150\n" +
			"  trunkline mos --scale wb --codec amr-wb-12.65-diotic --loss 2\n" +
			"  trunkline mos --scale fb --codec evs-swb-24.4 --loss 1 --ta-ms 250 --json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.codec, "codec", "", "codec by its RTP name or family (PCMU, g711, g729a, opus ...); g711 where no --scale is given")
	flags.StringVar(&f.scale, "scale", "", "nb, wb or fb; the codec's own where not given, and then the codec must be of it")
	flags.BoolVar(&f.plc, "plc", false, "the receiver conceals lost packets")
	flags.Float64Var(&f.loss, "loss", 0, "packet loss in percent")
	flags.Float64Var(&f.burstRatio, "burst-ratio", 1, "burst ratio of the losses; 1 is random loss")
	flags.Float64Var(&f.delayMillis, "delay-ms", 0, "one-way delay in milliseconds, echo path included")
	flags.Float64Var(&f.taMillis, "ta-ms", 0, "absolute one-way delay in milliseconds, where it is not that of the echo path")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	return cmd
}

// mosRating is one computed connection.
type mosRating struct {
	codec  *mediaqos.Codec
	plc    bool
	params mediaqos.Params
	mediaqos.Result
	conversational bool // a delay was given
}

// run computes and prints.
func (f *mosFlags) run(cmd *cobra.Command) error {
	codec, err := f.choose()
	if err != nil {
		return err
	}
	m := mosRating{codec: codec, plc: f.plc, conversational: cmd.Flags().Changed("delay-ms") || cmd.Flags().Changed("ta-ms")}
	if m.params, err = f.params(cmd, codec); err != nil {
		return err
	}
	if m.Result, err = mediaqos.ComputeOn(codec.Scale, m.params); err != nil {
		return usagef("%w", err)
	}
	if f.json {
		return m.writeJSON(cmd.OutOrStdout())
	}
	return m.writeText(cmd.OutOrStdout())
}

// choose finds the codec and holds it to the scale.
func (f *mosFlags) choose() (*mediaqos.Codec, error) {
	scale, known := mosScales[strings.ToLower(f.scale)]
	if f.scale != "" && !known {
		return nil, usagef("--scale is %q: expected nb, wb or fb", f.scale)
	}
	name := f.codec
	if name == "" {
		if known && scale != mediaqos.ScaleNB {
			return nil, usagef("--scale %s needs a --codec: expected one of %s", f.scale, strings.Join(ratedCodecs(scale), ", "))
		}
		name = "g711"
	}
	codec, ok := mediaqos.LookupCodec(name)
	if !ok {
		return nil, usagef("--codec is %q: expected one of %s", name, strings.Join(ratedCodecs(scale), ", "))
	}
	if known && codec.Scale != scale && codec.Scale != mediaqos.ScaleUnknown {
		return nil, usagef("--codec %s is rated on scale %s, not %s: scores of one scale mean nothing on another",
			codec.Family, strings.ToLower(codec.Scale.String()), strings.ToLower(f.scale))
	}
	return codec, nil
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
	case codec.Grounding == mediaqos.GroundingNone || !codec.Ie.OK:
		return p, fmt.Errorf("codec %s has no rating: %s", codec.Name, codec.Source)
	case !bpl.OK && f.loss > 0:
		return p, fmt.Errorf("codec %s has no rating under loss: %s", codec.Name, codec.Source)
	}
	p = p.WithDelay(f.delayMillis)
	if cmd.Flags().Changed("ta-ms") {
		p.TaMillis = f.taMillis
	}
	if codec.Scale != mediaqos.ScaleNB {
		p.TMillis, p.TrMillis = 0, 0
	}
	p.Ie, p.Bpl = codec.Ie.V, bpl.Or(p.Bpl)
	p.Ppl, p.BurstR = f.loss, f.burstRatio
	return p, nil
}

// ratedCodecs lists the families that have a rating, on one scale or on any.
func ratedCodecs(scale mediaqos.Scale) []string {
	var names []string
	for _, c := range mediaqos.Codecs() {
		if c.Grounding != mediaqos.GroundingNone && (scale == mediaqos.ScaleUnknown || c.Scale == scale) && !slices.Contains(names, c.Family) {
			names = append(names, c.Family)
		}
	}
	return names
}
