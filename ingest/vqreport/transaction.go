package vqreport

import (
	"container/list"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// transactionLife is Timer J over UDP: 64 times T1 (RFC 3261 section 17.2.2).
const transactionLife = 32 * time.Second

// transactionKey tells a request from a request sent again (RFC 3261 section
// 17.2.3). The source is part of it, so that nobody gets another's answer.
type transactionKey struct {
	source netip.AddrPort
	id     string
}

func keyOf(r *sip.Request, source netip.AddrPort) transactionKey {
	via := r.Via()
	if branch, ok := via.Params.Get("branch"); ok && strings.HasPrefix(strings.ToLower(branch), "z9hg4bk") && len(branch) > 7 {
		return transactionKey{source, strings.Join([]string{branch, strings.ToLower(via.SentBy()), string(r.Method)}, "\x00")}
	}
	// A client from before RFC 3261.
	return transactionKey{source, strings.Join([]string{
		r.Recipient.String(), r.From().Value(), r.To().Value(), r.CallID().Value(), r.CSeq().Value(), via.Value(),
	}, "\x00")}
}

// transactions remembers the answers to recent requests.
type transactions struct {
	mu  sync.Mutex
	max int
	all map[transactionKey]*list.Element
	// old is the order of creation.
	old *list.List
}

type transaction struct {
	key   transactionKey
	begun time.Time
	// answer is nil while the handler is at work.
	answer []byte
}

func newTransactions(limit int) *transactions {
	return &transactions{max: limit, all: make(map[transactionKey]*list.Element), old: list.New()}
}

// begin returns whether the request is new. For one that was answered before
// it returns the answer to send again.
func (t *transactions) begin(key transactionKey, now time.Time) (fresh bool, again []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := t.old.Front(); e != nil && now.Sub(e.Value.(*transaction).begun) > transactionLife; e = t.old.Front() {
		t.drop(e)
	}
	if e := t.all[key]; e != nil {
		return false, e.Value.(*transaction).answer
	}
	if t.old.Len() >= t.max {
		t.drop(t.old.Front())
	}
	t.all[key] = t.old.PushBack(&transaction{key: key, begun: now})
	return true, nil
}

// end remembers the answer.
func (t *transactions) end(key transactionKey, answer []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.all[key]; e != nil {
		e.Value.(*transaction).answer = answer
	}
}

// abandon forgets a request that was not looked at, so that it is new when it
// is sent again.
func (t *transactions) abandon(key transactionKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.all[key]; e != nil {
		t.drop(e)
	}
}

func (t *transactions) drop(e *list.Element) {
	delete(t.all, e.Value.(*transaction).key)
	t.old.Remove(e)
}
