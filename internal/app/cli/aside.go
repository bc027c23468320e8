package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// aside is the way to the store of a command that writes facts, with a journal
// of its own: a process that serves owns the one that is configured.
type aside struct {
	*app.App
	// journalDir is where what is not stored yet lies.
	journalDir string
}

// runAside opens the way to the store, and closes it in order after do.
func runAside(cmd *cobra.Command, cfg config.Config, do func(a *aside) error) (err error) {
	cfg.Journal.Dir += "-import"
	cfg.Listeners = nil
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(cfg.Log, cmd.ErrOrStderr())})
	if err != nil {
		return err
	}
	if err := a.StartStorage(cmd.Context()); err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), stopGrace)
		defer cancel()
		err = errors.Join(err, a.Stop(ctx))
	}()
	return do(&aside{App: a, journalDir: cfg.Journal.Dir})
}

// stored waits until the store has everything; done says in the error what was
// done ("imported").
func (a *aside) stored(ctx context.Context, wait time.Duration, done string) error {
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	if err := a.Drain(waiting); err != nil {
		return fmt.Errorf("what was %s is safe in %s, but not stored yet: %w", done, a.journalDir, err)
	}
	return nil
}
