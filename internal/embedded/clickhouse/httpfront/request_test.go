package httpfront

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chdb"
)

func TestParseRequest(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/?"+url.Values{
		"query": {"SELECT 1"}, "database": {"d"}, "query_id": {"q"}, "default_format": {"CSV"},
		"max_threads": {"3"}, "log_comment": {"it's"}, "param_a": {"x"}, "param_b c": {"y"},
		"session_id": {"s"}, "session_timeout": {"90"}, "session_check": {"1"}, "close_session": {"true"},
		"compress": {"1"}, "decompress": {"0"}, "network_compression_method": {"zstd"},
		"wait_end_of_query": {"1"}, "buffer_size": {"1000"}, "client_protocol_version": {"54460"},
		"enable_http_compression": {"1"}, "quota_key": {"ignored"},
	}.Encode(), nil)
	r.Header.Set("Accept-Encoding", "br;q=1, gzip")
	r.Header.Set("Content-Encoding", " ZSTD ")
	r.SetBasicAuth("u", "p")
	got, err := parseRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	want := &request{
		query: "SELECT 1", user: "u", password: "p", credentials: true, database: "d", queryID: "q", format: "CSV",
		params:   []chdb.Param{{Name: "a", Value: "x"}, {Name: "b c", Value: "y"}},
		settings: []setting{{"log_comment", "it's"}, {"max_threads", "3"}},
		session:  "s", sessionTimeout: 90 * time.Second, sessionCheck: true, closeSession: true,
		revision: 54460, compress: true, frameMethod: "ZSTD", contentEncoding: "zstd", responseEncoding: "gzip",
		waitEnd: true, bufferBytes: 1000,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseRequestErrors(t *testing.T) {
	for query, code := range map[string]int{
		"query=%zz":                         36,
		"session_timeout=0":                 374,
		"session_timeout=3601":              374,
		"session_timeout=x":                 374,
		"buffer_size=-1":                    36,
		"client_protocol_version=99999999":  36,
		"network_compression_method=snappy": 36,
		"no%20setting=1":                    36,
		"a%27%3D1=1":                        36,
		"=1":                                36,
		"default_format=a%20b":              73,
		"role=x":                            48,
	} {
		_, err := parseRequest(httptest.NewRequest(http.MethodPost, "/?"+query, nil))
		var e *chdb.Error
		if !errors.As(err, &e) || e.Code != code {
			t.Errorf("%s: %v, want code %d", query, err, code)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	if _, err := parseRequest(r); err == nil || !strings.Contains(err.Error(), "external tables") {
		t.Errorf("a multipart body: %v", err)
	}
}

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "deflate, gzip;q=0.5, br": "gzip", "gzip;q=0, br": "br", "BR": "br",
		"gzip;q=x": "", "gzip, zstd": "zstd", "*": "",
	} {
		if got := negotiate([]string{accept}); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}

// FuzzParseRequest: whatever stands in a URL, no panic, and what goes into SQL
// is a name or is quoted.
func FuzzParseRequest(f *testing.F) {
	for _, q := range []string{"query=SELECT+1&max_threads=2", "param_x=%27&session_id=a&session_timeout=5", "user=a&password=b&default_format=CSV", "a%3D1;b=2", "compress=1&network_compression_method=ZSTD"} {
		f.Add(q, "gzip, br;q=0.1", "Basic dTpw")
	}
	f.Fuzz(func(t *testing.T, query, accept, authorization string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.RawQuery = query
		r.Header.Set("Accept-Encoding", accept)
		r.Header.Set("Authorization", authorization)
		req, err := parseRequest(r)
		if err != nil {
			if e := asError(err); e.Code == 0 || statusOf(e.Code) < 400 {
				t.Fatalf("%v: code %d, status %d", err, e.Code, statusOf(e.Code))
			}
			return
		}
		for _, s := range req.settings {
			if !settingName.MatchString(s.name) {
				t.Fatalf("setting %q", s.name)
			}
			if q := quote(s.value, '\''); unquoted(q) != s.value {
				t.Fatalf("%q is quoted as %s", s.value, q)
			}
		}
		if req.format != "" && !formatName.MatchString(req.format) {
			t.Fatalf("format %q", req.format)
		}
	})
}

// unquoted reads a literal as ClickHouse does; "" if it ends early.
func unquoted(q string) string {
	var b strings.Builder
	for i := 1; i < len(q)-1; i++ {
		if q[i] == '\'' {
			return ""
		}
		if q[i] == '\\' {
			i++
		}
		b.WriteByte(q[i])
	}
	return b.String()
}
