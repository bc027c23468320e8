package cli

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// stopGrace is how long a stop may take to make durable what was taken in.
const stopGrace = 20 * time.Second

// newServeCommand runs the listeners until a signal.
func newServeCommand() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the listeners, the journal, the store and the status page",
		Long: "Runs until SIGINT or SIGTERM, then makes durable what was taken in and stops.\n" +
			"Sockets that a supervisor holds (systemd socket activation) are used by listener name.\n" +
			"SIGHUP reads the configuration anew and puts its trunks in force, all or none; a file that is wrong changes\n" +
			"nothing and shows on the status page. Other keys need a restart.\n" +
			"Exit status: 0 stopped in order, 1 it could not start or stop, 2 the configuration is wrong.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.load()
			if err != nil {
				return err
			}
			return serve(cmd.Context(), cmd, cfg, func(a *app.App) error {
				fmt.Fprintf(cmd.ErrOrStderr(), "status page: http://%s/\n", a.Addrs().HTTP)
				untilStopped(cmd.Context(), a, func() (config.Config, error) { return flags.load() })
				return nil
			})
		},
	}
	flags.add(cmd)
	return cmd
}

// serve starts an app, runs body and stops the app in order.
func serve(ctx context.Context, cmd *cobra.Command, cfg config.Config, body func(*app.App) error) error {
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(cfg.Log, cmd.ErrOrStderr())})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	bodyErr := body(a)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err := a.Stop(stopping); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return bodyErr
}

// untilStopped waits for the end of ctx and reloads the trunks at SIGHUP.
func untilStopped(ctx context.Context, a *app.App, load func() (config.Config, error)) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	reloadOn(ctx, hangup, a, load)
}

// reloadOn puts the trunks of the configuration in force at each signal, until
// ctx ends. What goes wrong is logged and on the status page.
func reloadOn(ctx context.Context, signals <-chan os.Signal, a *app.App, load func() (config.Config, error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			_ = a.ReloadTrunks(ctx, load)
		}
	}
}
