package mediaqos

import "testing"

func TestInterval(t *testing.T) {
	for _, c := range []struct {
		name           string
		prev, cur      counts
		expected, lost int32
		reason         Baseline
	}{
		{"plain", counts{1000, 5}, counts{1250, 15}, 250, 10, BaselineNone},
		{"no loss", counts{1000, 5}, counts{1250, 5}, 250, 0, BaselineNone},
		{"duplicates", counts{1000, 5}, counts{1250, 2}, 250, -3, BaselineNone},
		{"cumulative below zero", counts{1000, -2}, counts{1250, -5}, 250, -3, BaselineNone},
		{"all lost", counts{1000, 0}, counts{1250, 250}, 250, 250, BaselineNone},
		{"every packet twice", counts{1000, 0}, counts{1250, -250}, 250, -250, BaselineNone},
		{"16-bit wrap", counts{0x0000fff0, 0}, counts{0x00010010, 1}, 32, 1, BaselineNone},
		{"32-bit wrap", counts{0xfffffff0, 0}, counts{0x00000010, 1}, 32, 1, BaselineNone},
		{"sign of the counter", counts{0x7fffffff, 0}, counts{0x80000001, 0}, 2, 0, BaselineNone},
		{"largest step", counts{0, 0}, counts{1 << 15, 0}, 1 << 15, 0, BaselineNone},

		{"idle", counts{1000, 5}, counts{1000, 5}, 0, 0, BaselineIdle},
		{"jump", counts{0, 0}, counts{1<<15 + 1, 0}, 0, 0, BaselineSeqJump},
		{"half the circle", counts{0, 0}, counts{1<<31 - 1, 0}, 0, 0, BaselineSeqJump},
		{"backwards", counts{1000, 5}, counts{999, 5}, 0, 0, BaselineRestart},
		{"backwards by half the circle", counts{0, 0}, counts{1 << 31, 0}, 0, 0, BaselineRestart},
		{"more lost than sent", counts{1000, 0}, counts{1250, 251}, 0, 0, BaselineRestart},
		{"counter begun anew", counts{1000, 900}, counts{1250, 0}, 0, 0, BaselineRestart},
		{"24-bit wrap instead of a clamp", counts{1000, 8388600}, counts{1250, -8388600}, 0, 0, BaselineRestart},
		{"upper clamp", counts{1000, 8388600}, counts{1250, 8388607}, 0, 0, BaselineClamped},
		{"at the upper clamp", counts{1000, 8388607}, counts{1250, 8388607}, 0, 0, BaselineClamped},
		{"lower clamp", counts{1000, -8388608}, counts{1250, -8388600}, 0, 0, BaselineClamped},
		{"beyond 24 bits", counts{1000, -2147483648}, counts{1250, 2147483647}, 0, 0, BaselineClamped},
	} {
		expected, lost, reason := interval(c.prev, c.cur)
		if expected != c.expected || lost != c.lost || reason != c.reason {
			t.Errorf("%s: expected %d lost %d %q, want %d %d %q", c.name, expected, lost, reason, c.expected, c.lost, c.reason)
		}
		// The reference says the same.
		var d Derived
		recomputeLoss(&Wire{ExtendedSeq: c.prev.extendedSeq, CumulativeLost: c.prev.cumulativeLost},
			&Wire{ExtendedSeq: c.cur.extendedSeq, CumulativeLost: c.cur.cumulativeLost}, &d)
		if d.Baseline != c.reason || d.Expected.V != c.expected || d.Lost.V != c.lost || d.Expected.OK != (c.reason == BaselineNone) {
			t.Errorf("%s: the reference says %+v", c.name, d)
		}
	}
}

func TestJitterMillis(t *testing.T) {
	for _, c := range []struct {
		ticks, clock uint32
		want         Opt[float64]
	}{
		{80, 8000, Some(10.)}, {480, 48000, Some(10.)}, {0, 8000, Some(0.)}, {80, 0, Opt[float64]{}},
	} {
		if got := jitterMillis(c.ticks, c.clock); got != c.want {
			t.Errorf("%d ticks at %d Hz: %v, want %v", c.ticks, c.clock, got, c.want)
		}
	}
}
