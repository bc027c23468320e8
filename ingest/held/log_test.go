package held

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)
	agent = netip.MustParseAddrPort("203.0.113.1:4000")
	noisy = netip.MustParseAddrPort("203.0.113.2:4000")
	us    = netip.MustParseAddrPort("[2001:db8::9]:9060")
)

// scratch is where fsync costs nothing, if there is such a place.
func scratch() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return ""
}

func tempDir(t testing.TB) string {
	dir, err := os.MkdirTemp(scratch(), "held")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func open(t testing.TB, path string, o Options) *Log {
	t.Helper()
	o.Path = path
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func sip(l *Log, listener, call string, from netip.AddrPort, size int) Record {
	return Record{ID: l.NextID(), Kind: KindSIP, Form: 1, Listener: listener, Call: call, Received: noon, At: noon.Add(-time.Second), Src: from, Dst: us, Payload: make([]byte, size)}
}

func report(l *Log, listener string) Record {
	return Record{ID: l.NextID(), Kind: KindReport, Form: 1, Listener: listener, Reports: 2, Received: noon, Src: agent, Dst: us, Payload: []byte("report")}
}

func ids(all []Record) (out []uint64) {
	for _, r := range all {
		out = append(out, r.ID)
	}
	return out
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	path := filepath.Join(tempDir(t), "held")
	l := open(t, path, Options{})
	want := []Record{sip(l, "a", "call-1", agent, 300), report(l, "a")}
	want[1].At = time.Time{} // unknown stays unknown
	if err := l.Append("a", 1, want, nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, Options{})
	defer l.Close()
	got := l.Replay()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if l.NextID() <= want[1].ID {
		t.Error("an id is given twice")
	}
	if again := l.Replay(); len(again) != 0 {
		t.Errorf("given again: %v", again)
	}
}

// TestOnlyCommittedCutsCount: what a cut added or released that the journal does
// not have is as if it had never been, also after a later cut takes its number.
func TestOnlyCommittedCutsCount(t *testing.T) {
	path := filepath.Join(tempDir(t), "held")
	l := open(t, path, Options{})
	kept, other := report(l, "a"), report(l, "b")
	mustAppend(t, l, "a", 1, []Record{kept}, nil)
	mustAppend(t, l, "b", 7, []Record{other}, nil)
	mustAppend(t, l, "a", 2, []Record{report(l, "a")}, []uint64{kept.ID})
	l.Close()
	committed := map[string]uint64{"a": 1, "b": 7}
	o := Options{Committed: func(listener string) uint64 { return committed[listener] }}
	l = open(t, path, o)
	if got := ids(l.Replay()); !slices.Equal(got, []uint64{kept.ID, other.ID}) {
		t.Fatalf("alive %v, want %v", got, []uint64{kept.ID, other.ID})
	}
	again := report(l, "a")
	mustAppend(t, l, "a", 2, []Record{again}, nil)
	l.Committed("a", 2)
	l.Close()
	committed["a"] = 2
	l = open(t, path, o)
	defer l.Close()
	if got := ids(l.Replay()); !slices.Equal(got, []uint64{kept.ID, other.ID, again.ID}) {
		t.Errorf("alive %v, want %v", got, []uint64{kept.ID, other.ID, again.ID})
	}
}

func mustAppend(t testing.TB, l *Log, listener string, cut uint64, records []Record, released []uint64) {
	t.Helper()
	if err := l.Append(listener, cut, records, released); err != nil {
		t.Fatal(err)
	}
}

// TestDamageCostsWhatItHits flips a byte in the middle, and cuts the end off.
func TestDamageCostsWhatItHits(t *testing.T) {
	path := filepath.Join(tempDir(t), "held")
	l := open(t, path, Options{})
	var all []Record
	for range 5 {
		all = append(all, report(l, "a"))
	}
	mustAppend(t, l, "a", 1, all, nil)
	l.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	one := len(whole) / 5
	damaged := slices.Clone(whole[:len(whole)-3])
	damaged[one+one/2] ^= 0x40
	if err := os.WriteFile(path, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, Options{})
	defer l.Close()
	if got := ids(l.Replay()); !slices.Equal(got, []uint64{all[0].ID, all[2].ID, all[3].ID}) {
		t.Errorf("alive %v, want the first, third and fourth", got)
	}
	if s := l.Stats(); s.Damaged != 1 || s.FileBytes != int64(3*one) {
		t.Errorf("%+v, want one frame damaged and the file written anew", s)
	}
}

// TestBadRecordCostsItself: one record that cannot be kept takes neither the
// others of its cut nor the releases with it.
func TestBadRecordCostsItself(t *testing.T) {
	path := filepath.Join(tempDir(t), "held.log")
	l := open(t, path, Options{})
	old, good, bad := report(l, "hep"), report(l, "hep"), report(l, "hep")
	mustAppend(t, l, "hep", 1, []Record{old}, nil)
	l.Committed("hep", 1)
	bad.Payload = make([]byte, maxFrameBytes+1)
	if err := l.Append("hep", 2, []Record{bad, good}, []uint64{old.ID}); !errors.Is(err, ErrRecord) {
		t.Fatalf("%v, want ErrRecord", err)
	}
	l.Committed("hep", 2)
	if s := l.Stats(); s.Records != 1 {
		t.Errorf("%d records alive, want one", s.Records)
	}
	l.Close()
	l = open(t, path, Options{})
	defer l.Close()
	if got := ids(l.Replay()); !slices.Equal(got, []uint64{good.ID}) {
		t.Errorf("read back %v, want %d", got, good.ID)
	}
}

// TestTornTailIsCounted, also when the file is written anew behind it.
func TestTornTailIsCounted(t *testing.T) {
	path := filepath.Join(tempDir(t), "held.log")
	l := open(t, path, Options{})
	mustAppend(t, l, "hep", 1, []Record{report(l, "hep")}, nil)
	l.Close()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("torn")
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	l = open(t, path, Options{})
	defer l.Close()
	if s := l.Stats(); s.CutOff != 4 || s.Records != 1 || s.FileBytes != s.LiveBytes {
		t.Errorf("%+v", s)
	}
}

// TestFloodDropsItsOwn: beyond the limit the oldest SIP of the sender who has
// most goes; reports and the SIP of others stay.
func TestFloodDropsItsOwn(t *testing.T) {
	l := open(t, filepath.Join(tempDir(t), "held"), Options{MaxBytes: 64 << 10})
	defer l.Close()
	quiet, waits := sip(l, "a", "quiet", agent, 500), report(l, "a")
	mustAppend(t, l, "a", 1, []Record{quiet, waits}, nil)
	for i := range 500 {
		mustAppend(t, l, "a", uint64(i+2), []Record{sip(l, "a", fmt.Sprint("noise-", i), noisy, 500)}, nil)
	}
	s := l.Stats()
	calls := l.Calls()
	if s.LiveBytes > s.MaxBytes || s.DroppedSIP < 300 || s.Reports != 1 || !slices.Contains(calls, "quiet") || !slices.Contains(calls, "noise-499") || slices.Contains(calls, "noise-0") {
		t.Errorf("%+v, calls %v", s, calls)
	}
}

// TestLogAgainstModel does everything in any order, with restarts.
func TestLogAgainstModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(scratch(), "held")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "held")
		cuts := map[string]uint64{}
		o := Options{Path: path, CompactBytes: 1, Committed: func(l string) uint64 { return cuts[l] }}
		l, err := Open(o)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { l.Close() }()
		alive := map[uint64]Record{}
		// forgotten SIP may come back with a restart, as long as the file was
		// not written anew.
		forgotten := map[uint64]bool{}
		check := func(got []Record) {
			for _, r := range got {
				if _, known := alive[r.ID]; !known && !forgotten[r.ID] {
					rt.Fatalf("record %d is alive and should not be", r.ID)
				}
				delete(alive, r.ID)
			}
			for id := range alive {
				rt.Fatalf("record %d is lost", id)
			}
			alive = map[uint64]Record{}
			for _, r := range got {
				alive[r.ID] = r
			}
		}
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			listener := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "listener")
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			default:
				var add []Record
				for range rapid.IntRange(0, 3).Draw(rt, "reports") {
					add = append(add, report(l, listener))
				}
				for range rapid.IntRange(0, 3).Draw(rt, "sip") {
					add = append(add, sip(l, listener, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "call"), agent, 50))
				}
				var release []uint64
				for id, r := range alive {
					if r.Kind == KindReport && r.Listener == listener && rapid.Bool().Draw(rt, "release") {
						release = append(release, id)
					}
				}
				if err := l.Append(listener, cuts[listener]+1, add, release); err != nil {
					rt.Fatal(err)
				}
				if rapid.IntRange(0, 4).Draw(rt, "dies before the commit") == 0 {
					l.Close()
					if l, err = Open(o); err != nil {
						rt.Fatal(err)
					}
					check(l.Replay())
					continue
				}
				cuts[listener]++
				l.Committed(listener, cuts[listener])
				for _, r := range add {
					alive[r.ID] = r
				}
				for _, id := range release {
					delete(alive, id)
				}
			case 0:
				call := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "over")
				l.Forget(func(c string) bool { return c == call })
				for id, r := range alive {
					if r.Call == call {
						delete(alive, id)
						forgotten[id] = true
					}
				}
				fallthrough
			case 1:
				if err := l.Compact(); err != nil {
					rt.Fatal(err)
				}
			case 2:
				l.Close()
				if l, err = Open(o); err != nil {
					rt.Fatal(err)
				}
				check(l.Replay())
			}
			if s := l.Stats(); s.LiveBytes > s.FileBytes || s.Err != nil {
				rt.Fatalf("%+v", s)
			}
		}
		l.Close()
		if l, err = Open(o); err != nil {
			rt.Fatal(err)
		}
		check(l.Replay())
	})
}

// FuzzOpen: whatever is in the file, it opens, and what it gives can be kept
// again.
func FuzzOpen(f *testing.F) {
	frames := appendRecord(nil, 1, &Record{ID: 3, Kind: KindReport, Listener: "a", Received: noon, Src: agent, Dst: us, Payload: []byte("x")})
	f.Add(appendRelease(frames, "a", 2, []uint64{3, 4}))
	f.Add(frames[:len(frames)-1])
	f.Add(append([]byte{1, 2, 3}, frames...))
	f.Add(make([]byte, 64))
	f.Fuzz(func(t *testing.T, content []byte) {
		dir, err := os.MkdirTemp(scratch(), "held")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "held")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		l := open(t, path, Options{})
		first := ids(l.Replay())
		s := l.Stats()
		l.Close()
		if s.LiveBytes != s.FileBytes && s.Records > 0 && s.Damaged > 0 {
			t.Fatalf("damage was not left behind: %+v", s)
		}
		l = open(t, path, Options{})
		defer l.Close()
		if second := ids(l.Replay()); !slices.Equal(first, second) {
			t.Fatalf("alive %v, and then %v", first, second)
		}
	})
}
