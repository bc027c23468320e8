package journal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

func TestListRetryDrop(t *testing.T) {
	dir := t.TempDir()
	now := testTime
	j := open(t, Options{Dir: dir, Now: func() time.Time { now = now.Add(time.Second); return now }})
	waiting := commit(t, j, cutOf(1, reports("acme", testTime, 1))).Batches[0]
	sent := commit(t, j, cutOf(2, reports("acme", testTime, 2))).Batches[0]
	bad := commit(t, j, cutOf(3, reports("acme", testTime, 3))).Batches[0]
	worse := commit(t, j, cutOf(4, reports("acme", testTime, 4))).Batches[0]
	if _, err := j.MarkSent(sent); err != nil {
		t.Fatal(err)
	}
	for _, id := range []schema.BatchID{bad, worse} {
		if err := j.Bury(id, "code 27: no such thing"); err != nil {
			t.Fatal(err)
		}
	}
	items, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, item := range items {
		got = append(got, item.State+" "+strings.TrimSuffix(item.Name, batchSuffix))
		if item.Table != "media_reports" || item.Bytes == 0 || item.Rows == 0 || item.Created.IsZero() {
			t.Errorf("item %+v", item)
		}
		if (item.State == StateDead) != (item.Reason == "code 27: no such thing") {
			t.Errorf("item %+v", item)
		}
		if (item.State == StateSent) == item.Sent.IsZero() {
			t.Errorf("item %+v", item)
		}
	}
	want := []string{"waiting " + waiting.String(), "sent " + sent.String(), "dead " + bad.String(), "dead " + worse.String()}
	slices.Sort(want[2:])
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}

	// The owner is at work; it notices at the next rescan.
	done, err := Retry(dir, bad.String())
	if err != nil || len(done) != 1 {
		t.Fatalf("retry: %v, %v", done, err)
	}
	if len(j.Pending(10, nil)) != 2 {
		t.Error("the batch came back without a rescan")
	}
	<-j.Ready()
	if err := j.Rescan(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-j.Ready():
	default:
		t.Error("a rescan that found a batch does not tell the sink")
	}
	if got := j.Pending(10, nil); len(got) != 3 || got[2].ID != bad {
		t.Errorf("pending %+v", got)
	}
	if s := j.Stats(); s.DeadLetters != 1 {
		t.Errorf("stats %+v", s)
	}
	if done, err := Drop(dir); err != nil || len(done) != 1 {
		t.Errorf("drop: %v, %v", done, err)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, deadDir)); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := Drop(dir, worse.String()); !errors.Is(err, ErrUnknown) {
		t.Errorf("drop of nothing: %v", err)
	}
	if _, err := List(filepath.Join(dir, "nothing")); err == nil {
		t.Error("a directory that is no journal was listed")
	}
}

func TestNamesCannotLeaveTheDirectory(t *testing.T) {
	dir := t.TempDir()
	open(t, Options{Dir: dir})
	outside := filepath.Join(dir, "outside.batch")
	if err := os.WriteFile(outside, nil, fileMode); err != nil {
		t.Fatal(err)
	}
	if _, err := Drop(dir, "../outside.batch"); !errors.Is(err, ErrUnknown) {
		t.Errorf("got %v, want ErrUnknown", err)
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

// lostVolume makes a journal that its process has left: two batches, one of
// them sent, a dead letter, a ledger and a dirty bucket.
func lostVolume(t *testing.T) (dir string, ids []schema.BatchID) {
	dir = t.TempDir()
	j := open(t, Options{Dir: dir, Now: func() time.Time { return testTime }})
	for mark := range uint64(3) {
		ids = append(ids, commit(t, j, cutOf(100+mark, reports("acme", testTime, 2))).Batches[0])
	}
	if _, err := j.MarkSent(ids[1]); err != nil {
		t.Fatal(err)
	}
	if err := j.Bury(ids[2], "refused"); err != nil {
		t.Fatal(err)
	}
	if err := j.Touch([]schema.Bucket{{Table: "media_reports", Tenant: "bolt", Minute: 7}}); err != nil {
		t.Fatal(err)
	}
	j.abandon()
	return dir, ids
}

// checkAdopted looks for the lost volume's content beside the owner's own.
func checkAdopted(t *testing.T, j *Journal, ids []schema.BatchID) {
	t.Helper()
	pending := map[schema.BatchID]Entry{}
	for _, e := range j.Pending(10, nil) {
		pending[e.ID] = e
	}
	if len(pending) != 3 || pending[ids[0]].Rows != 2 || pending[ids[1]].Sent.IsZero() {
		t.Errorf("pending %+v, want two more, one of them sent", pending)
	}
	if s := j.Stats(); s.DeadLetters != 1 || s.DirtyBuckets != 1 {
		t.Errorf("stats %+v", s)
	}
	l := j.Ledger()[0]
	if l.Rows != 7 || l.Datagrams != 40 || l.Mark != 5 {
		t.Errorf("ledger %+v, want the sums of both and the own mark", l)
	}
}

func TestAdopt(t *testing.T) {
	lost, ids := lostVolume(t)
	own := t.TempDir()
	j := open(t, Options{Dir: own})
	commit(t, j, cutOf(5, reports("acme", testTime, 1)))
	given, err := Adopt(own, Options{Dir: lost})
	if err != nil {
		t.Fatal(err)
	}
	if given.Batches != 2 || given.Rows != 4 || given.DeadLetters != 1 || given.Ledger[0].Rows != 6 {
		t.Errorf("handed over %+v", given)
	}
	if err := j.Rescan(); err != nil {
		t.Fatal(err)
	}
	checkAdopted(t, j, ids)
	j.Close()
	j = open(t, Options{Dir: own})
	checkAdopted(t, j, ids)

	// The lost volume is empty and begins anew.
	again := open(t, Options{Dir: lost})
	if s := again.Stats(); s.Files != 0 || s.DeadLetters != 0 || len(again.Ledger()) != 0 || again.volume == given.Volume {
		t.Errorf("the lost volume: %+v", s)
	}
}

// TestAdoptAfterCrashes ends the handing over and the taking in where it hurts
// and repeats them.
func TestAdoptAfterCrashes(t *testing.T) {
	dead := func(step string) func(string) error {
		return func(at string) error {
			if at == step {
				return errors.New("dead")
			}
			return nil
		}
	}
	lost, ids := lostVolume(t)
	own := t.TempDir()
	j := open(t, Options{Dir: own})
	commit(t, j, cutOf(5, reports("acme", testTime, 1)))
	if _, err := Adopt(own, Options{Dir: lost, crash: dead("published")}); err == nil {
		t.Fatal("did not crash")
	}
	// Nobody but the taker may open it now.
	if _, err := Open(Options{Dir: lost}); !errors.Is(err, ErrHandedOver) {
		t.Errorf("open: %v, want ErrHandedOver", err)
	}
	if _, err := Adopt(t.TempDir(), Options{Dir: lost}); !errors.Is(err, ErrHandedOver) {
		t.Errorf("adopt into another: %v, want ErrHandedOver", err)
	}
	// The same again, before the owner has taken it in.
	if _, err := Adopt(own, Options{Dir: lost}); err != nil {
		t.Fatal(err)
	}
	j.o.crash = dead("moved in")
	if err := j.Rescan(); err == nil {
		t.Fatal("did not crash")
	}
	j.abandon()
	j = open(t, Options{Dir: own})
	checkAdopted(t, j, ids)
}

// TestAdoptTwice has the owner take everything in before the lost volume could
// be emptied, so that it gets the same once more.
func TestAdoptTwice(t *testing.T) {
	lost, ids := lostVolume(t)
	own := t.TempDir()
	j := open(t, Options{Dir: own})
	commit(t, j, cutOf(5, reports("acme", testTime, 1)))
	published := errors.New("dead")
	if _, err := Adopt(own, Options{Dir: lost, crash: func(string) error { return published }}); !errors.Is(err, published) {
		t.Fatalf("did not crash: %v", err)
	}
	for range 2 {
		if err := j.Rescan(); err != nil {
			t.Fatal(err)
		}
		checkAdopted(t, j, ids)
		if _, err := Adopt(own, Options{Dir: lost}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Rescan(); err != nil {
		t.Fatal(err)
	}
	checkAdopted(t, j, ids)
}

func TestAdoptNeedsTheOwnerGone(t *testing.T) {
	lost, own := t.TempDir(), t.TempDir()
	open(t, Options{Dir: lost})
	if _, err := Adopt(own, Options{Dir: lost}); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	if _, err := Adopt(lost, Options{Dir: lost}); err == nil {
		t.Error("a journal took over itself")
	}
	if _, err := Adopt(own, Options{Dir: filepath.Join(lost, "nothing")}); err == nil {
		t.Error("a directory that is no journal was taken over")
	}
}
