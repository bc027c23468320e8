package contract

import (
	"net/http"
	"strings"
	"testing"
)

// testSessions keeps state under a name, and nothing without one.
func testSessions(t *testing.T, s *suite) {
	in := func(id, sql string, more ...string) answer {
		u := map[string]string{"session_id": id, "session_timeout": "60"}
		for i := 0; i+1 < len(more); i += 2 {
			u[more[i]] = more[i+1]
		}
		return s.do(t, call{url: u, body: strings.NewReader(sql)})
	}
	if a := in("a "+s.database, "SELECT 1", "session_check", "1"); a.header.Get("X-ClickHouse-Exception-Code") != "372" {
		t.Errorf("a session that is not there: %d, %s", a.status, a.body)
	}
	id, other := "one "+s.database, "two "+s.database
	if a := in(id, "CREATE TEMPORARY TABLE kept (n UInt8)"); a.status != http.StatusOK {
		t.Fatalf("temporary table: %d, %s", a.status, a.body)
	}
	in(id, "INSERT INTO kept VALUES (1), (2)")
	if a := in(id, "SELECT sum(n) FROM kept"); a.body != "3\n" {
		t.Errorf("temporary table in its session: %d, %q", a.status, a.body)
	}
	if a := in(other, "SELECT sum(n) FROM kept"); a.header.Get("X-ClickHouse-Exception-Code") != "60" {
		t.Errorf("temporary table in another session: %d, %q", a.status, a.body)
	}
	in(id, "SET max_threads = 5")
	if a := in(id, "SELECT getSetting('max_threads')"); a.body != "5\n" {
		t.Errorf("SET in a session: %q, want 5", a.body)
	}
	if a := in(id, "SELECT getSetting('max_threads')", "max_threads", "2"); a.body != "2\n" {
		t.Errorf("a setting of the request in a session: %q, want 2", a.body)
	}
	if a := in(id, "SELECT getSetting('max_threads')"); a.body != "5\n" {
		t.Errorf("SET of a session after a request with its own: %q, want 5", a.body)
	}
	if got := s.post(t, "SELECT getSetting('max_threads') = 5"); got != "0\n" {
		t.Error("a setting of a session is in force outside of it")
	}
	// A failed statement leaves nothing behind.
	in(id, "SELECT throwIf(number = 55) FROM numbers(100) SETTINGS max_block_size = 10 FORMAT JSON")
	if a := in(id, "SELECT 'next' FORMAT CSV"); a.body != "\"next\"\n" {
		t.Errorf("after a failed statement: %q", a.body)
	}
	if a := in(id, "SELECT 1", "session_check", "1"); a.status != http.StatusOK {
		t.Errorf("a session that is there: %d, %s", a.status, a.body)
	}
}
