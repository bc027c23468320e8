package app

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// progress remembers how far an import came: after each cut a line for every
// file that is in the journal, and for the one that is being read. The file is
// removed when an import has come to its end, so that the next one imports
// everything again, which changes nothing but heals a store that was set up
// anew. A line that was cut off by a crash counts as not written: its
// documents are then imported once more.
type progress struct {
	path   string
	tenant schema.TenantID
	known  map[string]progressLine
	file   *os.File
}

// progressLine says how many documents of a file are in the journal.
type progressLine struct {
	Path     string          `json:"path"`
	Size     int64           `json:"size"`
	Modified time.Time       `json:"modified"`
	Tenant   schema.TenantID `json:"tenant"`
	// Documents are counted with those that were refused; Whole means all.
	Documents int  `json:"documents,omitempty"`
	Whole     bool `json:"whole,omitempty"`
}

// openProgress reads what an interrupted import of a tenant left. Without path
// nothing is remembered.
func openProgress(path string, tenant schema.TenantID, restart bool) (*progress, error) {
	p := &progress{path: path, tenant: tenant, known: map[string]progressLine{}}
	if path == "" {
		return p, nil
	}
	if restart {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return p, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var line progressLine
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Tenant == tenant {
			p.known[line.Path] = line
		}
	}
	return p, lines.Err()
}

// of says how many documents of a file are in the journal, or that all are. A
// file that has changed is another one.
func (p *progress) of(f *RecordFile) (documents int, whole bool) {
	line, ok := p.known[absolute(f.Path)]
	if !ok || f.Size < 0 || line.Size != f.Size || !line.Modified.Equal(f.Modified) {
		return 0, false
	}
	return line.Documents, line.Whole
}

// absolute names a file whatever the folder that the next import is called in.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// save notes durably that files are in the journal, and so many documents of
// current.
func (p *progress) save(whole []RecordFile, current *RecordFile, documents int) error {
	if p.path == "" || len(whole) == 0 && current == nil {
		return nil
	}
	if p.file == nil {
		f, err := os.OpenFile(p.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		p.file = f
		// Behind a line that a crash cut off, a new one begins.
		if _, err := f.WriteString("\n"); err != nil {
			return err
		}
	}
	var lines []byte
	add := func(f *RecordFile, documents int, whole bool) error {
		if f.Size < 0 { // standard input comes once
			return nil
		}
		line, err := json.Marshal(progressLine{Path: absolute(f.Path), Size: f.Size, Modified: f.Modified, Tenant: p.tenant, Documents: documents, Whole: whole})
		lines = append(append(lines, line...), '\n')
		return err
	}
	for i := range whole {
		if err := add(&whole[i], 0, true); err != nil {
			return err
		}
	}
	if current != nil {
		if err := add(current, documents, false); err != nil {
			return err
		}
	}
	if _, err := p.file.Write(lines); err != nil {
		return err
	}
	return p.file.Sync()
}

// finish forgets the import, which has come to its end.
func (p *progress) finish() error {
	if p.path == "" {
		return nil
	}
	if err := p.close(); err != nil {
		return err
	}
	if err := os.Remove(p.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (p *progress) close() error {
	if p.file == nil {
		return nil
	}
	f := p.file
	p.file = nil
	return f.Close()
}
