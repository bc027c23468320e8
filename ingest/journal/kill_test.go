package journal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/trunkline-cc/trunkline/schema"
)

// killEnv makes this test binary a process that commits until it is killed.
const killEnv = "TRUNKLINE_JOURNAL_TO_KILL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killEnv); dir != "" {
		commitForever(dir)
	}
	os.Exit(m.Run())
}

// commitForever says each acknowledged mark on its standard output.
func commitForever(dir string) {
	j, err := Open(Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for mark := j.Mark("udp") + 1; ; mark++ {
		cut := cutOf(mark, reports("acme", testTime, int(mark%50)), trunks(int(mark%3)))
		if _, err := j.Commit(context.Background(), cut); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(mark)
	}
}

// TestKill9 kills a committing process again and again: every acknowledged cut
// is there, and rows and ledger agree.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		acknowledged := killAfter(t, dir, 20+7*round)
		j := open(t, Options{Dir: dir})
		rows := 0
		for _, e := range j.Pending(1<<20, nil) {
			b, err := j.OpenBatch(e.ID)
			if err != nil {
				t.Fatal(err)
			}
			b.Close()
			rows += b.Rows
		}
		l := j.Ledger()[0]
		if l.Mark < acknowledged {
			t.Errorf("mark %d, but %d was acknowledged", l.Mark, acknowledged)
		}
		want := uint64(0)
		for mark := uint64(1); mark <= l.Mark; mark++ {
			want += mark%50 + mark%3
		}
		if l.Rows != want || uint64(rows) != want || l.Datagrams != 10*l.Mark {
			t.Errorf("up to mark %d: %d rows in files, ledger %+v, want %d", l.Mark, rows, l, want)
		}
		if s := j.Stats(); s.DeadLetters != 0 {
			t.Errorf("stats %+v", s)
		}
		j.Close()
	}
}

// killAfter runs the process until it has acknowledged n cuts more, kills it
// and returns the last mark it acknowledged.
func killAfter(t *testing.T, dir string, n int) (acknowledged uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for i := 0; lines.Scan(); i++ {
		if i == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		var mark uint64
		if _, err := fmt.Sscan(lines.Text(), &mark); err != nil {
			if i <= n {
				t.Fatalf("the process says %q", lines.Text())
			}
			break // cut off by the kill
		}
		acknowledged = mark
	}
	_ = cmd.Wait() // it was killed
	return acknowledged
}

// BenchmarkCommit is a cut of a second's reports at 4,000 a second. b.N is in
// cuts; the time is mostly the disk's.
func BenchmarkCommit(b *testing.B) {
	j := open(b, Options{Dir: b.TempDir(), MaxBytes: 1 << 40})
	row := schema.MediaReport{Tenant: "acme", Time: testTime, Trunk: "sbc.example.com", Codec: "PCMU", Fact: schema.Fact{Source: "udp"}}
	rows := reports("acme", testTime, 0)
	for b.Loop() {
		for i := range 4000 {
			row.ReportID = schema.ReportID{byte(i), byte(i >> 8)}
			rows.Append(&row)
		}
		receipt, err := j.Commit(context.Background(), Cut{Rows: []RowSet{rows}})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := j.Done(receipt.Batches[0]); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
