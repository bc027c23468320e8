package journal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// oneFile returns the path of the journal's only batch file.
func oneFile(t testing.TB, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, batchesDir, "*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("files %v, %v", paths, err)
	}
	return paths[0]
}

// TestEveryDamageIsSeen changes any one byte of a batch file or cuts it off
// anywhere: it never opens.
func TestEveryDamageIsSeen(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir})
	id := commit(t, j, cutOf(1, reports("acme", testTime, 3))).Batches[0]
	path := oneFile(t, dir)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b, _, err := openBatch(path, id); err != nil {
		t.Fatalf("the undamaged file: %v", err)
	} else {
		b.Close()
	}
	rapid.Check(t, func(t *rapid.T) {
		damaged := bytes.Clone(whole)
		at := rapid.IntRange(0, len(whole)-1).Draw(t, "at")
		switch rapid.SampledFrom([]string{"flip", "cut", "grow"}).Draw(t, "damage") {
		case "flip":
			damaged[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		case "cut":
			damaged = damaged[:at]
		case "grow":
			damaged = append(damaged, damaged[:at+1]...)
		}
		damagedPath := filepath.Join(dir, "damaged")
		if err := os.WriteFile(damagedPath, damaged, fileMode); err != nil {
			t.Fatal(err)
		}
		if _, _, err := openBatch(damagedPath, id); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("got %v, want ErrCorrupt", err)
		}
	})
}

func TestCorruptFileBlocksNobody(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"body":      func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"header":    func(b []byte) []byte { b[20] ^= 1; return b },
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"empty":     func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := Options{Dir: dir}
			j := open(t, o)
			commit(t, j, cutOf(1, reports("acme", testTime, 3)))
			path := oneFile(t, dir)
			good := commit(t, j, cutOf(2, reports("acme", testTime, 4))).Batches[0]
			j.Close()
			whole, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, damage(whole), fileMode); err != nil {
				t.Fatal(err)
			}
			j = open(t, o)
			for _, e := range j.Pending(10, nil) {
				b, err := j.OpenBatch(e.ID)
				if e.ID == good && err != nil {
					t.Errorf("the good batch: %v", err)
				} else if err == nil {
					b.Close()
				} else if !errors.Is(err, ErrCorrupt) {
					t.Errorf("the bad batch: %v", err)
				}
			}
			if got := j.Pending(10, nil); len(got) != 1 || got[0].ID != good {
				t.Errorf("pending %+v, want the good batch alone", got)
			}
			items, err := List(dir)
			if err != nil {
				t.Fatal(err)
			}
			if len(items) != 2 || items[1].State != StateDead || !strings.Contains(items[1].Reason, "corrupt") {
				t.Errorf("items %+v, want a dead letter with its reason", items)
			}
			if s := j.Stats(); s.DeadLetters != 1 || s.Buried != 1 {
				t.Errorf("stats %+v", s)
			}
			if _, err := Retry(dir); !errors.Is(err, ErrCorrupt) {
				t.Errorf("retry of a corrupt letter: %v", err)
			}
		})
	}
}

// TestLogCutOffAnywhere cuts the log at every byte: whole records count, the
// cut one does not, and files follow.
func TestLogCutOffAnywhere(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir})
	ends := []int64{0}
	for mark := uint64(1); mark <= 2; mark++ {
		commit(t, j, Cut{Ledger: []LedgerEntry{{Listener: "udp", Mark: mark, Rows: 1}}})
		ends = append(ends, j.wal.size)
	}
	j.Close()
	whole, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) + 1 {
		for _, tail := range [][]byte{nil, make([]byte, 64)} {
			want := uint64(0)
			for n, end := range ends {
				if int64(cut) >= end {
					want = uint64(n)
				}
			}
			if err := os.WriteFile(filepath.Join(dir, logName), append(bytes.Clone(whole[:cut]), tail...), fileMode); err != nil {
				t.Fatal(err)
			}
			j, err := Open(Options{Dir: dir})
			if err != nil {
				t.Fatalf("cut at %d: %v", cut, err)
			}
			if got := j.Mark("udp"); got != want {
				t.Fatalf("cut at %d of %d: mark %d, want %d", cut, len(whole), got, want)
			}
			commit(t, j, Cut{Ledger: []LedgerEntry{{Listener: "udp", Mark: 99}}})
			j.Close()
			if j, err = Open(Options{Dir: dir}); err != nil || j.Mark("udp") != 99 {
				t.Fatalf("cut at %d: cannot go on: %v", cut, err)
			}
			j.Close()
		}
	}
}

func TestDamagedLogIsKept(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir})
	for mark := uint64(1); mark <= 3; mark++ {
		commit(t, j, Cut{Ledger: []LedgerEntry{{Listener: "udp", Mark: mark}}})
	}
	j.Close()
	log, err := os.ReadFile(filepath.Join(dir, logName))
	if err != nil {
		t.Fatal(err)
	}
	// What stands there then still reads well.
	damaged := bytes.Replace(log, []byte(`"mark":2`), []byte(`"mark":7`), 1)
	if bytes.Equal(damaged, log) {
		t.Fatal("nothing to damage")
	}
	if err := os.WriteFile(filepath.Join(dir, logName), damaged, fileMode); err != nil {
		t.Fatal(err)
	}
	tmp := filepath.Join(dir, batchesDir, fileName{id: schema.BatchID{7}, tmp: true}.String())
	if err := os.WriteFile(tmp, []byte("perhaps committed"), fileMode); err != nil {
		t.Fatal(err)
	}
	j = open(t, Options{Dir: dir})
	if got := j.Mark("udp"); got != 1 {
		t.Errorf("mark %d, want that of the first record", got)
	}
	items, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 2 || items[0].State != StateDead || !strings.HasSuffix(items[1].Name, ".damaged") {
		t.Errorf("items %+v, want the unsure file and the damaged log", items)
	}
}

func TestFailedWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir})
	// A directory stands where the second file would be written.
	ids := []schema.BatchID{{1}, {2}}
	j.o.newID = func() schema.BatchID { id := ids[0]; ids = ids[1:]; return id }
	if err := os.Mkdir(j.tmpPath(schema.BatchID{2}), dirMode); err != nil {
		t.Fatal(err)
	}
	cut := cutOf(1, reports("acme", testTime, 1), trunks(1))
	if _, err := j.Commit(context.Background(), cut); err == nil {
		t.Fatal("want an error")
	}
	if s := j.Stats(); s.Bytes != 0 || s.Files != 0 || len(j.Ledger()) != 0 {
		t.Errorf("stats %+v, ledger %+v", s, j.Ledger())
	}
	if err := os.Remove(j.tmpPath(schema.BatchID{2})); err != nil {
		t.Fatal(err)
	}
	ids = []schema.BatchID{{1}, {2}}
	commit(t, j, cut)
	if l := j.Ledger()[0]; l.Rows != 2 {
		t.Errorf("ledger %+v", l)
	}
}

func TestLogIsCompacted(t *testing.T) {
	dir := t.TempDir()
	j := open(t, Options{Dir: dir, Now: time.Now})
	bucket := schema.Bucket{Table: "media_reports", Tenant: "acme", Minute: 5}
	if err := j.Touch([]schema.Bucket{bucket}); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 1<<10)
	for mark := uint64(1); mark <= 100; mark++ {
		commit(t, j, Cut{Ledger: []LedgerEntry{{Listener: "udp", Mark: mark, Rows: 1, Refused: map[string]uint64{big: 1}}}})
	}
	before := j.wal.size
	j.Close()
	j = open(t, Options{Dir: dir})
	if j.wal.size > before/10 {
		t.Errorf("log has %d bytes, had %d", j.wal.size, before)
	}
	if l := j.Ledger()[0]; l.Mark != 100 || l.Rows != 100 || l.Refused[big] != 100 {
		t.Errorf("ledger %+v", l)
	}
	if got := bucketsOf(j.Dirty()); len(got) != 1 || got[0] != bucket {
		t.Errorf("dirty %+v", got)
	}
}
