package cli

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// fileKind is what a file is, by its first bytes.
type fileKind uint8

const (
	kindOther fileKind = iota
	// kindCapture is a pcap or pcapng file.
	kindCapture
	// kindJSON begins as JSON does, so that it may hold call records.
	kindJSON
)

// inputFile is a file to be imported.
type inputFile struct {
	path     string
	kind     fileKind
	size     int64 // -1 if not known
	modified time.Time
	// named on the command line, and not found in a folder that was.
	named bool
	// stdin is standard input; what was read of it to find out its kind comes
	// again.
	stdin io.Reader
}

// open opens the file.
func (f *inputFile) open() (io.ReadCloser, error) {
	if f.stdin != nil {
		return io.NopCloser(f.stdin), nil
	}
	return os.Open(f.path)
}

// findFiles lists the files that paths name, folders with all that is below
// them in the order of names; hidden files and folders are passed over.
func findFiles(paths []string, stdin io.Reader) ([]inputFile, error) {
	var files []inputFile
	for _, path := range paths {
		if path == "-" {
			in := bufio.NewReaderSize(stdin, 1<<16)
			head, _ := in.Peek(sniffBytes)
			files = append(files, inputFile{path: "-", kind: kindOf(head), size: -1, named: true, stdin: in})
			continue
		}
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			hidden := name != path && strings.HasPrefix(entry.Name(), ".")
			if entry.IsDir() {
				if hidden {
					return fs.SkipDir
				}
				return nil
			}
			if hidden {
				return nil
			}
			f, err := inspect(name)
			f.named = name == path
			if err == nil {
				files = append(files, f)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// inspect finds out what a file is.
func inspect(path string) (inputFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return inputFile{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return inputFile{}, err
	}
	if !info.Mode().IsRegular() {
		// A pipe that were read here would lack its beginning afterwards.
		return inputFile{path: path, kind: kindCapture, size: -1}, nil
	}
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 && info.Size() > 0 {
		return inputFile{}, fmt.Errorf("%s: %w", path, err)
	}
	return inputFile{path: path, kind: kindOf(head[:n]), size: info.Size(), modified: info.ModTime()}, nil
}

// sniffBytes is how much of a file tells what it is.
const sniffBytes = 4096

// kindOf tells a kind by a file's first bytes, gzipped or not.
func kindOf(head []byte) fileKind {
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(bytes.NewReader(head))
		if err != nil {
			return kindOther
		}
		// The head ends in the middle of the stream: what came before counts.
		plain := make([]byte, 512)
		n, _ := io.ReadFull(z, plain)
		head = plain[:n]
	}
	if len(head) >= 4 {
		switch binary.BigEndian.Uint32(head) {
		// pcap with microseconds and nanoseconds in both orders, and pcapng.
		case 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a:
			return kindCapture
		}
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	if len(head) > 0 && (head[0] == '{' || head[0] == '[') {
		return kindJSON
	}
	return kindOther
}
