package sim

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// MaxTraceRows is how many contacts a trace may have.
const MaxTraceRows = 5_000_000

// traceColumns are the columns of a trace; the first two are required.
var traceColumns = []string{"at", "type", "handle_s", "wrap_up_s", "patience_s"}

// ReadTrace reads contacts from CSV with a header line. Columns, in any order:
//
//   - at: when the contact arrived, as 2026-11-23T09:15:00+01:00, or without
//     the offset on the workload's clock, "T" or a space between, fractions of
//     a second allowed;
//   - type: the name of one of the workload's types;
//   - handle_s, wrap_up_s, patience_s: seconds. Where a value or the column is
//     missing it is drawn from the type's distribution with the seed; a type
//     without says no after-work and endless patience, but cannot say nothing
//     of handling.
//
// Rows may be in any order of time. Its errors wrap [ErrInvalid] and name line
// and column.
func ReadTrace(in io.Reader, w *Workload, seed uint64) ([]Arrival, error) {
	loc := time.UTC
	if w.TimeZone != "" {
		var err error
		if loc, err = time.LoadLocation(w.TimeZone); err != nil {
			return nil, fmt.Errorf("%w: time_zone: %q: expected a name of the IANA time zone database", ErrInvalid, w.TimeZone)
		}
	}
	t := traceReader{loc: loc, types: map[string]int32{}}
	for i := range w.Types {
		name := cmp.Or(w.Types[i].Name, string(w.Types[i].Queue))
		t.types[name] = int32(i)
		key := uint64(i)
		t.luck = append(t.luck, [3]Stream{NewStream(seed, keyHandle, key), NewStream(seed, keyWrapUp, key), NewStream(seed, keyPatience, key)})
		draw, err := drawers(&w.Types[i], fmt.Sprintf("types[%d]", i))
		if err != nil {
			return nil, err
		}
		t.draw = append(t.draw, draw)
	}
	rows := csv.NewReader(in)
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: trace: header: %w", ErrInvalid, err)
	}
	if err := t.header(header); err != nil {
		return nil, err
	}
	var trace []Arrival
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: trace: %w", ErrInvalid, err)
		}
		line, _ := rows.FieldPos(0)
		a, err := t.row(row)
		if err != nil {
			return nil, fmt.Errorf("%w: trace: line %d: %w", ErrInvalid, line, err)
		}
		if trace = append(trace, a); len(trace) > MaxTraceRows {
			return nil, fmt.Errorf("%w: trace: more than %d contacts", ErrInvalid, MaxTraceRows)
		}
	}
	if len(trace) == 0 {
		return nil, fmt.Errorf("%w: trace: no contacts", ErrInvalid)
	}
	slices.SortStableFunc(trace, func(a, b Arrival) int { return cmp.Compare(a.At, b.At) })
	if span := trace[len(trace)-1].At.Sub(trace[0].At); span > routing.Millis(maxRun.Milliseconds()) {
		return nil, fmt.Errorf("%w: trace: spans %.0f days, expected at most %.0f", ErrInvalid, float64(span)/dayMillis, maxRun.Hours()/24)
	}
	return trace, nil
}

// drawers returns what missing lengths of a type are drawn from, by column;
// nil where the type says none.
func drawers(t *Type, path string) (draw [3]*sampler, err error) {
	var found faults
	handle := &t.Handle
	if handle.Shape == "" {
		handle = nil // every row must say
	}
	for i, d := range []*Distribution{handle, t.WrapUp, t.Patience} {
		if d == nil {
			continue
		}
		d.check(path+"."+[]string{"handle", "wrap_up", "patience"}[i], &found)
		if len(found) == 0 {
			s := d.sampler()
			draw[i] = &s
		}
	}
	return draw, found.err()
}

// traceReader turns rows into arrivals.
type traceReader struct {
	loc    *time.Location
	types  map[string]int32
	luck   [][3]Stream
	draw   [][3]*sampler
	column [5]int // of traceColumns in a row; -1: missing
}

func (t *traceReader) header(names []string) error {
	t.column = [5]int{-1, -1, -1, -1, -1}
	for i, name := range names {
		known := slices.Index(traceColumns, name)
		if known < 0 || t.column[known] >= 0 {
			return fmt.Errorf("%w: trace: header: column %q is unknown or there twice: expected %v", ErrInvalid, name, traceColumns)
		}
		t.column[known] = i
	}
	for i, required := range traceColumns[:2] {
		if t.column[i] < 0 {
			return fmt.Errorf("%w: trace: header: column %q is missing", ErrInvalid, required)
		}
	}
	return nil
}

func (t *traceReader) row(row []string) (Arrival, error) {
	var a Arrival
	at, err := parseInstant(row[t.column[0]], t.loc)
	if err != nil {
		return a, fmt.Errorf("at: %w", err)
	}
	index, ok := t.types[row[t.column[1]]]
	if !ok {
		return a, fmt.Errorf("type: %q is no type of the workload", row[t.column[1]])
	}
	a.At, a.Type = routing.Time(at.UnixMilli()), index
	for i, field := range []*routing.Millis{&a.HandleMillis, &a.WrapUpMillis, &a.PatienceMillis} {
		text := ""
		if c := t.column[2+i]; c >= 0 {
			text = row[c]
		}
		// One number is used in either case, so that a value more or less in
		// the trace does not move the luck of the others.
		luck := t.luck[index][i].Float64()
		if text != "" {
			v, err := strconv.ParseFloat(text, 64)
			if err != nil || !(v >= 0 && v <= maxSeconds) {
				return a, fmt.Errorf("%s: %q: expected seconds, 0 to %d", traceColumns[2+i], text, int64(maxSeconds))
			}
			*field = routing.Millis(math.Round(v * 1000))
		} else if draw := t.draw[index][i]; draw != nil {
			*field = draw.at(luck)
		} else if field == &a.PatienceMillis {
			*field = Forever
		} else if field == &a.HandleMillis {
			return a, fmt.Errorf("handle_s: missing, and the type has no distribution to draw it from")
		}
	}
	return a, nil
}

// instantLayouts are the forms of an instant without an offset.
var instantLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"}

func parseInstant(text string, loc *time.Location) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	for _, layout := range instantLayouts {
		if err != nil {
			at, err = time.ParseInLocation(layout, text, loc)
		}
	}
	if err != nil || at.Year() < 1970 || at.Year() > 2199 {
		return at, fmt.Errorf("%q: expected an instant as 2026-11-23T09:15:00+01:00, from 1970 to 2199", text)
	}
	return at, nil
}
