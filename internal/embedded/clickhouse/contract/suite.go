package contract

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// Run runs every case as a subtest.
func Run(t *testing.T, dsn string) {
	s := newSuite(t, dsn)
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s *suite)
	}{
		{"Ping", testPing},
		{"ServerVersion", testServerVersion},
		{"DDL", testDDL},
		{"BatchOfEveryCompression", testBatches},
		{"TypesRoundTrip", testTypes},
		{"SemistructuredTypes", testSemistructured},
		{"EmptyResult", testEmptyResult},
		{"ManyBlocks", testManyBlocks},
		{"Parameters", testParameters},
		{"ParameterIsNotSQL", testParameterIsNotSQL},
		{"Settings", testSettings},
		{"DeduplicationToken", testDeduplicationToken},
		{"InsertFormatNative", testInsertFormat},
		{"AsyncInsert", testAsyncInsert},
		{"MergeTreeFeatures", testMergeTree},
		{"ExceptionCodes", testExceptionCodes},
		{"ExceptionAfterFirstByte", testMidStream},
		{"Deadline", testDeadline},
		{"Concurrent", testConcurrent},
		{"HTTPPing", testHTTPPing},
		{"HTTPStatus", testHTTPStatus},
		{"HTTPHeaders", testHTTPHeaders},
		{"HTTPAuthentication", testHTTPAuthentication},
		{"HTTPFormats", testHTTPFormats},
		{"HTTPInsert", testHTTPInsert},
		{"HTTPEncodings", testHTTPEncodings},
		{"HTTPNativeFrames", testHTTPFrames},
		{"HTTPParameters", testHTTPParameters},
		{"HTTPGetOnlyReads", testHTTPGet},
		{"HTTPOneStatement", testHTTPOneStatement},
		{"HTTPCutUpload", testHTTPCutUpload},
		{"HTTPMidStreamException", testHTTPMidStream},
		{"Sessions", testSessions},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, s) })
	}
}

// suite is the server under test.
type suite struct {
	dsn      string
	base     url.URL // without credentials and database
	user     string
	password string
	database string
}

func newSuite(t testing.TB, dsn string) *suite {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	s := &suite{dsn: dsn, base: url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/"}, user: u.User.Username(), database: strings.TrimPrefix(u.Path, "/")}
	s.password, _ = u.User.Password()
	return s
}

// open connects clickhouse-go.
func (s *suite) open(t testing.TB, change ...func(*clickhouse.Options)) driver.Conn {
	t.Helper()
	opt, err := clickhouse.ParseDSN(s.dsn)
	if err != nil {
		t.Fatal(err)
	}
	opt.MaxOpenConns, opt.MaxIdleConns = 40, 40
	for _, c := range change {
		c(opt)
	}
	conn, err := clickhouse.Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// exec runs statements that have to work.
func exec(t testing.TB, conn driver.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if err := conn.Exec(context.Background(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// value reads one value of one row.
func value[T any](t testing.TB, conn driver.Conn, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// call is a plain HTTP request and its answer.
type call struct {
	method string // default POST
	url    map[string]string
	header map[string]string
	body   io.Reader
	bare   bool // no credentials, no database
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (s *suite) request(t testing.TB, ctx context.Context, c call) *http.Request {
	t.Helper()
	target := s.base
	q := url.Values{}
	if !c.bare {
		q.Set("database", s.database)
	}
	for k, v := range c.url {
		q.Set(k, v)
	}
	target.RawQuery = q.Encode()
	if c.method == "" {
		c.method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, c.method, target.String(), c.body)
	if err != nil {
		t.Fatal(err)
	}
	if !c.bare {
		r.SetBasicAuth(s.user, s.password)
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
	}
	return r
}

// client does not ask for gzip by itself.
var client = &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8}}

func (s *suite) do(t testing.TB, c call) answer {
	t.Helper()
	r, err := client.Do(s.request(t, context.Background(), c))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{r.StatusCode, r.Header, string(body)}
}

// post runs a statement that has to work and gives its output.
func (s *suite) post(t testing.TB, sql string) string {
	t.Helper()
	a := s.do(t, call{body: strings.NewReader(sql)})
	if a.status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", sql, a.status, a.body)
	}
	return a.body
}
