//go:build unix

package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/callrecords/callrecordstest"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// BenchmarkImportRecords imports files of call records (JSON lines) until the
// store has all of them, journal and engine included. Beside the wall clock it
// tells how much processor time a record costs this process (without the
// engine's, which is another), and how much of that time parsing the same bytes
// with encoding/json alone would take.
func BenchmarkImportRecords(b *testing.B) {
	const records, perFile = 10_000, 2_000
	cfg := configure(b)
	if err := app.Migrate(b.Context(), cfg); err != nil {
		b.Fatal(err)
	}
	a, err := app.New(cfg, app.Options{Logger: app.NewLogger(config.Log{Level: "warn"}, b.Output())})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.StartStorage(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = a.Stop(context.Background()) })
	dir, seed, bytesRead := b.TempDir(), uint64(0), int64(0)
	var parsing, importing, working time.Duration
	for b.Loop() {
		b.StopTimer()
		seed++
		g := callrecordstest.New(seed)
		var files []app.RecordFile
		for i := range records / perFile {
			var data []byte
			for range perFile {
				data = append(g.Record(data), '\n')
			}
			path := filepath.Join(dir, fmt.Sprintf("%d.jsonl", i))
			if err := os.WriteFile(path, data, 0o600); err != nil {
				b.Fatal(err)
			}
			files = append(files, app.RecordFile{Path: path, Size: int64(len(data))})
			bytesRead += int64(len(data))
			start := processorTime()
			for line := range bytes.Lines(data) {
				var v any
				if err := json.Unmarshal(line, &v); err != nil {
					b.Fatal(err)
				}
			}
			parsing += processorTime() - start
		}
		b.StartTimer()
		start, worked := time.Now(), processorTime()
		stats, err := a.ImportRecords(b.Context(), files, app.RecordsOptions{Origin: recordsOrigin})
		if err != nil || stats.Documents != records {
			b.Fatalf("%d documents, %v", stats.Documents, err)
		}
		if err := a.Drain(b.Context()); err != nil {
			b.Fatal(err)
		}
		importing += time.Since(start)
		working += processorTime() - worked
	}
	b.SetBytes(bytesRead / int64(b.N))
	b.ReportMetric(float64(records*b.N)/importing.Minutes(), "records/min")
	b.ReportMetric(float64(working.Microseconds())/float64(records*b.N), "cpu-us/record")
	b.ReportMetric(parsing.Seconds()/working.Seconds(), "json-parse/import")
}

// processorTime is what this process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
