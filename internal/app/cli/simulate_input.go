package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/config"
	"github.com/trunkline-cc/trunkline/routing/sim"
)

// simulateInput is everything that a simulation reads.
type simulateInput struct {
	name      string
	config    *routing.Config
	otherName string
	other     *routing.Config // nil: nothing to compare with
	workload  *sim.Workload
	options   sim.Options
}

// read loads all files.
func (f *simulateFlags) read(path string) (*simulateInput, error) {
	in := &simulateInput{name: label(path), options: sim.Options{Seed: f.seed, WarmUp: f.warmUp, Bounds: true}}
	var err error
	if in.config, err = readRouting(path); err != nil {
		return nil, err
	}
	if f.compare != "" {
		in.otherName = label(f.compare)
		if in.other, err = readRouting(f.compare); err != nil {
			return nil, err
		}
	}
	if f.rates != "" {
		if in.workload, err = readWorkload(f.rates); err != nil {
			return nil, err
		}
	} else {
		in.workload = bareWorkload(in.config)
	}
	if err := f.readTrace(in); err != nil {
		return nil, err
	}
	return in, f.span(in)
}

// readTrace loads the contacts to replay.
func (f *simulateFlags) readTrace(in *simulateInput) error {
	if f.trace == "" {
		return nil
	}
	file, err := os.Open(f.trace)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	defer file.Close()
	if in.options.Trace, err = sim.ReadTrace(file, in.workload, f.seed); err != nil {
		return fmt.Errorf("%s: %w", f.trace, inputError(err))
	}
	return nil
}

// span settles start, length and batches.
func (f *simulateFlags) span(in *simulateInput) error {
	loc := time.UTC
	if zone := in.workload.TimeZone; zone != "" {
		var err error
		if loc, err = time.LoadLocation(zone); err != nil {
			return usagef("%s: time_zone: %q is not in the IANA time zone database here", f.rates, zone)
		}
	}
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, loc)
	days := f.days
	if trace := in.options.Trace; len(trace) > 0 {
		first := time.UnixMilli(int64(trace[0].At)).In(loc)
		last := time.UnixMilli(int64(trace[len(trace)-1].At)).In(loc)
		start = time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, loc)
		days = 1
		for day := start; !day.AddDate(0, 0, days).After(last); {
			days++
		}
	}
	if f.start != "" {
		var err error
		if start, err = time.ParseInLocation(time.DateOnly, f.start, loc); err != nil {
			return usagef("--start is %q: expected a date as 2026-01-05", f.start)
		}
	}
	in.options.Start = start
	in.options.Duration = start.AddDate(0, 0, days).Sub(start)
	in.options.Batches = days
	if days == 1 {
		in.options.Batches = 24 // hours: the best that one day can say
	}
	return nil
}

// bareWorkload has a type for each queue and says nothing of it: a trace must.
func bareWorkload(cfg *routing.Config) *sim.Workload {
	w := &sim.Workload{}
	for i := range cfg.Queues {
		w.Types = append(w.Types, sim.Type{Queue: cfg.Queues[i].ID})
	}
	return w
}

// label is what a report calls a file.
func label(path string) string {
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// inputError tells a fault of the input, which is the caller's, from others.
func inputError(err error) error {
	if errors.Is(err, sim.ErrInvalid) || errors.Is(err, routing.ErrInvalid) {
		return usageError{err}
	}
	return err
}

// readWorkload reads a workload.
func readWorkload(path string) (*sim.Workload, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	w, err := parseWorkload(data)
	if err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	return w, nil
}

// parseWorkload reads one YAML document strictly: unknown keys and a second
// document are errors.
func parseWorkload(data []byte) (*sim.Workload, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	w := &sim.Workload{}
	if err := decoder.Decode(w); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return w, nil
}

// readRouting reads a routing configuration.
func readRouting(path string) (*routing.Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Parse(data)
	if err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	return cfg, nil
}
