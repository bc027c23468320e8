//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// childLog names the file that makes this program the child of
// TestKillLosesNothing instead of a test.
const childLog = "UDP_TEST_CHILD_LOG"

func TestMain(m *testing.M) {
	if name := os.Getenv(childLog); name != "" {
		if err := runChild(name, os.Getenv(childLog+"_RING")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if ring := os.Getenv(childDies); ring != "" {
		fmt.Fprintln(os.Stderr, dieAfterReceive(ring)) // only if it lives
		os.Exit(1)
	}
	if os.Getenv(childInherits) != "" {
		if err := runInheriting(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// childDies names the ring and makes this program the child of
// TestKillRightAfterReceive.
const childDies = "UDP_TEST_CHILD_DIES"

// dieAfterReceive lets the kernel write what waits into the ring and dies
// before another instruction of the listener: no mark, no checksum, no number
// taken.
func dieAfterReceive(ring string) error {
	o, err := killOptions(ring, os.NewFile(firstInherited, "socket")).complete()
	if err != nil {
		return err
	}
	opened, err := open(o)
	if err != nil {
		return err
	}
	b := opened.(*kernelBackend)
	_, b.seq = b.recovered()
	b.room = 4
	b.ring.arm(b.seq + uint64(b.room))
	if err := b.raw.Control(func(fd uintptr) {
		b.tryReceive(fd)
		if b.n > 0 {
			_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		}
	}); err != nil {
		return err
	}
	return fmt.Errorf("nothing was received: %w", b.errno)
}

// childInherits makes this program the child of TestInheritedSocket.
const childInherits = "UDP_TEST_CHILD_INHERITS"

// runInheriting prints the first datagram of the socket called media.
func runInheriting() error {
	socket, err := InheritedSocket("media")
	if err != nil {
		return err
	}
	l, err := Listen(Options{File: socket})
	if err != nil {
		return err
	}
	if err := socket.Close(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := l.Run(ctx, func(batch []Datagram) {
		fmt.Printf("%s\n", batch[0].Payload)
		cancel()
	}); err != nil {
		return err
	}
	return l.Close()
}

// endMark is the number of the first of the datagrams that end the last child.
const endMark = 1 << 40

// killOptions are those of the child's listener: a ring that is gone round
// several times in the test.
func killOptions(ring string, socket *os.File) Options {
	return Options{File: socket, RingPath: ring, Slots: 512, SlotBytes: 256, BatchSize: 32}
}

// runChild is a consumer as the pipeline is one: it writes down what it is
// given ("D seq number"), releases now and then what it has written down, and
// writes that down ("R seq"). The file stands for the journal: it survives kill.
func runChild(name, ring string) error {
	out, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	socket := os.NewFile(firstInherited, "socket")
	l, err := Listen(killOptions(ring, socket))
	if err != nil {
		return err
	}
	socket.Close()
	if _, err := fmt.Fprintf(out, "T %d\n", l.Stats().Torn); err != nil {
		return err
	}
	fmt.Println("up")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failed := make(chan error, 1)
	err = l.Run(ctx, func(batch []Datagram) {
		var lines []byte
		for _, d := range batch {
			if d.Refused != Accepted {
				failed <- fmt.Errorf("datagram %d refused: %v", d.Seq, d.Refused)
				cancel()
				return
			}
			lines = fmt.Appendf(lines, "D %d %d\n", d.Seq, number(d))
		}
		last := batch[len(batch)-1]
		if _, err := out.Write(lines); err != nil {
			failed <- err
			cancel()
			return
		}
		end := number(last) >= endMark
		if end || rand.IntN(4) == 0 {
			l.Release(last.Seq)
			fmt.Fprintf(out, "R %d\n", last.Seq)
		}
		if end {
			cancel()
		}
	})
	select {
	case err = <-failed:
	default:
	}
	if closing := l.Close(); err == nil {
		err = closing
	}
	return err
}
