package clickhouse

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A MergeTree table with a deduplication window writes the block of an INSERT
// into its log before it puts the part in place. A process that is killed in
// between leaves a log that knows a block which was never stored: the client,
// which got no answer, sends it again, is told that it is there already, and the
// rows are lost. So before each start the logs are compared with the parts.

// healDeduplication removes from all logs below store the blocks that no part
// holds, and gives their number. The engine must not be running.
func healDeduplication(store string) (healed int, err error) {
	logs, err := filepath.Glob(filepath.Join(store, "store", "*", "*", "deduplication_logs"))
	if err != nil {
		return 0, err
	}
	for _, dir := range logs {
		n, err := healTable(filepath.Dir(dir), dir)
		if err != nil {
			return healed, fmt.Errorf("deduplication log %s: %w", dir, err)
		}
		healed += n
	}
	return healed, nil
}

// healTable does so for one table.
func healTable(table, logs string) (int, error) {
	entries, err := os.ReadDir(table)
	if err != nil {
		return 0, err
	}
	var parts []part
	for _, e := range entries {
		if p, ok := parsePart(e.Name()); ok && e.IsDir() {
			parts = append(parts, p)
		}
	}
	files, err := filepath.Glob(filepath.Join(logs, "deduplication_log_*.txt"))
	if err != nil {
		return 0, err
	}
	healed := 0
	for _, file := range files {
		n, err := healFile(file, parts)
		if err != nil {
			return healed, err
		}
		healed += n
	}
	return healed, nil
}

// healFile rewrites one file without the additions whose part is not there. What
// was dropped on purpose has a line of its own, which is kept.
func healFile(file string, parts []part) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var kept bytes.Buffer
	removed := 0
	for line := range bytes.Lines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) || orphan(string(line), parts) {
			removed++ // a line without end was being written when the process died
			continue
		}
		kept.Write(line)
	}
	if removed == 0 {
		return 0, nil
	}
	next := file + ".new"
	if err := os.WriteFile(next, kept.Bytes(), 0o640); err != nil {
		return 0, err
	}
	return removed, os.Rename(next, file)
}

// opAdd is the log's word for a block that was added.
const opAdd = "1"

// orphan reports whether a line adds a block that no part holds. A line of
// another make is the engine's business.
func orphan(line string, parts []part) bool {
	fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	if len(fields) != 3 || fields[0] != opAdd {
		return false
	}
	added, ok := parsePart(fields[1])
	return ok && !slices.ContainsFunc(parts, func(p part) bool {
		return p.partition == added.partition && p.first <= added.first && added.last <= p.last
	})
}

// part is what the name of a part's directory says: partition, first and last
// block, level, and the mutation if there was one.
type part struct {
	partition   string
	first, last int64
}

func parsePart(name string) (part, bool) {
	fields := strings.Split(name, "_")
	if len(fields) != 4 && len(fields) != 5 || fields[0] == "" {
		return part{}, false
	}
	var n [4]int64
	for i, field := range fields[1:] {
		var err error
		if n[i], err = strconv.ParseInt(field, 10, 64); err != nil || n[i] < 0 {
			return part{}, false
		}
	}
	return part{fields[0], n[0], n[1]}, true
}
