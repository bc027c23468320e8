package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/routing/erlang"
)

// erlangFlags are the words of `trunkline erlang`.
type erlangFlags struct {
	model        string
	calls        float64
	interval     time.Duration
	aht          time.Duration
	patience     time.Duration
	target       time.Duration
	agents       int
	forLevel     float64
	forASA       time.Duration
	forAbandoned float64
	forBlocking  float64
	maxOccupancy float64
	json         bool
}

// newErlangCommand answers questions of staffing by formula.
func newErlangCommand() *cobra.Command {
	var f erlangFlags
	cmd := &cobra.Command{
		Use:   "erlang",
		Short: "Compute waiting, service level and staffing by Erlang's formulas",
		Long: "The steady state of one pooled group of agents, by model b (blocked when all are busy), c (waits for ever)\n" +
			"or a (waits until patience ends). Give --agents for its figures, a goal (--for-...) for the least number of\n" +
			"agents that reaches it, or both. In JSON a figure that the model does not define is null.\n" +
			"Exit status: 0 computed, 2 an input is out of range or the goal cannot be reached.",
		Example: "  trunkline erlang --calls 100 --interval 30m --aht 180s --agents 14 --target 20s\n" +
			"  trunkline erlang --model a --patience 60s --calls 100 --aht 180s --for-service-level 0.8",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "c", "b, c or a")
	flags.Float64Var(&f.calls, "calls", 0, "contacts that arrive in an interval (required)")
	flags.DurationVar(&f.interval, "interval", 30*time.Minute, "length of the interval")
	flags.DurationVar(&f.aht, "aht", 0, "mean handling time, after-work included (required)")
	flags.DurationVar(&f.patience, "patience", 0, "mean patience (model a)")
	flags.DurationVar(&f.target, "target", 20*time.Second, "answer time of the service level")
	flags.IntVar(&f.agents, "agents", 0, "number of agents")
	flags.Float64Var(&f.forLevel, "for-service-level", 0, "find the agents that answer this share within --target (c, a)")
	flags.DurationVar(&f.forASA, "for-asa", 0, "find the agents for this mean wait at most (c, a)")
	flags.Float64Var(&f.forAbandoned, "for-abandoned", 0, "find the agents for this share of abandoned contacts at most (a)")
	flags.Float64Var(&f.forBlocking, "for-blocking", 0, "find the agents for this share of blocked contacts at most (b)")
	flags.Float64Var(&f.maxOccupancy, "max-occupancy", 0, "with a goal: keep agents at work for this share of their time at most")
	flags.BoolVar(&f.json, "json", false, "print one JSON object, numbers to 12 digits")
	return cmd
}

// run computes and prints.
func (f *erlangFlags) run(cmd *cobra.Command) error {
	for _, name := range []string{"calls", "aht"} {
		if !cmd.Flags().Changed(name) {
			return usagef("--%s is missing", name)
		}
	}
	if !(f.calls > 0) || math.IsInf(f.calls, 0) {
		return usagef("--calls is %v: expected a number above 0", f.calls)
	}
	for _, one := range []struct {
		flag  string
		value time.Duration
	}{{"interval", f.interval}, {"aht", f.aht}} {
		if one.value <= 0 {
			return usagef("--%s is %s: expected more than 0", one.flag, one.value)
		}
	}
	model := erlang.Model(strings.ToLower(f.model))
	switch patient := cmd.Flags().Changed("patience"); {
	case model == erlang.ModelA && !patient:
		return usagef("--patience is missing: model a needs it")
	case model == erlang.ModelA && f.patience <= 0:
		return usagef("--patience is %s: expected more than 0", f.patience)
	case patient && (model == erlang.ModelB || model == erlang.ModelC):
		fmt.Fprintf(cmd.ErrOrStderr(), "note: nobody gives up in model %s, so --patience is not used; --model a uses it\n", model)
	}
	demand := erlang.Demand{
		ArrivalsPerSecond: f.calls / f.interval.Seconds(),
		HandleSeconds:     f.aht.Seconds(),
		PatienceSeconds:   f.patience.Seconds(),
	}
	goal, wanted := f.goal(cmd)
	given := cmd.Flags().Changed("agents")
	if !given && !wanted {
		return usagef("neither --agents nor a goal (--for-service-level, --for-asa, --for-abandoned, --for-blocking) is given")
	}
	agents := f.agents
	var needed *int
	var figures erlang.Figures
	var err error
	if wanted {
		var least int
		if least, figures, err = erlang.Agents(model, demand, goal); err != nil {
			return usageError{err}
		}
		needed = &least
		if !given {
			agents = least
		}
	}
	if given {
		if figures, err = erlang.Evaluate(model, demand, agents, f.target.Seconds()); err != nil {
			return usageError{err}
		}
	}
	report := newErlangReport(model, demand, agents, f.target, figures)
	report.AgentsNeeded = needed
	if f.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	}
	return report.print(cmd.OutOrStdout())
}

// goal collects what the agents are wanted for; false if nothing is.
func (f *erlangFlags) goal(cmd *cobra.Command) (erlang.Goal, bool) {
	asa := f.forASA.Seconds()
	goal := erlang.Goal{TargetSeconds: f.target.Seconds()}
	wanted := false
	for _, one := range []struct {
		flag  string
		value *float64
		field **float64
	}{
		{"for-service-level", &f.forLevel, &goal.ServiceLevel},
		{"for-asa", &asa, &goal.ASASeconds},
		{"for-abandoned", &f.forAbandoned, &goal.AbandonProbability},
		{"for-blocking", &f.forBlocking, &goal.Blocking},
		{"max-occupancy", &f.maxOccupancy, &goal.Occupancy},
	} {
		if cmd.Flags().Changed(one.flag) {
			*one.field = one.value
			wanted = true
		}
	}
	return goal, wanted
}

// digits12 is a number to 12 significant digits, null if there is none.
type digits12 struct{ value *float64 }

// MarshalJSON writes the number.
func (d digits12) MarshalJSON() ([]byte, error) {
	if d.value == nil {
		return []byte("null"), nil
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(*d.value, 'e', 11, 64), 64)
	if err != nil || math.IsInf(rounded, 0) || math.IsNaN(rounded) {
		return nil, fmt.Errorf("figure %v is no number", *d.value)
	}
	return json.Marshal(rounded)
}

// erlangReport is the JSON object of `trunkline erlang --json`.
type erlangReport struct {
	Model           erlang.Model `json:"model"`
	Agents          int          `json:"agents"`        // whom the figures are for
	AgentsNeeded    *int         `json:"agents_needed"` // for the goal; null if there is none
	Erlangs         digits12     `json:"erlangs"`
	TargetSeconds   float64      `json:"target_s"`
	Blocking        digits12     `json:"blocking"`
	PWait           digits12     `json:"p_wait"`
	ASASeconds      digits12     `json:"asa_s"`
	MeanWaitSeconds digits12     `json:"mean_wait_s"`
	ServiceLevel    digits12     `json:"service_level"`
	PAbandon        digits12     `json:"p_abandon"`
	Occupancy       digits12     `json:"occupancy"`
}

func newErlangReport(m erlang.Model, d erlang.Demand, agents int, target time.Duration, f erlang.Figures) erlangReport {
	load := d.Erlangs()
	return erlangReport{
		Model: m, Agents: agents, Erlangs: digits12{&load}, TargetSeconds: target.Seconds(),
		Blocking: digits12{f.Blocking}, PWait: digits12{f.WaitProbability}, ASASeconds: digits12{f.ASASeconds},
		MeanWaitSeconds: digits12{f.MeanWaitSeconds}, ServiceLevel: digits12{f.ServiceLevel},
		PAbandon: digits12{f.AbandonProbability}, Occupancy: digits12{f.Occupancy},
	}
}

// print writes the figures for people; those that are not defined are left out.
func (r erlangReport) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "model\tErlang %s\n", strings.ToUpper(string(r.Model)))
	fmt.Fprintf(w, "load\t%.6g Erlangs\n", *r.Erlangs.value)
	fmt.Fprintf(w, "agents\t%d\n", r.Agents)
	if r.AgentsNeeded != nil && *r.AgentsNeeded != r.Agents {
		fmt.Fprintf(w, "agents needed for the goal\t%d\n", *r.AgentsNeeded)
	}
	for _, line := range []struct {
		name    string
		figure  digits12
		seconds bool
	}{
		{"blocked", r.Blocking, false},
		{"have to wait", r.PWait, false},
		{"mean wait of the answered (ASA)", r.ASASeconds, true},
		{"mean wait of all", r.MeanWaitSeconds, true},
		{fmt.Sprintf("answered within %g s", r.TargetSeconds), r.ServiceLevel, false},
		{"give up", r.PAbandon, false},
		{"occupancy", r.Occupancy, false},
	} {
		switch {
		case line.figure.value == nil:
		case line.seconds:
			fmt.Fprintf(w, "%s\t%.6g s\n", line.name, *line.figure.value)
		default:
			fmt.Fprintf(w, "%s\t%.4g %%\n", line.name, 100**line.figure.value)
		}
	}
	if r.Model == erlang.ModelC && r.ASASeconds.value == nil {
		fmt.Fprintln(w, "note\tthe load is not below the number of agents: the queue grows without end")
	}
	return w.Flush()
}
