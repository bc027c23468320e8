package cli

import "github.com/spf13/cobra"

// commands lists every verb that both binaries have, in the order of the help.
func commands() []*cobra.Command {
	return []*cobra.Command{
		newAnalyzeCommand(),
		newMOSCommand(),
		newErlangCommand(),
		newSimulateCommand(),
		newServeCommand(),
		newImportCommand(),
		newRecomputeCommand(),
		newMigrateCommand(),
		newJournalCommand(),
		newQuarantineCommand(),
		newNetworksCommand(),
		newCorrelateCommand(),
		newCallCommand(),
		newConfigCommand(),
	}
}
