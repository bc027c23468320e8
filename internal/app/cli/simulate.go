package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trunkline-cc/trunkline/routing/sim"
)

// simulateFlags are the words of `trunkline simulate`.
type simulateFlags struct {
	rates     string
	trace     string
	compare   string
	start     string
	days      int
	warmUp    time.Duration
	seed      uint64
	staff     bool
	level     float64
	target    time.Duration
	occupancy float64
	shrinkage float64
	json      bool
	html      string
	quiet     bool
}

// newSimulateCommand runs a routing configuration against simulated customers.
func newSimulateCommand() *cobra.Command {
	var f simulateFlags
	cmd := &cobra.Command{
		Use:   "simulate CONFIG",
		Short: "Try a routing configuration on simulated or recorded contacts",
		Long: "Runs the routing core itself against customers who call, wait and give up, and agents who take shifts and\n" +
			"breaks. --rates names a workload (YAML): rates by half hours, handling times, patience, crews. --trace names\n" +
			"contacts as they came (CSV: at,type,handle_s,wrap_up_s,patience_s); with both, contacts come from the trace and\n" +
			"all else from the workload. The same seed gives the same report.\n" +
			"--compare puts a second configuration to the very same customers and measures the difference; --staff suggests\n" +
			"agents for each interval of the week.\n" +
			"Figures come with 95 % confidence intervals from days taken as independent: simulate 20 days or more.\n" +
			"Exit status: 0 simulated, 1 a file could not be read or written, 2 the call or what a file says was wrong.",
		Example: "  trunkline simulate centre.yaml --rates week.yaml --days 28 --html report.html\n" +
			"  trunkline simulate centre.yaml --compare centre-second-queue.yaml --rates week.yaml\n" +
			"  trunkline simulate centre.yaml --rates week.yaml --trace day.csv --json",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.rates, "rates", "", "workload file (YAML)")
	flags.StringVar(&f.trace, "trace", "", "contacts to replay (CSV)")
	flags.StringVar(&f.compare, "compare", "", "a second routing configuration for the same customers")
	flags.StringVar(&f.start, "start", "", "first day, as 2026-01-05 (default a Monday; with a trace, its first day)")
	flags.IntVar(&f.days, "days", 28, "days to measure (with a trace: its own)")
	flags.DurationVar(&f.warmUp, "warm-up", 0, "run this long before measuring; for centres that never close")
	flags.Uint64Var(&f.seed, "seed", 1, "names the luck of the run")
	flags.BoolVar(&f.staff, "staff", false, "suggest agents for each interval of the week")
	flags.Float64Var(&f.level, "goal", 0.8, "share to be answered in the target time: for --staff and as a line in charts")
	flags.DurationVar(&f.target, "target", 0, "with --staff: answer time (default each queue's own)")
	flags.Float64Var(&f.occupancy, "max-occupancy", 0, "with --staff: keep agents at work for this share of their time at most")
	flags.Float64Var(&f.shrinkage, "shrinkage", 0, "with --staff: share of paid time in which agents are not there")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	flags.StringVar(&f.html, "html", "", "write a report with charts to this file")
	flags.BoolVar(&f.quiet, "quiet", false, "no progress bar")
	return cmd
}

// simulateResult is the JSON object of `trunkline simulate --json`; what was
// not asked for is left out.
type simulateResult struct {
	Config     string              `json:"config"`
	Against    string              `json:"compared_with,omitempty"`
	Report     *sim.Report         `json:"report,omitempty"`
	Comparison *sim.Comparison     `json:"comparison,omitempty"`
	Staff      []sim.StaffInterval `json:"staff,omitempty"`

	goal float64
}

// run simulates and prints.
func (f *simulateFlags) run(cmd *cobra.Command, path string) error {
	if f.rates == "" && f.trace == "" {
		return usagef("neither --rates nor --trace is given")
	}
	if f.days < 1 || f.days > 3650 {
		return usagef("--days is %d: expected 1 to 3650", f.days)
	}
	if !(f.level > 0 && f.level < 1) {
		return usagef("--goal is %v: expected a share above 0 and below 1", f.level)
	}
	in, err := f.read(path)
	if err != nil {
		return err
	}
	result, err := f.simulate(cmd, in)
	if err != nil {
		return err
	}
	if f.html != "" {
		if err := writeFile(f.html, func(w io.Writer) error { return result.writeHTML(w) }); err != nil {
			return fmt.Errorf("html: %w", err)
		}
	}
	if f.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(result)
	}
	return result.writeText(cmd.OutOrStdout())
}

// simulate runs what was asked for.
func (f *simulateFlags) simulate(cmd *cobra.Command, in *simulateInput) (*simulateResult, error) {
	result := &simulateResult{Config: in.name, Against: in.otherName, goal: f.level}
	options := in.options
	var finish func()
	options.Progress, finish = f.progress(cmd)
	var err error
	if in.other != nil {
		result.Comparison, err = sim.Compare(cmd.Context(), in.config, in.other, in.workload, options)
	} else {
		result.Report, err = sim.Run(cmd.Context(), in.config, in.workload, options)
	}
	finish()
	if err != nil {
		return nil, inputError(err)
	}
	if f.staff {
		result.Staff, err = sim.Staff(in.config, in.workload, sim.StaffGoal{
			ServiceLevel: f.level, TargetSeconds: f.target.Seconds(), MaxOccupancy: f.occupancy, Shrinkage: f.shrinkage,
		})
		if err != nil {
			return nil, inputError(err)
		}
	}
	return result, nil
}

// progress draws a bar where somebody watches.
func (f *simulateFlags) progress(cmd *cobra.Command) (report func(float64), finish func()) {
	out, ok := cmd.ErrOrStderr().(*os.File)
	if f.quiet || !ok || !term.IsTerminal(int(out.Fd())) {
		return nil, func() {}
	}
	const parts = 1000
	bar := progressbar.NewOptions(parts,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("simulating"), progressbar.OptionSetWidth(40),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetPredictTime(true))
	return func(done float64) { _ = bar.Set(int(done * parts)) }, func() { _ = bar.Finish() }
}

// writeFile writes a file in one go; an error leaves none behind.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}
