package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/schema"
)

// Engine is an embedded ClickHouse that trunkline-local has started.
type Engine interface {
	// DSN is the address for the driver, without the password.
	DSN() string
	// Password of the only user, made for this run.
	Password() string
	// Stop ends it in order.
	Stop(ctx context.Context) error
}

// StartEngine starts an embedded ClickHouse on a data directory.
type StartEngine func(ctx context.Context, dir string, log *slog.Logger) (Engine, error)

// LocalCommands are the commands that need an embedded engine.
func LocalCommands(start StartEngine) []func() *cobra.Command {
	return []func() *cobra.Command{
		func() *cobra.Command { return newUpCommand(start) },
		func() *cobra.Command { return newDemoCommand(start) },
	}
}

// newUpCommand runs everything on this machine and keeps its data.
func newUpCommand(start StartEngine) *cobra.Command {
	var flags configFlags
	var dir string
	cmd := &cobra.Command{
		Use:   "up",
		Short: "serve with an embedded ClickHouse on loopback, data kept in --dir",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.load("journal.dir=" + filepath.Join(dir, "journal"))
			if err != nil {
				return err
			}
			if len(cfg.Listeners) == 0 {
				cfg.Listeners = []config.Listener{config.LocalListener()}
			}
			return local(cmd, start, dir, cfg, func(a *app.App, url string) error {
				printEndpoints(cmd, a, url)
				untilStopped(cmd.Context(), a, func() (config.Config, error) { return flags.load() })
				return nil
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().StringVar(&dir, "dir", filepath.Join("var", "local"), "where data is kept")
	return cmd
}

// local starts an engine on dir, the schema in it and an app on top; body gets
// the URL to send SQL to. All of it is stopped in reverse.
func local(cmd *cobra.Command, start StartEngine, dir string, cfg config.Config, body func(*app.App, string) error) (err error) {
	ctx := cmd.Context()
	log := app.NewLogger(cfg.Log, cmd.ErrOrStderr())
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	step(cmd, "starting ClickHouse in %s", dir)
	engine, err := start(ctx, filepath.Join(dir, "clickhouse"), log)
	if err != nil {
		return fmt.Errorf("embedded ClickHouse: %w", err)
	}
	defer func() {
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		err = errors.Join(err, engine.Stop(stopping))
	}()
	if err := cfg.UseEngine(engine.DSN(), engine.Password()); err != nil {
		return fmt.Errorf("embedded ClickHouse: %w", err)
	}
	step(cmd, "creating the tables")
	if err := app.Migrate(ctx, cfg); err != nil {
		return err
	}
	return serve(ctx, cmd, cfg, func(a *app.App) error { return body(a, cfg.SQLURL()) })
}

// step tells a person what is being done.
func step(cmd *cobra.Command, format string, args ...any) {
	fmt.Fprintf(cmd.ErrOrStderr(), "· "+format+"\n", args...)
}

// printEndpoints tells where things listen.
func printEndpoints(cmd *cobra.Command, a *app.App, url string) {
	out := cmd.ErrOrStderr()
	fmt.Fprintf(out, "\nSQL          curl '%s' --data-binary 'SELECT count() FROM media_reports FINAL'\n", url)
	fmt.Fprintf(out, "status page  http://%s/\n", a.Addrs().HTTP)
	for _, l := range a.Status().Listeners {
		fmt.Fprintf(out, "%-12s %s://%s (%s, %s)\n", l.Kind, l.Transport, l.Address, l.Name, ownerText(l.Tenant))
	}
	fmt.Fprintln(out)
}

// ownerText says whose the reports of a listener are.
func ownerText(tenant schema.TenantID) string {
	if tenant == "" {
		return "tenants by trunk"
	}
	return "tenant " + string(tenant)
}
