package chdb

import "testing"

func TestParseError(t *testing.T) {
	for _, c := range []struct {
		text string
		want Error
	}{
		{"Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)", Error{60, "UNKNOWN_TABLE", "Table x does not exist. (UNKNOWN_TABLE)"}},
		{"Code: 210. DB::NetException: refused (127.0.0.1:9). (NETWORK_ERROR) (version 26.7.2.1)", Error{210, "NETWORK_ERROR", "refused (127.0.0.1:9). (NETWORK_ERROR) (version 26.7.2.1)"}},
		{"Code: 49. DB::Exception: send_insert does not support it", Error{49, "", "send_insert does not support it"}},
		{"something went wrong", Error{49, "", "something went wrong"}},
		{"Code: 0. DB::Exception: odd", Error{49, "", "odd"}},
		{"Code: 99999999999999999999. DB::Exception: odd", Error{49, "", "odd"}},
		{"", Error{49, "", ""}},
	} {
		if got := *ParseError(c.text); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.text, got, c.want)
		}
	}
	if got := (&Error{60, "UNKNOWN_TABLE", "no x"}).Error(); got != "Code: 60. DB::Exception: no x (UNKNOWN_TABLE)" {
		t.Error(got)
	}
}

func TestOlderThan(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"26.7.3", "26.7.3", false},
		{"26.7.2", "26.7.3", true},
		{"26.8", "26.7.3", false},
		{"26.7", "26.7.3", true},
		{"27", "26.7.3", false},
		{"26.7.10-stable.1", "26.7.3", false},
		{"", "26.7.3", true},
		{"4.0.0", "26.7.3", true},
	} {
		if got := olderThan(c.a, c.b); got != c.want {
			t.Errorf("olderThan(%q, %q) = %v", c.a, c.b, got)
		}
	}
}
