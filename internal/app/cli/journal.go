package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/ingest/journal"
)

// journalFlags say which journal is meant, and how to print.
type journalFlags struct {
	config configFlags
	dir    string
	json   bool
}

// newJournalCommand looks after what is durable and not stored yet.
func newJournalCommand() *cobra.Command {
	var f journalFlags
	cmd := &cobra.Command{
		Use:   "journal",
		Short: "What is durable and not yet stored, and dead letters",
		Long: "The process that owns the journal may be at work meanwhile: it notices within seconds.\n" +
			"Without --dir, the journal of the configuration (journal.dir) is meant.",
	}
	cmd.PersistentFlags().StringVar(&f.dir, "dir", "", "directory of the journal")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
	f.config.addTo(cmd.PersistentFlags())
	cmd.AddCommand(newJournalListCommand(&f), newJournalAdoptCommand(&f),
		newJournalDeadCommand(&f, "retry", "Send dead letters again, all of them if none is named", journal.Retry),
		newJournalDeadCommand(&f, "drop", "Remove dead letters for good, all of them if none is named", journal.Drop))
	return cmd
}

// directory is the journal that the flags mean.
func (f *journalFlags) directory() (string, error) {
	if f.dir != "" {
		return f.dir, nil
	}
	cfg, err := f.config.load()
	return cfg.Journal.Dir, err
}

// print writes a value as JSON if that was asked for, else calls plain.
func (f *journalFlags) print(cmd *cobra.Command, value any, plain func() error) error {
	if !f.json {
		return plain()
	}
	return printJSON(cmd.OutOrStdout(), value)
}

func newJournalListCommand(f *journalFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "List batches that wait, and dead letters with their reasons",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			items, err := journal.List(dir)
			if err != nil {
				return err
			}
			if items == nil {
				items = []journal.Item{}
			}
			return f.print(cmd, items, func() error {
				t := newTable("batch", "state", "table", ">rows", ">bytes", "committed", "sent", "reason")
				for i := range items {
					item := &items[i]
					t.add(item.Name, item.State, item.Table, fmt.Sprint(item.Rows), fmt.Sprint(item.Bytes), when(item.Created), when(item.Sent), item.Reason)
				}
				return t.write(cmd.OutOrStdout())
			})
		},
	}
}

// when writes a moment, or nothing for none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// newJournalDeadCommand does something with dead letters.
func newJournalDeadCommand(f *journalFlags, name, short string, do func(string, ...string) ([]string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   name + " [BATCH...]",
		Short: short,
		RunE: func(cmd *cobra.Command, names []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			done, err := do(dir, names...)
			if done == nil {
				done = []string{}
			}
			printed := f.print(cmd, done, func() error {
				for _, name := range done {
					fmt.Fprintln(cmd.OutOrStdout(), name)
				}
				return nil
			})
			if err != nil {
				return err
			}
			return printed
		},
	}
}

func newJournalAdoptCommand(f *journalFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "adopt DIR",
		Short: "Take over everything in the journal DIR, whose process is gone",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := f.directory()
			if err != nil {
				return err
			}
			moved, err := journal.Adopt(dir, journal.Options{Dir: args[0]})
			if err != nil {
				return err
			}
			return f.print(cmd, moved, func() error {
				fmt.Fprintf(cmd.OutOrStdout(), "took over volume %s: %d batches with %d rows, %d dead letters\n", moved.Volume, moved.Batches, moved.Rows, moved.DeadLetters)
				if moved.Lost > 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "%d reports that waited for their SIP could not be taken over; the ledger counts them as refused\n", moved.Lost)
				}
				return nil
			})
		},
	}
}
