package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// decideFlags are those of the commands that change what is in quarantine.
type decideFlags struct {
	config      configFlags
	filter      quarantineFilter
	allMatching bool
	dryRun      bool
	json        bool
	wait        time.Duration
}

func (f *decideFlags) add(cmd *cobra.Command) {
	f.config.add(cmd)
	f.filter.add(cmd.Flags())
	cmd.Flags().BoolVar(&f.allMatching, "all-matching", false, "all reports that the other flags mean, where none names reports itself")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would be done and change nothing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().DurationVar(&f.wait, "wait", 5*time.Minute, "how long to wait for the store to take everything")
}

// chosen reads which reports are meant, and the configuration. A call that names
// none is refused: too much is decided by it.
func (f *decideFlags) chosen() (filter app.QuarantineFilter, cfg config.Config, err error) {
	if !f.filter.named() && !f.allMatching {
		return filter, cfg, usagef("which reports: want --id, --source, --call-id, or --all-matching with or without --listener, --reason, --since")
	}
	if filter, err = f.filter.filter(time.Now(), schema.QuarantineOpen); err != nil {
		return filter, cfg, err
	}
	cfg, err = f.config.load()
	return filter, cfg, err
}

// run decides by a way to the store of its own, and waits until it is stored.
func (f *decideFlags) run(cmd *cobra.Command, cfg config.Config, do func(ctx context.Context, a *app.App) error) error {
	return runAside(cmd, cfg, func(a *aside) error {
		if err := do(cmd.Context(), a.App); err != nil {
			return err
		}
		return a.stored(cmd.Context(), f.wait, "decided")
	})
}

// newQuarantineAssignCommand makes facts of reports in quarantine.
func newQuarantineAssignCommand() *cobra.Command {
	var f decideFlags
	var tenant, trunk string
	var newTenant bool
	cmd := &cobra.Command{
		Use:   "assign",
		Short: "Say whose reports are: they become facts of that tenant",
		Long: "Puts the reports through the pipeline as if they had been attributed when they came, under the rule\n" +
			"\"assigned\". What was begun and not finished goes on with the same call; twice changes nothing. The way to the\n" +
			"store is that of import: a journal beside that of the process that serves (journal.dir with -import at its end).\n" +
			"Exit status: 0 done, 1 some could not become facts (they stay) or the store does not take them yet, 2 the call was wrong.",
		Example: "  trunkline quarantine assign --tenant contoso --trunk sbc.contoso.example --source 192.0.2.7 --dry-run\n" +
			"  trunkline quarantine assign --tenant contoso --all-matching --listener hep --since 24h",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, cfg, err := f.chosen()
			if err != nil {
				return err
			}
			to := app.Assignment{Tenant: schema.TenantID(tenant), Trunk: schema.TrunkID(trunk), DryRun: f.dryRun}
			if err := checkOwner(&cfg, to, newTenant); err != nil {
				return err
			}
			return f.run(cmd, cfg, func(ctx context.Context, a *app.App) error { return assign(ctx, cmd, a, filter, to, f.json) })
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&tenant, "tenant", "", "tenant whose reports they are (required)")
	cmd.Flags().StringVar(&trunk, "trunk", "", "trunk of the tenant")
	cmd.Flags().BoolVar(&newTenant, "new-tenant", false, "take a tenant or trunk that the configuration does not know")
	return cmd
}

// assign does it and tells what became of the reports.
func assign(ctx context.Context, cmd *cobra.Command, a *app.App, filter app.QuarantineFilter, to app.Assignment, asJSON bool) error {
	stats, err := a.AssignQuarantined(ctx, filter, to)
	if err != nil {
		return err
	}
	if asJSON {
		err = printJSON(cmd.OutOrStdout(), stats)
	} else {
		verb := "assigned"
		if to.DryRun {
			verb = "would be assigned"
		}
		_, err = fmt.Fprintf(cmd.OutOrStdout(), "%d reports %s to %s: %d facts, %d calls, %d known already\n",
			stats.Reports, verb, to.Tenant, stats.Facts, stats.Calls, stats.Duplicates)
	}
	if stats.Failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d reports stay in quarantine, the first because: %w", stats.Failed, stats.FirstError))
	}
	return err
}

// checkOwner refuses a tenant or trunk that is probably a slip of the pen:
// facts of a wrong tenant are seen by strangers.
func checkOwner(cfg *config.Config, to app.Assignment, isNew bool) error {
	if to.Tenant == "" {
		return usagef("--tenant says whose reports these are: it is required")
	}
	trunks := map[schema.TrunkID]schema.TenantID{}
	tenants := map[string]bool{}
	for i := range cfg.Trunks {
		trunks[cfg.Trunks[i].ID] = cfg.Trunks[i].Tenant
		tenants[string(cfg.Trunks[i].Tenant)] = true
	}
	for i := range cfg.Listeners {
		if l := &cfg.Listeners[i]; l.Tenant != "" {
			tenants[string(l.Tenant)] = true
			if l.Trunk != "" {
				trunks[l.Trunk] = l.Tenant
			}
		}
	}
	owner, known := trunks[to.Trunk]
	switch {
	case known && owner != to.Tenant:
		return usagef("--trunk %s is of tenant %s, not of %s", to.Trunk, owner, to.Tenant)
	case isNew:
		return nil
	case !tenants[string(to.Tenant)]:
		return usagef("--tenant %s is not in the configuration (known are: %s); --new-tenant takes it all the same",
			to.Tenant, strings.Join(slices.Sorted(maps.Keys(tenants)), ", "))
	case to.Trunk != "" && !known:
		return usagef("--trunk %s is not in the configuration; --new-tenant takes it all the same", to.Trunk)
	}
	return nil
}

// newQuarantineDropCommand says that reports are nobody's.
func newQuarantineDropCommand() *cobra.Command {
	var f decideFlags
	cmd := &cobra.Command{
		Use:   "drop",
		Short: "Say that reports are nobody's: their content goes, the rows stay until they expire",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, cfg, err := f.chosen()
			if err != nil {
				return err
			}
			if f.dryRun {
				return f.countOnly(cmd, filter)
			}
			return f.run(cmd, cfg, func(ctx context.Context, a *app.App) error {
				dropped, err := a.DropQuarantined(ctx, filter)
				return errors.Join(err, f.printDropped(cmd, dropped, "dropped"))
			})
		},
	}
	f.add(cmd)
	return cmd
}

// printDropped tells how many there were.
func (f *decideFlags) printDropped(cmd *cobra.Command, n int, verb string) error {
	if f.json {
		return printJSON(cmd.OutOrStdout(), map[string]int{"reports": n})
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%d reports %s\n", n, verb)
	return err
}

// countOnly is drop's dry run.
func (f *decideFlags) countOnly(cmd *cobra.Command, filter app.QuarantineFilter) error {
	return withStore(&f.config, func(store *clickhouse.Conn) error {
		n, err := app.CountQuarantine(cmd.Context(), store, filter)
		if err != nil {
			return err
		}
		return f.printDropped(cmd, int(n), "would be dropped")
	})
}
