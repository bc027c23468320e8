package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// newMigrateCommand brings the tables up to date.
func newMigrateCommand() *cobra.Command {
	var flags configFlags
	var dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Create or update the tables",
		Long: "Runs the migrations that the database does not have yet, in order, and notes their checksums there.\n" +
			"A file that has changed since it was applied is refused before anything runs. Repeating is harmless.\n" +
			"Exit status: 0 the schema is this program's (or could be: --dry-run), 1 it could not be brought there.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			migrations, err := schema.Migrations()
			if err != nil {
				return err
			}
			return withStore(&flags, func(store *clickhouse.Conn) error {
				steps, err := clickhouse.Migrate(cmd.Context(), store, migrations, dryRun)
				if err != nil {
					return err
				}
				return printSteps(cmd, steps, migrations, dryRun, asJSON)
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "write nothing; show the SQL that would run")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the steps as one JSON document")
	return cmd
}

// printSteps says what was done, or what would be.
func printSteps(cmd *cobra.Command, steps []clickhouse.Step, migrations []schema.Migration, dryRun, asJSON bool) error {
	out := cmd.OutOrStdout()
	if asJSON {
		return printJSON(out, steps)
	}
	sql := map[string]string{}
	for _, m := range migrations {
		sql[m.Name] = strings.Join(m.Statements, ";\n\n") + ";"
	}
	for _, step := range steps {
		switch {
		case step.Unknown:
			fmt.Fprintf(out, "%s  left by a newer program\n", step.Name)
		case step.Applied:
			fmt.Fprintf(out, "%s  was there\n", step.Name)
		case dryRun:
			fmt.Fprintf(out, "%s  would run:\n\n%s\n", step.Name, sql[step.Name])
		default:
			fmt.Fprintf(out, "%s  applied, %d statements\n", step.Name, step.Statements)
		}
	}
	return nil
}
