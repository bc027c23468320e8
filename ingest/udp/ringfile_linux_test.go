//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// session runs a listener on the ring file until it has n datagrams, releases
// up to a number, and closes it.
func session(t *testing.T, path string, n int, release uint64, payloads ...[]byte) []Datagram {
	t.Helper()
	c := newCollector()
	l, err := Listen(small(Options{RingPath: path}))
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- l.Run(context.Background(), c.take) }()
	send(t, dial(t, l.Addr()), payloads...)
	got := c.await(t, n)
	l.Release(release)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	first := session(t, path, 3, 1, numbered(1), make([]byte, 300), numbered(3))
	second := session(t, path, 3, 0, numbered(4))
	for i, want := range first[1:] {
		got := second[i]
		want.Replayed = true
		if got.Dst.Addr() != want.Dst.Addr() || got.Dst.Port() == 0 {
			t.Errorf("replayed to %v, was to %v", got.Dst, want.Dst)
		}
		// The new socket has another port; a listener of a service has not.
		got.Dst = want.Dst
		if !bytes.Equal(got.Payload, want.Payload) || got.Seq != want.Seq || got.Size != want.Size || got.Refused != want.Refused ||
			!got.At.Equal(want.At) || got.Src != want.Src || !got.Replayed {
			t.Errorf("replayed %+v, was %+v", got, want)
		}
	}
	if d := second[2]; d.Seq != 4 || d.Replayed || number(d) != 4 {
		t.Errorf("new one: %+v", d)
	}
	if third := session(t, path, 3, 4); third[2].Seq != 4 || !third[2].Replayed {
		t.Errorf("all unreleased again: %+v", third)
	}
	if last := session(t, path, 1, 5, numbered(5)); last[0].Seq != 5 || last[0].Replayed {
		t.Errorf("all released: %+v", last)
	}
}

// TestReplayFillsTheRing: a ring that was left full starts full.
func TestReplayFillsTheRing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	var payloads [][]byte
	for n := 1; n <= 64; n++ {
		payloads = append(payloads, numbered(n))
	}
	session(t, path, 64, 0, payloads...)
	got := session(t, path, 64, 10)
	for i, d := range got {
		if number(d) != i+1 || d.Seq != uint64(i+1) {
			t.Fatalf("replayed %d: %+v", i+1, d)
		}
	}
	if got := session(t, path, 55, 65, numbered(65)); number(got[54]) != 65 || got[0].Seq != 11 {
		t.Errorf("around the end: %+v ... %+v", got[0], got[54])
	}
}

func TestRingIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	l, err := Listen(small(Options{RingPath: path}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(small(Options{RingPath: path})); !errors.Is(err, ErrRingBusy) {
		t.Errorf("second listener: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if l, err = Listen(small(Options{RingPath: path})); err != nil {
		t.Fatalf("after Close: %v", err)
	}
	l.Close()
}

// TestForeignFileIsLeftAlone: what is refused is not touched.
func TestForeignFileIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	session(t, path, 1, 0, numbered(1))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o := small(Options{RingPath: path})
	o.Slots = 128
	if _, err := Listen(o); !errors.Is(err, ErrRingFormat) || !strings.Contains(err.Error(), path) {
		t.Errorf("other number of slots: %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file was changed: %v", err)
	}
	if got := session(t, path, 1, 1); number(got[0]) != 1 {
		t.Errorf("with the old settings: %+v", got)
	}
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(small(Options{RingPath: path})); !errors.Is(err, ErrRingFormat) {
		t.Errorf("text file: %v", err)
	}
}

// TestInterruptedCreation: a half-made file of an earlier start does not harm.
func TestInterruptedCreation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	if err := os.WriteFile(path+".new", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	session(t, path, 1, 0, numbered(1))
	if _, err := os.Stat(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left over: %v", err)
	}
	if _, err := Listen(small(Options{RingPath: filepath.Join(path, "below", "a", "file")})); err == nil {
		t.Error("a path that cannot be is accepted")
	}
}

// TestOtherBootOfFile changes the boot in the file, as a reboot does.
func TestOtherBootOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ring")
	session(t, path, 2, 0, numbered(1), numbered(2))
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l := layoutFor(64, 256, messageSize, slotSize)
	file[offsetBoot] ^= 1
	file[l.slotsAt+1*l.stride+slotSize] ^= 1 // payload of 1
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	got := session(t, path, 3, 3, numbered(3))
	if got[0].Refused != Damaged || got[0].Payload != nil || got[1].Refused != Accepted || number(got[1]) != 2 || got[2].Seq != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestSmallReceiveBufferIsTold(t *testing.T) {
	var log bytes.Buffer
	o := small(Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	// More than any system has as limit, unless we are privileged beyond it.
	o.ReceiveBufferBytes = 1 << 30
	l, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := l.Stats()
	told := strings.Contains(log.String(), "net.core.rmem_max")
	if told != (s.ReceiveBufferBytes < s.ReceiveBufferAsked) {
		t.Errorf("granted %d of %d; log: %s", s.ReceiveBufferBytes, s.ReceiveBufferAsked, log.String())
	}
}

// TestKernelDropsAreCounted floods a socket that nobody reads.
func TestKernelDropsAreCounted(t *testing.T) {
	o := small(Options{})
	o.ReceiveBufferBytes = 4096
	l, err := Listen(o)
	if err != nil {
		t.Fatal(err)
	}
	conn := dial(t, l.Addr())
	const sent = 500
	for n := range sent {
		send(t, conn, numbered(n))
	}
	c := newCollector()
	ran := make(chan error, 1)
	released := func(batch []Datagram) {
		c.take(batch)
		l.Release(batch[len(batch)-1].Seq)
	}
	go func() { ran <- l.Run(context.Background(), released) }()
	c.await(t, 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ran; err != nil {
		t.Fatal(err)
	}
	s := l.Stats()
	if !s.KernelDropsKnown || s.KernelDrops == 0 || s.Received+s.KernelDrops != sent {
		t.Errorf("%d received + %d dropped, want %d in all", s.Received, s.KernelDrops, sent)
	}
}

func TestDropCounterWraps(t *testing.T) {
	var c dropCounter
	for _, step := range []struct {
		reading uint32
		want    uint64
	}{{5, 5}, {3, 5}, {5, 5}, {1 << 31, 1 << 31}, {1<<32 - 1, 1<<32 - 1}, {2, 1<<32 + 2}, {1<<32 - 1, 1<<32 + 2}} {
		if c.seen(step.reading); c.total.Load() != step.want {
			t.Errorf("after reading %d: %d, want %d", step.reading, c.total.Load(), step.want)
		}
	}
}

func TestWriteZeros(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "zeros"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const size = 2<<20 + 4096
	if err := writeZeros(f, size); err != nil {
		t.Fatal(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != size {
		t.Errorf("size %d, %v", info.Size(), err)
	}
	if err := writeZeros(fullDisk{}, size); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("full disk: %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) WriteAt([]byte, int64) (int, error) { return 0, unix.ENOSPC }

func TestReceiveAllocatesNothing(t *testing.T) {
	l, err := Listen(small(Options{RingPath: filepath.Join(t.TempDir(), "ring")}))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn := dial(t, l.Addr())
	payload := numbered(1)
	release := func(batch []Datagram) { l.Release(batch[len(batch)-1].Seq) }
	allocs := testing.AllocsPerRun(200, func() {
		send(t, conn, payload)
		if n, err := l.receive(release, true); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations per datagram", allocs)
	}
}
