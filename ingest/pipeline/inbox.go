package pipeline

import (
	"sync"
	"sync/atomic"
)

// inbox is where a shard finds what the attributor has decided since it looked
// last. Putting into it never blocks.
type inbox struct {
	source *Source
	filled atomic.Bool

	mu sync.Mutex
	mail
}

// mail is what is in an inbox.
type mail struct {
	settled      []settled
	calls        []CallFact
	quarantined  []QuarantineFact
	callsRefused uint64
}

func (b *inbox) do(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	b.filled.Store(true)
}

func (b *inbox) put(s settled)      { b.do(func() { b.mail.settled = append(b.mail.settled, s) }) }
func (b *inbox) putCall(f CallFact) { b.do(func() { b.calls = append(b.calls, f) }) }
func (b *inbox) putQuarantined(f QuarantineFact) {
	b.do(func() { b.quarantined = append(b.quarantined, f) })
}
func (b *inbox) refuseCall() { b.do(func() { b.callsRefused++ }) }

// take empties the inbox.
func (b *inbox) take() (m mail, ok bool) {
	if !b.filled.Load() {
		return mail{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	m, b.mail = b.mail, mail{}
	b.filled.Store(false)
	return m, true
}
