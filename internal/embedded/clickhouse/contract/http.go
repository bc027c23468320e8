package contract

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func testHTTPPing(t *testing.T, s *suite) {
	r, err := client.Get(s.base.JoinPath("ping").String())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("/ping: %s", r.Status)
	}
	r, err = client.Get(s.base.JoinPath("no", "such", "page").String())
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusNotFound {
		t.Errorf("a page that is not there: %s", r.Status)
	}
}

func testHTTPStatus(t *testing.T, s *suite) {
	for _, c := range []struct {
		sql    string
		status int
		code   string
		text   string
	}{
		{"SELECT 1", 200, "", "1\n"},
		{"SELECT 1;", 200, "", "1\n"},
		{"SELECT x", 404, "47", "Code: 47. DB::Exception: "},
		{"SELECT", 400, "62", "Code: 62. DB::Exception: "},
		{"SELECT 1 FORMAT NoSuchFormat", 404, "73", "Code: 73. DB::Exception: "},
		{"USE no_such_database", 404, "81", "Code: 81. DB::Exception: "},
	} {
		a := s.do(t, call{body: strings.NewReader(c.sql)})
		if a.status != c.status || a.header.Get("X-ClickHouse-Exception-Code") != c.code || !strings.HasPrefix(a.body, c.text) {
			t.Errorf("%s: status %d, code %q, body %q; want %d, %q, %q", c.sql, a.status, a.header.Get("X-ClickHouse-Exception-Code"), a.body, c.status, c.code, c.text)
		}
	}
}

func testHTTPHeaders(t *testing.T, s *suite) {
	a := s.do(t, call{url: map[string]string{"query": "SELECT number FROM numbers(5)", "query_id": "of the contract", "default_format": "CSV"}})
	if a.status != http.StatusOK || a.body != "0\n1\n2\n3\n4\n" {
		t.Fatalf("status %d, body %q", a.status, a.body)
	}
	for header, want := range map[string]string{
		"X-ClickHouse-Query-Id": "of the contract",
		"X-ClickHouse-Format":   "CSV",
		"Content-Type":          "text/csv; charset=UTF-8; header=absent",
	} {
		if got := a.header.Get(header); got != want {
			t.Errorf("%s: %q, want %q", header, got, want)
		}
	}
	for _, header := range []string{"X-ClickHouse-Timezone", "X-ClickHouse-Server-Display-Name"} {
		if a.header.Get(header) == "" {
			t.Errorf("no %s", header)
		}
	}
	for _, figure := range []string{`"read_rows":"5"`, `"result_rows":"5"`, `"elapsed_ns":"`} {
		if summary := a.header.Get("X-ClickHouse-Summary"); !strings.Contains(summary, figure) {
			t.Errorf("X-ClickHouse-Summary %s lacks %s", summary, figure)
		}
	}
	if other := s.do(t, call{body: strings.NewReader("SELECT 1")}); other.header.Get("X-ClickHouse-Query-Id") == "" {
		t.Error("a query that was given no id got none")
	}
}

func testHTTPAuthentication(t *testing.T, s *suite) {
	if s.password == "" {
		t.Skip("the user of this server has no password")
	}
	target := func(q url.Values) string { u := s.base; u.RawQuery = q.Encode(); return u.String() }
	one := url.Values{"query": {"SELECT 1"}}
	inURL := url.Values{"query": {"SELECT 1"}, "user": {s.user}, "password": {s.password}}
	for _, c := range []struct {
		name   string
		url    string
		change func(*http.Request)
		ok     bool
	}{
		{"nothing", target(one), func(*http.Request) {}, false},
		{"Authorization", target(one), func(r *http.Request) { r.SetBasicAuth(s.user, s.password) }, true},
		{"Authorization with a wrong password", target(one), func(r *http.Request) { r.SetBasicAuth(s.user, s.password+"x") }, false},
		{"Authorization without a password", target(one), func(r *http.Request) { r.SetBasicAuth(s.user, "") }, false},
		{"Authorization with another user", target(one), func(r *http.Request) { r.SetBasicAuth("nobody", s.password) }, false},
		{"headers", target(one), func(r *http.Request) {
			r.Header.Set("X-ClickHouse-User", s.user)
			r.Header.Set("X-ClickHouse-Key", s.password)
		}, true},
		{"headers with a wrong password", target(one), func(r *http.Request) {
			r.Header.Set("X-ClickHouse-User", s.user)
			r.Header.Set("X-ClickHouse-Key", "x")
		}, false},
		{"URL", target(inURL), func(*http.Request) {}, true},
		{"URL with a wrong password", target(url.Values{"query": {"SELECT 1"}, "user": {s.user}, "password": {"x"}}), func(*http.Request) {}, false},
		{"headers and URL", target(inURL), func(r *http.Request) {
			r.Header.Set("X-ClickHouse-User", s.user)
			r.Header.Set("X-ClickHouse-Key", s.password)
		}, false},
	} {
		r, err := http.NewRequest(http.MethodPost, c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.change(r)
		got, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		got.Body.Close()
		refused := got.StatusCode == http.StatusForbidden || got.StatusCode == http.StatusUnauthorized
		if c.ok && got.StatusCode != http.StatusOK || !c.ok && !refused {
			t.Errorf("%s: %s", c.name, got.Status)
		}
	}
}

// testHTTPFormats asks for formats that stream and for those that are one
// document, over more than one block.
func testHTTPFormats(t *testing.T, s *suite) {
	const many = "SELECT number FROM numbers(60000) SETTINGS max_block_size = 20000"
	for _, c := range []struct {
		format string
		once   string // has to be in the output exactly once
		lines  int    // if it is not 0
	}{
		{"CSVWithNames", "\"number\"\n", 60001},
		{"TabSeparatedWithNamesAndTypes", "number\nUInt64\n", 60002},
		{"TabSeparated", "45678\n", 60000},
		{"JSONEachRow", "{\"number\":45678}\n", 60000},
		{"JSON", "\"meta\":", 0},
		{"JSONCompact", "\"rows\": 60000,", 0},
		{"Parquet", "", 0},
	} {
		a := s.do(t, call{body: strings.NewReader(many + " FORMAT " + c.format)})
		if a.status != http.StatusOK || a.header.Get("X-ClickHouse-Format") != c.format {
			t.Errorf("%s: status %d, format %q", c.format, a.status, a.header.Get("X-ClickHouse-Format"))
			continue
		}
		if c.once != "" && strings.Count(a.body, c.once) != 1 {
			t.Errorf("%s: %q is there %d times, want once", c.format, c.once, strings.Count(a.body, c.once))
		}
		if n := strings.Count(a.body, "\n"); c.lines != 0 && n != c.lines {
			t.Errorf("%s: %d lines, want %d", c.format, n, c.lines)
		}
		if c.format == "Parquet" && (!strings.HasPrefix(a.body, "PAR1") || strings.Count(a.body, "PAR1") != 2) {
			t.Errorf("Parquet: %d marks, want one at each end", strings.Count(a.body, "PAR1"))
		}
	}
}

func testHTTPParameters(t *testing.T, s *suite) {
	a := s.do(t, call{
		url:  map[string]string{"param_text": `it's \t`, "param_n": "41", "max_threads": "2"},
		body: strings.NewReader("SELECT {text:String}, {n:UInt8} + 1, getSetting('max_threads')"),
	})
	if want := "it\\'s \\t\t42\t2\n"; a.status != http.StatusOK || a.body != want {
		t.Errorf("status %d, body %q, want %q", a.status, a.body, want)
	}
	for name, c := range map[string]call{
		"unknown setting":   {url: map[string]string{"no_such_setting": "1", "query": "SELECT 1"}},
		"bad setting":       {url: map[string]string{"max_threads": "many", "query": "SELECT 1"}},
		"missing parameter": {url: map[string]string{"query": "SELECT {missing:UInt8}"}},
		"bad parameter":     {url: map[string]string{"query": "SELECT {n:UInt8}", "param_n": "many"}},
	} {
		if a := s.do(t, c); a.status < 400 || a.header.Get("X-ClickHouse-Exception-Code") == "" {
			t.Errorf("%s: status %d, body %q", name, a.status, a.body)
		}
	}
}

func testHTTPGet(t *testing.T, s *suite) {
	if a := s.do(t, call{method: http.MethodGet, url: map[string]string{"query": "SELECT 1"}}); a.status != http.StatusOK || a.body != "1\n" {
		t.Errorf("SELECT by GET: %d, %q", a.status, a.body)
	}
	s.post(t, "CREATE TABLE by_get (n UInt8) ENGINE = MergeTree ORDER BY n")
	for _, sql := range []string{"CREATE TABLE by_get2 (n UInt8) ENGINE = MergeTree ORDER BY n", "INSERT INTO by_get VALUES (1)", "DROP TABLE by_get", "INSERT INTO by_get SELECT 1"} {
		if a := s.do(t, call{method: http.MethodGet, url: map[string]string{"query": sql}}); a.header.Get("X-ClickHouse-Exception-Code") != "164" {
			t.Errorf("%s by GET: status %d, body %q; want code 164", sql, a.status, a.body)
		}
	}
	if n := s.post(t, "SELECT count() FROM by_get"); n != "0\n" {
		t.Errorf("GET has written %s rows", strings.TrimSpace(n))
	}
}

func testHTTPOneStatement(t *testing.T, s *suite) {
	s.post(t, "CREATE TABLE one_statement (n UInt8) ENGINE = MergeTree ORDER BY n")
	for _, sql := range []string{
		"SELECT 1; DROP TABLE one_statement",
		"SELECT 1;\n-- nothing\n; DROP TABLE one_statement",
		"SELECT ';' ; SELECT 2",
	} {
		if a := s.do(t, call{body: strings.NewReader(sql)}); a.header.Get("X-ClickHouse-Exception-Code") != "62" {
			t.Errorf("%s: status %d, body %q; want code 62", sql, a.status, a.body)
		}
	}
	if a := s.do(t, call{body: strings.NewReader("SELECT ';' -- ;\n/* ; */")}); a.body != ";\n" {
		t.Errorf("semicolons in strings and comments: %d, %q", a.status, a.body)
	}
	s.post(t, "SELECT count() FROM one_statement")
}
