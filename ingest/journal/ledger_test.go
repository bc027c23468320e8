package journal

import (
	"encoding/json"
	"testing"
)

// TestLedgerCountsWhatIsHeld: sums over cuts, and what a full journal refuses is
// neither a row nor in quarantine, while what is held stays held.
func TestLedgerCountsWhatIsHeld(t *testing.T) {
	var sum LedgerEntry
	first := LedgerEntry{Mark: 10, Cut: 1, Reports: 9, Rows: 3, Duplicates: 1, Quarantined: 2, Held: 3}
	second := LedgerEntry{Mark: 20, Cut: 2, Reports: 4, Rows: 3, Quarantined: 2, Released: 2, Held: 1}.refused()
	sum.add(&first)
	sum.add(&second)
	if sum.Cut != 2 || sum.Mark != 20 || sum.Quarantined != 2 || sum.Rows != 3 || sum.Refused[RefusedFull] != 5 {
		t.Errorf("%+v", sum)
	}
	if sum.Reports != sum.Rows+sum.Duplicates+sum.Refused[RefusedFull]+sum.Quarantined+sum.Held-sum.Released {
		t.Errorf("the equation does not hold: %+v", sum)
	}
}

// TestAdoptedLedgerIsElsewheres: the numbers of cuts of a volume that is taken
// over are not ours, and what waited there is counted as refused, since nobody
// can end its wait.
func TestAdoptedLedgerIsElsewheres(t *testing.T) {
	lost, own := t.TempDir(), t.TempDir()
	j := open(t, Options{Dir: lost})
	commit(t, j, Cut{Ledger: []LedgerEntry{{Listener: "sbc", Mark: 900, Cut: 90, Reports: 9, Rows: 4, Held: 5, Released: 2, Quarantined: 2}}})
	j.Close()
	j = open(t, Options{Dir: own})
	commit(t, j, Cut{Ledger: []LedgerEntry{{Listener: "sbc", Mark: 10, Cut: 3, Reports: 1, Held: 1}}})
	given, err := Adopt(own, Options{Dir: lost})
	if err != nil || given.Lost != 3 {
		t.Fatalf("%+v, %v, want 3 reports named as lost", given, err)
	}
	if err := j.Rescan(); err != nil {
		t.Fatal(err)
	}
	e := j.Ledger()[0]
	if j.LastCut("sbc") != 3 || j.Mark("sbc") != 10 || e.Held-e.Released != 1 || e.Refused[RefusedHandedOver] != 3 {
		t.Errorf("cut %d, mark %d: %+v", j.LastCut("sbc"), j.Mark("sbc"), e)
	}
	if e.Reports != e.Rows+e.Duplicates+e.Refused[RefusedHandedOver]+e.Quarantined+e.Held-e.Released {
		t.Errorf("the equation does not hold: %+v", e)
	}
}

// TestLedgerOfBeforeReads: a log written before cuts were numbered.
func TestLedgerOfBeforeReads(t *testing.T) {
	var e LedgerEntry
	if err := json.Unmarshal([]byte(`{"listener":"sbc","mark":7,"datagrams":7,"reports":9,"rows":8,"duplicates":1}`), &e); err != nil {
		t.Fatal(err)
	}
	if e.Mark != 7 || e.Cut != 0 || e.Held != 0 {
		t.Errorf("%+v", e)
	}
	again, err := json.Marshal(e)
	if err != nil || string(again) != `{"listener":"sbc","mark":7,"datagrams":7,"reports":9,"rows":8,"duplicates":1}` {
		t.Errorf("written again: %s, %v", again, err)
	}
}
