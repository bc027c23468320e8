package networkfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trunkline-cc/trunkline/schema"
)

// Limits of a file.
const (
	// MaxNetworks is how many rows a file may have.
	MaxNetworks = 200_000
	// MaxText is how many characters a field may have.
	MaxText = 256
	// maxBytes bounds what is read.
	maxBytes = 128 << 20
	// maxProblems is how many errors are told of one file.
	maxProblems = 20
)

// ErrFile is wrapped by every error about what a file says.
var ErrFile = errors.New("networks file")

// Problem is one error with its place.
type Problem struct {
	// Line and Column count from 1; Column is the position of the field's first
	// byte in its line. 0 is not known.
	Line, Column int
	// Field is the name of the column, "" where the whole row is meant.
	Field string
	// Text says what is wrong and what was expected.
	Text string
}

// Error gives the place and the text.
func (p *Problem) Error() string {
	place := fmt.Sprintf("line %d", p.Line)
	if p.Column > 0 {
		place += fmt.Sprintf(", column %d", p.Column)
	}
	if p.Field != "" {
		place += " (" + p.Field + ")"
	}
	return place + ": " + p.Text
}

func (p *Problem) Unwrap() error { return ErrFile }

// Read reads a whole file. The networks come in the order of the file, without
// tenant and version. The error joins up to 20 *[Problem], each of which wraps
// ErrFile; or it is one of r's own.
func Read(r io.Reader) ([]schema.Network, error) {
	input := bufio.NewReaderSize(io.LimitReader(r, maxBytes+1), 64<<10)
	if bom, _ := input.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = input.Discard(3)
	}
	f := &file{csv: csv.NewReader(input), lines: map[netip.Prefix]int{}}
	f.csv.FieldsPerRecord = -1
	f.csv.Comma = separator(input)
	f.csv.ReuseRecord = true
	for len(f.problems) < maxProblems {
		record, err := f.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if f.csv.InputOffset() > maxBytes {
			f.add(f.line(), 0, "", fmt.Sprintf("the file is longer than %d MiB", maxBytes>>20))
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			f.add(bad.Line, bad.Column, "", bad.Err.Error())
			break // what follows a wrong quote is not to be trusted
		}
		if err != nil {
			return nil, fmt.Errorf("networks file: %w", err)
		}
		f.record(record)
	}
	if f.columns == nil && len(f.problems) == 0 {
		f.add(1, 0, "", "the file is empty: want a heading or rows of networks")
	}
	if len(f.problems) > 0 {
		return nil, errors.Join(f.problems...)
	}
	return f.networks, nil
}

// separator is a comma, or a tab where the first line has tabs alone.
func separator(input *bufio.Reader) rune {
	start, _ := input.Peek(4096)
	first, _, _ := bytes.Cut(start, []byte("\n"))
	if bytes.IndexByte(first, '\t') >= 0 && bytes.IndexByte(first, ',') < 0 {
		return '\t'
	}
	return ','
}

// file is a file being read.
type file struct {
	csv      *csv.Reader
	columns  []string // nil until the first row
	optional int      // trailing columns that rows may lack
	networks []schema.Network
	lines    map[netip.Prefix]int
	problems []error
}

func (f *file) line() int {
	line, _ := f.csv.FieldPos(0)
	return line
}

func (f *file) add(line, column int, field, text string) {
	f.problems = append(f.problems, &Problem{Line: line, Column: column, Field: field, Text: text})
}

// wrong notes an error of field i of the record at hand.
func (f *file) wrong(i int, text string) {
	line, column := f.csv.FieldPos(i)
	f.add(line, column, f.columns[i], text)
}

// record takes a heading or a row.
func (f *file) record(record []string) {
	if f.columns == nil {
		if _, err := prefixOf(strings.TrimSpace(record[0]), ""); err != nil && !looksLikeAddress(record[0]) {
			f.heading(record)
			return
		}
		f.columns, f.optional = buildingFile, 1
	}
	if len(record) > len(f.columns) || len(record) < len(f.columns)-f.optional {
		want := fmt.Sprint(len(f.columns))
		if f.optional > 0 {
			want = fmt.Sprintf("%d or %d", len(f.columns)-f.optional, len(f.columns))
		}
		f.add(f.line(), 0, "", fmt.Sprintf("%d fields, want %s", len(record), want))
		return
	}
	if len(f.networks) == MaxNetworks {
		f.add(f.line(), 0, "", fmt.Sprintf("more than %d networks", MaxNetworks))
		return
	}
	f.row(record)
}

// looksLikeAddress tells a wrong address from a heading.
func looksLikeAddress(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.ContainsAny(s, ".:")
}

// heading takes the names of the columns.
func (f *file) heading(record []string) {
	f.columns = slices.Clone(record)
	seen := map[string]bool{}
	for i, heading := range record {
		name, ok := canonical(heading)
		switch {
		case !ok:
			f.wrong(i, fmt.Sprintf("no column of a networks file is called %q; there are %s and %s", heading, strings.Join(buildingFile, ", "), columnSite))
		case seen[name]:
			f.wrong(i, "the column "+name+" stands here twice")
		}
		seen[name] = true
		f.columns[i] = name
	}
	if !seen[columnIP] {
		f.add(f.line(), 0, "", "no column "+columnIP+": which networks are meant?")
	}
}

// row takes one network.
func (f *file) row(record []string) {
	var n schema.Network
	before := len(f.problems)
	ip, bits := -1, ""
	for i, value := range record {
		value = strings.TrimSpace(value)
		name := f.columns[i]
		switch {
		case !utf8.ValidString(value):
			f.wrong(i, "the text is not UTF-8")
		case utf8.RuneCountInString(value) > MaxText:
			f.wrong(i, fmt.Sprintf("longer than %d characters", MaxText))
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
			f.wrong(i, "the text has control characters")
		case name == columnIP:
			ip = i
		case name == columnRange:
			bits = value
		case texts[name] != nil:
			*texts[name](&n) = value
		case flags[name] != nil:
			flag, ok := truth(value)
			if !ok {
				f.wrong(i, fmt.Sprintf("%q: want 1, 0, true, false or nothing", value))
			}
			*flags[name](&n) = flag
		}
	}
	if ip < 0 || len(f.problems) > before {
		return
	}
	prefix, err := prefixOf(strings.TrimSpace(record[ip]), bits)
	if err != nil {
		f.wrong(ip, err.Error())
		return
	}
	if line, twice := f.lines[prefix]; twice {
		f.wrong(ip, fmt.Sprintf("%s stands in line %d already", prefix, line))
		return
	}
	f.lines[prefix] = f.line()
	n.Prefix = prefix
	if n.Site == "" {
		n.Site = n.Building
	}
	if n.Site == "" {
		n.Site = n.Name
	}
	f.networks = append(f.networks, n)
}

// truth reads a flag; "" is unknown.
func truth(value string) (schema.Opt[bool], bool) {
	switch strings.ToLower(value) {
	case "":
		return schema.Opt[bool]{}, true
	case "1", "true":
		return schema.Some(true), true
	case "0", "false":
		return schema.Some(false), true
	}
	return schema.Opt[bool]{}, false
}
