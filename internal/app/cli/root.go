package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// ErrUsage marks an error in the words of the call or in the configuration:
// exit status 2 instead of 1.
var ErrUsage = errors.New("usage")

// ErrFound is returned by commands that did their work and whose exit status
// says that they found something (a poor stream, a fault). It prints nothing.
var ErrFound = errors.New("found")

// usageError is an [ErrUsage] that says only what was wrong.
type usageError struct{ error }

func (e usageError) Unwrap() []error { return []error{ErrUsage, e.error} }

// usagef makes an error of the call's words.
func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// Main runs the command line named by os.Args and returns the exit status.
// extra are the commands that only this binary has.
func Main(name string, extra ...func() *cobra.Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(name)
	for _, command := range extra {
		root.AddCommand(command())
	}
	return exitStatus(root, root.ExecuteContext(ctx))
}

// newRoot returns the command tree that both binaries share.
func newRoot(name string) *cobra.Command {
	root := &cobra.Command{
		Use:           name,
		Short:         "An open contact-centre pipeline for Microsoft Teams",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%w", err) })
	root.AddCommand(commands()...)
	return root
}

// exitStatus prints what went wrong and says it in a number.
func exitStatus(root *cobra.Command, err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, ErrFound):
		return 1
	}
	fmt.Fprintf(root.ErrOrStderr(), "%s: %v\n", root.Name(), err)
	if errors.Is(err, ErrUsage) {
		return 2
	}
	return 1
}
