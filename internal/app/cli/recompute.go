package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// recomputeLag is how old a report must be: a younger one may still be changed
// by the process that took it in.
const recomputeLag = 10 * time.Minute

// newRecomputeCommand applies new formulas to old reports.
func newRecomputeCommand() *cobra.Command {
	var flags configFlags
	var from, to, tenant string
	var dryRun bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "recompute --from TIME --to TIME",
		Short: "Apply this release's formulas to stored reports",
		Long: "Derives the figures of stored media reports again from what was on the wire, and writes those that come out\n" +
			"different, with a higher version; rollups follow. What was on the wire is never changed. Repeating it, or\n" +
			"breaking it off, is harmless. Times are RFC 3339 (2026-11-22T09:00:00Z) or dates (UTC); --to is excluded and\n" +
			"must be ten minutes ago. Like import it has a journal of its own (journal.dir with -import at its end).\n" +
			"Exit status: 0 everything is stored, 1 the store does not take it yet, 2 the call was wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			o := app.RecomputeOptions{Tenant: schema.TenantID(tenant), DryRun: dryRun}
			if o.From, err = parseMoment("--from", from); err != nil {
				return err
			}
			if o.To, err = parseMoment("--to", to); err != nil {
				return err
			}
			if !o.From.Before(o.To) {
				return usagef("--from %s is not before --to %s", from, to)
			}
			if time.Since(o.To) < recomputeLag {
				return usagef("--to %s is less than %s ago: reports from then may still change by themselves", to, recomputeLag)
			}
			return runRecompute(cmd, flags, o, wait)
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&from, "from", "", "capture time of the first report (required)")
	cmd.Flags().StringVar(&to, "to", "", "capture time behind the last report (required)")
	cmd.Flags().StringVar(&tenant, "tenant", "", "only this tenant's reports")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "count what would change and write nothing")
	cmd.Flags().DurationVar(&wait, "wait", 5*time.Minute, "how long to wait for the store to take everything")
	return cmd
}

// parseMoment reads a time or a date.
func parseMoment(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, usagef("%s is required", flag)
	}
	if t, ok := parseTime(text); ok {
		return t, nil
	}
	return time.Time{}, usagef("%s %q: want a time such as 2026-11-22T09:00:00Z, or a date", flag, text)
}

// runRecompute recomputes with a progress bar and waits until all is stored.
func runRecompute(cmd *cobra.Command, flags configFlags, o app.RecomputeOptions, wait time.Duration) error {
	cfg, err := flags.load()
	if err != nil {
		return err
	}
	return runAside(cmd, cfg, func(a *aside) error {
		bar := newBar(cmd.ErrOrStderr(), int64(o.To.Sub(o.From)/time.Second), "seconds")
		o.Progress = func(done time.Time) { _ = bar.Set64(int64(done.Sub(o.From) / time.Second)) }
		stats, err := a.Recompute(cmd.Context(), o)
		_ = bar.Exit()
		verb := "changed"
		if o.DryRun {
			verb = "would change"
		}
		fmt.Fprintf(cmd.OutOrStdout(), "formulas %d: %d reports, %d %s\n", mediaqos.FormulaVersion, stats.Reports, stats.Changed, verb)
		if err != nil {
			return err
		}
		return a.stored(cmd.Context(), wait, "recomputed")
	})
}
