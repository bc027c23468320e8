package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"

	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// configFlags are the flags of every command that reads the configuration.
type configFlags struct {
	path string
	set  []string
}

// add defines the flags on a command.
func (f *configFlags) add(cmd *cobra.Command) { f.addTo(cmd.Flags()) }

// addTo defines the flags in a set.
func (f *configFlags) addTo(flags *pflag.FlagSet) {
	flags.StringVarP(&f.path, "config", "c", os.Getenv("TRUNKLINE_CONFIG"), "configuration file (YAML); TRUNKLINE_CONFIG")
	flags.StringArrayVar(&f.set, "set", nil, "one key over file and environment, as journal.dir=/srv/journal (repeatable)")
}

// load reads the configuration that the flags mean, with extra keys laid over
// all else.
func (f *configFlags) load(extra ...string) (config.Config, error) {
	cfg, err := config.Load(config.Source{Path: f.path, Environ: os.Environ(), Set: append(f.set, extra...)})
	if err != nil {
		return cfg, usageError{err}
	}
	return cfg, nil
}

// newConfigCommand shows and checks the configuration.
func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show or check the configuration",
		Long: "The configuration is one YAML file; environment variables (TRUNKLINE_CLICKHOUSE_DSN for clickhouse.dsn)\n" +
			"and --set path=value go over it. Secrets come from the environment or from files only.",
	}
	cmd.AddCommand(newConfigPrintCommand(), newConfigCheckCommand())
	return cmd
}

func newConfigPrintCommand() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the configuration in force, defaults included, secrets as (set)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.load()
			if err != nil {
				return err
			}
			encoder := yaml.NewEncoder(cmd.OutOrStdout())
			encoder.SetIndent(2)
			return errors.Join(encoder.Encode(cfg), encoder.Close())
		},
	}
	flags.add(cmd)
	return cmd
}

func newConfigCheckCommand() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the configuration and list every problem with its place",
		Long: "Warnings tell of marks that trunks of several tenants share: allowed, but alone they say nothing of whose a\n" +
			"report is.\n" +
			"Exit status: 0 it is right, 2 it is not.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := flags.load()
			if err != nil {
				return err
			}
			for _, warning := range cfg.Warnings() {
				fmt.Fprintf(cmd.OutOrStdout(), "warning: %s\n", warning)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "The configuration is right: %d listeners, %d trunks.\n", len(cfg.Listeners), len(cfg.Trunks))
			return nil
		},
	}
	flags.add(cmd)
	return cmd
}
