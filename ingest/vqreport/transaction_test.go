package vqreport

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

func keyFrom(t *testing.T, text, source string) transactionKey {
	t.Helper()
	msg, err := sip.ParseMessage([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return keyOf(msg.(*sip.Request), netip.MustParseAddrPort(source))
}

func TestTransactionKey(t *testing.T) {
	const here = "192.0.2.1:5060"
	base := keyFrom(t, publish("1"), here)
	if keyFrom(t, publish("1", "Max-Forwards: 70", "Max-Forwards: 69"), here) != base {
		t.Error("the same request is another")
	}
	old := publish("1", "z9hG4bK1", "1")
	for name, other := range map[string]transactionKey{
		"branch":  keyFrom(t, publish("2"), here),
		"sent-by": keyFrom(t, publish("1", "192.0.2.1:5060", "192.0.2.1:5061"), here),
		"method":  keyFrom(t, publish("1", "PUBLISH sip", "CANCEL sip", "7 PUBLISH", "7 CANCEL"), here),
		"source":  keyFrom(t, publish("1"), "192.0.2.2:5060"),
		"old":     keyFrom(t, old, here),
	} {
		if other == base {
			t.Errorf("%s makes no difference", name)
		}
	}
	// RFC 2543: no magic cookie, so the branch proves nothing.
	again := keyFrom(t, publish("1", "z9hG4bK1", "1", "Max-Forwards: 70", "Max-Forwards: 69"), here)
	if keyFrom(t, old, here) != again || again == keyFrom(t, publish("1", "z9hG4bK1", "1", "7 PUBLISH", "8 PUBLISH"), here) {
		t.Error("an old client's request is not told by its CSeq")
	}
}

func TestTransactionsAreBounded(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	key := func(i int) transactionKey { return transactionKey{id: fmt.Sprint(i)} }
	ts := newTransactions(100)
	for i := range 1000 {
		if fresh, _ := ts.begin(key(i), now); !fresh {
			t.Fatal(i)
		}
		ts.end(key(i), []byte{byte(i)})
	}
	if len(ts.all) != 100 || ts.old.Len() != 100 {
		t.Errorf("%d and %d kept", len(ts.all), ts.old.Len())
	}
	if fresh, again := ts.begin(key(999), now.Add(transactionLife)); fresh || len(again) != 1 {
		t.Error("forgotten too early")
	}
	if fresh, _ := ts.begin(key(999), now.Add(transactionLife+1)); !fresh || len(ts.all) != 1 {
		t.Errorf("remembered too long: %d", len(ts.all))
	}
	ts.abandon(key(999))
	if fresh, again := ts.begin(key(999), now.Add(transactionLife+1)); !fresh || again != nil {
		t.Error("abandoned, yet not new")
	}
}
