package app_test

import (
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// TestRenamedListenerLeavesNothingWaiting stops the process while reports wait
// for their SIP, and starts it with a listener of another name: they end in
// quarantine, and the ledger of the old name balances.
func TestRenamedListenerLeavesNothingWaiting(t *testing.T) {
	t.Parallel()
	cfg := configureHEP(t, config.TransportUDP)
	cfg.Attribution.Grace = config.Duration(3 * time.Second)
	first, err := app.New(cfg, app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	old := cfg.Listeners[0].Name
	dial(t, first, old).media(worldCalls()[""], time.Now().UTC(), 0, 4, true)
	await(t, first, "four reports waiting", func(s app.Status) bool { return s.Attribution.Waiting == 4 && s.Listeners[0].Reports == 4 })
	stop(t, first)

	renamed := cfg
	renamed.Listeners = append([]config.Listener(nil), cfg.Listeners...)
	renamed.Listeners[0].Name = "renamed"
	a := start(t, renamed)
	c := store(t, cfg)
	deadline := time.After(time.Minute)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for count(t, c, "SELECT count() FROM quarantine FINAL WHERE listener = '"+old+"'") != 4 {
		select {
		case <-ticker.C:
		case <-deadline:
			t.Fatalf("the reports of %s are still waiting: %+v", old, a.Ledger(old))
		}
	}
	if e := a.Ledger(old); e.Reports != 4 || e.Quarantined != 4 || e.Held != e.Released {
		t.Errorf("the ledger of %s does not balance: %+v", old, e)
	}
}
