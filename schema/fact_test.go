package schema

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
)

func TestMinuteAndMonth(t *testing.T) {
	for _, c := range []struct {
		at     string
		minute string
		month  Month
	}{
		{"2026-11-22T18:30:59.999999Z", "2026-11-22T18:30:00Z", 202611},
		{"2026-12-01T00:00:00+01:00", "2026-11-30T23:00:00Z", 202611},
		{"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:00Z", 196912},
		{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", 197001},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Bucket{Minute: MinuteOf(at)}).Time().Format(time.RFC3339); got != c.minute {
			t.Errorf("%s: minute %s, want %s", c.at, got, c.minute)
		}
		if got := MonthOf(at); got != c.month {
			t.Errorf("%s: month %d, want %d", c.at, got, c.month)
		}
	}
}

func TestOptIsNullOrValue(t *testing.T) {
	data, err := json.Marshal([]Opt[int]{{}, Some(0)})
	if err != nil || string(data) != "[null,0]" {
		t.Fatalf("got %s, %v", data, err)
	}
	var back []Opt[int]
	if err := json.Unmarshal(data, &back); err != nil || back[0].OK || back[1] != Some(0) {
		t.Errorf("got %+v, %v", back, err)
	}
}

func TestParseBatchID(t *testing.T) {
	id := BatchID{0: 0x01, 5: 0xff, 15: 0x0a}
	text := "01000000-00ff-0000-0000-00000000000a"
	if id.String() != text {
		t.Errorf("got %s, want %s", id, text)
	}
	if back, err := ParseBatchID(text); err != nil || back != id {
		t.Errorf("got %v, %v", back, err)
	}
	for _, bad := range []string{"", text[:35], text + "0", "0100000000ff-0000-0000-00000000000a-", "g1000000-00ff-0000-0000-00000000000a"} {
		if _, err := ParseBatchID(bad); !errors.Is(err, ErrID) {
			t.Errorf("%q: got %v, want ErrID", bad, err)
		}
	}
}
