package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
)

// recordsSource is the source of rows from files: the same whatever the file
// is called, so that a record has the same row wherever it was found.
const recordsSource = "call-records-import"

// errRefused is returned after documents were refused: their reasons have been
// printed.
var errRefused = errors.New("not everything could be imported")

// importRecords imports files of call records under one progress bar and
// prints what became of them.
func importRecords(cmd *cobra.Command, a *app.App, files []inputFile, journalDir string, o importOptions) error {
	total := int64(0)
	for i := range files {
		if files[i].size < 0 || total < 0 {
			total = -1
			continue
		}
		total += files[i].size
	}
	bar := newBar(cmd.ErrOrStderr(), total, fmt.Sprintf("%d files of call records", len(files)))
	records := make([]app.RecordFile, len(files))
	for i := range files {
		f := &files[i]
		records[i] = app.RecordFile{Path: f.path, Size: f.size, Modified: f.modified, Open: func() (io.ReadCloser, error) {
			in, err := f.open()
			if err != nil {
				return nil, err
			}
			return counted{in, bar}, nil
		}}
	}
	stats, err := a.ImportRecords(cmd.Context(), records, app.RecordsOptions{
		Origin:   callrecords.Origin{Tenant: schema.TenantID(o.tenant), Source: recordsSource, IsSynthetic: o.synthetic, RetentionDays: o.retention},
		Progress: journalDir + ".progress", Restart: o.restart,
	})
	_ = bar.Exit()
	err = errors.Join(err, printRecords(cmd.OutOrStdout(), &stats))
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("interrupted: the same command goes on from here: %w", err)
	}
	if err == nil && (len(stats.FileErrors) > 0 || len(stats.Refused) > 0) {
		err = errRefused
	}
	return err
}

// counted moves a progress bar as it is read.
type counted struct {
	io.ReadCloser
	bar *progressbar.ProgressBar
}

// Read implements io.Reader.
func (c counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	_ = c.bar.Add(n)
	return n, err
}

// printRecords prints what was stored, ignored and refused.
func printRecords(w io.Writer, s *app.RecordsStats) error {
	t := newTable("CALL RECORDS", ">COUNT")
	line := func(name string, n uint64) { t.add(name, strconv.FormatUint(n, 10)) }
	line("files read", uint64(s.Files-s.FilesDone))
	if s.FilesDone > 0 || s.DocumentsDone > 0 {
		line("files done before the interruption", uint64(s.FilesDone))
		line("documents of a further file done before it", s.DocumentsDone)
	}
	line("documents", s.Documents)
	for _, table := range slices.Sorted(maps.Keys(s.Rows)) {
		if n := s.Rows[table]; n > 0 {
			line("rows of "+table, n)
		}
	}
	if s.Incomplete > 0 {
		line("records with more sessions or participants elsewhere", s.Incomplete)
	}
	for _, what := range slices.Sorted(maps.Keys(s.Ignored)) {
		line("ignored: "+what, s.Ignored[what])
	}
	for _, reason := range slices.Sorted(maps.Keys(s.Refused)) {
		line("refused: "+reason, s.Refused[reason])
	}
	if err := t.write(w); err != nil {
		return err
	}
	for _, list := range []struct {
		title string
		errs  []error
	}{{"files with damage", s.FileErrors}, {"refused, the first of them", s.Examples}} {
		if len(list.errs) > 0 {
			fmt.Fprintf(w, "%s:\n", list.title)
		}
		for _, err := range list.errs {
			fmt.Fprintf(w, "  %v\n", err)
		}
	}
	if s.Expired > 0 {
		fmt.Fprintf(w, "%d documents are past their retention and will not stay: --retention-days says how long\n", s.Expired)
	}
	if len(s.More) > 0 {
		fmt.Fprintf(w, "%d files end with a link to a next page; its documents are in another file, or were not fetched: %s\n", len(s.More), s.More[0])
	}
	if len(s.Notes) > 0 {
		fmt.Fprintln(w, "not in Graph's schema as this release knows it (values of known properties are stored, others are not):")
		for _, n := range s.Notes {
			fmt.Fprintf(w, "  %s: %d times\n", n.Path, n.Count)
		}
	}
	return nil
}
