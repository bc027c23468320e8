package udp

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
)

var (
	// ErrClosed is returned by Run of a closed listener.
	ErrClosed = errors.New("listener closed")
	// ErrRunning is returned by a second Run: a listener runs once.
	ErrRunning = errors.New("listener runs or has run")
	// ErrRingBusy is wrapped when another process holds the ring file.
	ErrRingBusy = errors.New("ring file is in use by another process")
	// ErrRingFormat is wrapped when the ring file is of another version, size
	// or machine, or no ring at all. It may hold datagrams, so it is left as it is.
	ErrRingFormat = errors.New("ring file does not fit")
	// ErrNoSocket is wrapped by errors of [InheritedSocket] when the process was
	// started without such a socket: open one by address instead.
	ErrNoSocket = errors.New("no inherited socket")
)

// backend is a socket and the slots that it is read into. All but interrupt
// and status are called by one goroutine at a time.
type backend interface {
	// recovered returns the first unreleased number and the one behind the
	// last, from an earlier process.
	recovered() (head, tail uint64)
	// receive reads up to limit datagrams into the slots of seq and those that
	// follow. With wait it returns at least one, or an error; without, 0 if
	// there is none. errInterrupted after interrupt.
	receive(seq uint64, limit int, wait bool) (int, error)
	// read looks at the datagram in the slot of seq.
	read(seq uint64, d *Datagram)
	// release makes it durable that the slots below head are free. It may be
	// called during receive.
	release(head uint64)
	// interrupt makes this and further calls of receive with wait return.
	interrupt()
	// localAddr is the bound address.
	localAddr() netip.AddrPort
	// status adds what the socket and the ring know.
	status(*Stats)
	// inherited says that somebody else keeps the socket open.
	inherited() bool
	// close lets go of the socket, and of the slots unless payloads are in use.
	close(inUse bool) error
}

var errInterrupted = errors.New("interrupted")

// Listener reads datagrams of one socket. Release, Stats and Addr may be called
// from any goroutine.
type Listener struct {
	options Options
	backend backend
	batch   []Datagram    // of Run, reused
	room    chan struct{} // signalled when head rises

	mu     sync.Mutex
	closed bool // Close was called
	// ringClosed: the ring is no longer ours.
	ringClosed bool
	cancel     context.CancelFunc // ends Run; nil before it
	done       chan struct{}      // closed when Run is over
	// head is the first unreleased number, tail the next to be received,
	// given the next to be given to Run's function.
	head, tail, given uint64

	count counters
}

type counters struct {
	received, receivedBytes, batches, replayed, tooLong, damaged, pauses atomic.Uint64

	paused atomic.Bool
}

// Listen opens the socket and the ring. Datagrams are read by [Listener.Run];
// until then they wait in the kernel.
func Listen(o Options) (*Listener, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	b, err := open(o)
	if err != nil {
		return nil, fmt.Errorf("udp: %w", err)
	}
	l := &Listener{
		options: o,
		backend: b,
		batch:   make([]Datagram, 0, o.BatchSize),
		room:    make(chan struct{}, 1),
	}
	l.head, l.tail = b.recovered()
	l.given = l.head
	if n := l.tail - l.head; n > 0 {
		o.Logger.Info("datagrams of an earlier process will be replayed", "count", n, "first", l.head)
	}
	return l, nil
}

// Addr is the address that the socket is bound to.
func (l *Listener) Addr() netip.AddrPort { return l.backend.localAddr() }

// Run gives datagrams to f in order of Seq, first those that an earlier process
// left, until ctx ends or the listener is closed; it then reads what is left in
// the kernel, unless the socket is an inherited one whose queue the next process
// can read, and returns nil. It returns an error when the socket fails.
//
// f is called by one goroutine, batch after batch; the slice is reused, the
// payloads stay until released. While the ring is full Run waits for Release. A
// listener runs once.
func (l *Listener) Run(ctx context.Context, f func(batch []Datagram)) error {
	ctx, err := l.begin(ctx)
	if err != nil {
		return fmt.Errorf("udp: %w", err)
	}
	defer close(l.done)
	defer l.cancel()
	defer context.AfterFunc(ctx, l.backend.interrupt)()

	l.replay(f)
	for l.awaitRoom(ctx) {
		if _, err := l.receive(f, true); errors.Is(err, errInterrupted) {
			break
		} else if err != nil {
			return fmt.Errorf("udp: receive: %w", err)
		}
	}
	return l.drain(f)
}

// begin lets one Run happen.
func (l *Listener) begin(ctx context.Context) (context.Context, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, ErrClosed
	case l.done != nil:
		return nil, ErrRunning
	}
	ctx, l.cancel = context.WithCancel(ctx)
	l.done = make(chan struct{})
	return ctx, nil
}

// replay gives what is unreleased from before.
func (l *Listener) replay(f func([]Datagram)) {
	for l.given < l.tail {
		n := min(uint64(l.options.BatchSize), l.tail-l.given)
		l.give(f, int(n), true)
		l.count.replayed.Add(n)
	}
}

// drain reads what the kernel holds when reading ends, at most a ring full:
// under a flood it would never end.
func (l *Listener) drain(f func([]Datagram)) error {
	if l.backend.inherited() {
		return nil
	}
	for left := l.options.Slots; left > 0 && l.free() > 0; {
		n, err := l.receive(f, false)
		if err != nil {
			return fmt.Errorf("udp: drain: %w", err)
		}
		if n == 0 {
			return nil
		}
		left -= n
	}
	return nil
}

// receive reads one batch and gives it to f. There must be room.
func (l *Listener) receive(f func([]Datagram), wait bool) (int, error) {
	n, err := l.backend.receive(l.tail, min(l.options.BatchSize, l.free()), wait)
	if n == 0 {
		return 0, err
	}
	l.mu.Lock()
	l.tail += uint64(n)
	l.mu.Unlock()
	l.count.batches.Add(1)
	l.count.received.Add(uint64(n))
	l.give(f, n, false)
	return n, err
}

// give looks at the next n datagrams and hands them over.
func (l *Listener) give(f func([]Datagram), n int, replayed bool) {
	l.batch = l.batch[:n]
	var bytes uint64
	for i := range l.batch {
		d := &l.batch[i]
		*d = Datagram{Seq: l.given + uint64(i), Replayed: replayed}
		l.backend.read(d.Seq, d)
		bytes += uint64(len(d.Payload))
		switch d.Refused {
		case TooLong:
			l.count.tooLong.Add(1)
		case Damaged:
			l.count.damaged.Add(1)
		}
	}
	if !replayed {
		l.count.receivedBytes.Add(bytes)
	}
	l.mu.Lock()
	l.given += uint64(n)
	l.mu.Unlock()
	f(l.batch)
}

// free is how many slots are not in use.
func (l *Listener) free() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.options.Slots - int(l.tail-l.head)
}

// awaitRoom returns true when there is a free slot, false when reading is to end.
func (l *Listener) awaitRoom(ctx context.Context) bool {
	if ctx.Err() != nil {
		return false
	}
	if l.free() > 0 {
		return true
	}
	l.count.pauses.Add(1)
	l.count.paused.Store(true)
	defer l.count.paused.Store(false)
	l.options.Logger.Warn("the ring is full: reading waits for the journal", "slots", l.options.Slots)
	for {
		select {
		case <-l.room:
			if l.free() > 0 {
				return true
			}
		case <-ctx.Done():
			return false
		}
	}
}

// Release says that every datagram up to and including seq is durable elsewhere
// and need not be replayed; their payloads are no longer valid. Numbers that
// were released before, or not given yet, do no harm and have no effect; nor has
// a call after Close, when the ring may be another's.
func (l *Listener) Release(seq uint64) {
	l.mu.Lock()
	head := min(seq, l.given-1) + 1
	if head <= l.head || l.ringClosed {
		l.mu.Unlock()
		return
	}
	l.backend.release(head)
	l.head = head
	l.mu.Unlock()
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// Stats returns a snapshot of the counters.
func (l *Listener) Stats() Stats {
	l.mu.Lock()
	unreleased := int(l.tail - l.head)
	l.mu.Unlock()
	s := Stats{
		Received:           l.count.received.Load(),
		ReceivedBytes:      l.count.receivedBytes.Load(),
		Batches:            l.count.batches.Load(),
		Replayed:           l.count.replayed.Load(),
		TooLong:            l.count.tooLong.Load(),
		Damaged:            l.count.damaged.Load(),
		Pauses:             l.count.pauses.Load(),
		Paused:             l.count.paused.Load(),
		Slots:              l.options.Slots,
		Unreleased:         unreleased,
		ReceiveBufferAsked: l.options.ReceiveBufferBytes,
	}
	l.backend.status(&s)
	return s
}

// Close ends Run, waits until it has drained the socket, and lets go of socket
// and ring. What was not released by then is replayed by the next listener on
// the ring; its payloads stay readable until that one has released them. A
// second Close does nothing; the function of Run must not call it.
func (l *Listener) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	cancel, done := l.cancel, l.done
	l.mu.Unlock()
	if done != nil {
		cancel()
		<-done
	}
	if s := l.Stats(); s.KernelDropsKnown && s.KernelQueueBytes > 0 && !l.backend.inherited() {
		l.options.Logger.Warn("datagrams in the kernel's queue are given up", "bytes", s.KernelQueueBytes)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ringClosed = true
	if err := l.backend.close(l.tail > l.head); err != nil {
		return fmt.Errorf("udp: close: %w", err)
	}
	return nil
}
