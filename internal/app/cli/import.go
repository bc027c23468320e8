package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// importOptions are the flags of `import`.
type importOptions struct {
	config    configFlags
	media     mediaFlags
	tenant    string
	trunk     string
	retention uint16
	synthetic bool
	wait      time.Duration
	restart   bool
}

// newImportCommand brings captures and call records into the store.
func newImportCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import PATH...",
		Short: "Bring captures and call records into the store; twice changes nothing",
		Long: "Reads files, and folders with all that is below them, and stores what it recognises by content:\n" +
			"  captures      pcap and pcapng, UDP: every RTCP report with its figures; calls and voice quality reports of SIP,\n" +
			"                which also tells the reports' call and codec; HEP packets with any of these\n" +
			"  call records  JSON of Microsoft Graph: call records, direct-routing rows (getDirectRoutingCalls) and PSTN\n" +
			"                rows (getPstnCalls), as single objects, arrays, JSON lines or pages ({\"value\": [...]})\n" +
			"both gzipped too; - is standard input. A file has been acknowledged when its line appears: it is in the journal\n" +
			"(journal.dir with -import at its end) and goes to the store from there, now or with the next import. Rotated\n" +
			"captures and versions of records may come in any order. An import of call records that was interrupted goes on\n" +
			"where it was when it is started again.\n" +
			"Exit status: 0 everything is stored, 1 something was damaged or refused, or the store does not take it yet,\n" +
			"2 the call was wrong.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error { return runImport(cmd, files, o) },
	}
	o.config.add(cmd)
	o.media.add(cmd)
	cmd.Flags().StringVar(&o.tenant, "tenant", "", "tenant that the calls belong to (required)")
	cmd.Flags().StringVar(&o.trunk, "trunk", "", "trunk that the calls belong to")
	cmd.Flags().Uint16Var(&o.retention, "retention-days", 0, "days until the facts expire; 0 takes ingest.retention_days")
	cmd.Flags().BoolVar(&o.synthetic, "synthetic", false, "mark the facts as made up")
	cmd.Flags().BoolVar(&o.restart, "restart", false, "import call records from the beginning although an import was interrupted")
	cmd.Flags().DurationVar(&o.wait, "wait", 5*time.Minute, "how long to wait for the store to take everything")
	return cmd
}

// runImport imports all files, then waits until they are stored.
func runImport(cmd *cobra.Command, paths []string, o importOptions) error {
	if o.tenant == "" {
		return usagef("--tenant says whose calls these are: it is required")
	}
	media, err := o.media.media()
	if err != nil {
		return err
	}
	cfg, err := o.config.load()
	if err != nil {
		return err
	}
	files, err := findFiles(paths, cmd.InOrStdin())
	if err != nil {
		return err
	}
	if o.retention == 0 {
		o.retention = cfg.Ingest.RetentionDays
	}
	return runAside(cmd, cfg, func(a *aside) error { return importFiles(cmd, a, files, media, o) })
}

// importFiles imports each file; what is wrong with one holds up no other.
func importFiles(cmd *cobra.Command, a *aside, files []inputFile, media mediaqos.Media, o importOptions) error {
	var errs []error
	var records []inputFile
	others := 0
	for i := range files {
		file := &files[i]
		switch {
		case file.kind == kindJSON:
			records = append(records, *file)
			continue
		case file.kind == kindOther && !file.named:
			others++
			continue
		}
		source := &pipeline.Source{
			Name: filepath.Base(file.path), Kind: pipeline.KindPcap, Tenant: schema.TenantID(o.tenant), Trunk: schema.TrunkID(o.trunk),
			Media: media, Synthetic: o.synthetic, RetentionDays: o.retention,
		}
		if err := importFile(cmd, a.App, file, source); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file.path, err))
		}
		if cmd.Context().Err() != nil {
			break
		}
	}
	if len(records) > 0 && cmd.Context().Err() == nil {
		if err := importRecords(cmd, a.App, records, a.journalDir, o); err != nil {
			errs = append(errs, err)
		}
	}
	if others > 0 {
		fmt.Fprintf(cmd.OutOrStdout(), "%d files in folders are neither captures nor JSON and were passed over\n", others)
	}
	return errors.Join(append(errs, a.stored(cmd.Context(), o.wait, "imported"))...)
}

// importFile imports one capture with a progress bar.
func importFile(cmd *cobra.Command, a *app.App, file *inputFile, source *pipeline.Source) error {
	input, err := file.open()
	if err != nil {
		return err
	}
	defer input.Close()
	bar := newBar(cmd.ErrOrStderr(), file.size, source.Name)
	reader, err := pcap.NewReader(io.TeeReader(input, bar), pcap.Options{})
	if err != nil {
		return errors.Join(err, bar.Exit())
	}
	stats, err := a.Import(cmd.Context(), source, reader)
	_ = bar.Exit()
	counts := stats.Counts
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d RTCP datagrams, %d calls, %d quality reports, %d reports, %d facts, %d seen twice, %d encrypted, %d refused\n",
		file.path, stats.RTCP, counts.Calls, counts.Quality, counts.Reports, counts.Facts(), counts.Duplicates, counts.Encrypted,
		counts.RefusedReports())
	return err
}

// openInput opens a file, or standard input for -; its size is -1 if unknown.
func openInput(file string) (io.ReadCloser, int64, error) {
	if file == "-" {
		return io.NopCloser(os.Stdin), -1, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// newBar shows progress in bytes on a terminal, and nothing elsewhere.
func newBar(w io.Writer, size int64, name string) *progressbar.ProgressBar {
	file, ok := w.(*os.File)
	return progressbar.NewOptions64(size,
		progressbar.OptionSetWriter(w), progressbar.OptionSetVisibility(ok && term.IsTerminal(int(file.Fd()))),
		progressbar.OptionSetDescription(name), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
}
