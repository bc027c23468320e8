package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// name is what listeners and tenants may be called: it becomes a metric label
// and part of a file name.
var name = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// validate lists what is wrong, each as "path: what is, what was expected".
func (c *Config) validate() Problems {
	var v checker
	v.clickhouse(c.ClickHouse)
	v.must(c.Journal.Dir != "", "journal.dir", "is empty, want a directory")
	v.must(c.Journal.MaxBytes >= 1<<20, "journal.max_bytes", "is under 1MiB")
	v.span("ingest.commit_interval", c.Ingest.CommitInterval, 10*time.Millisecond, 10*time.Second)
	v.span("ingest.stream_idle", c.Ingest.StreamIdle, 10*time.Second, 24*time.Hour)
	v.must(c.Ingest.MaxStreams > 0, "ingest.max_streams", "is %d, want 1 or more", c.Ingest.MaxStreams)
	v.must(c.Ingest.MaxStreamsPerSource >= 0, "ingest.max_streams_per_source", "is %d, want 0 (half of max_streams) or more", c.Ingest.MaxStreamsPerSource)
	v.span("rollups.grace", c.Rollups.Grace, 0, time.Hour)
	v.span("rollups.interval", c.Rollups.Interval, 100*time.Millisecond, time.Hour)
	v.hostPort("http.address", c.HTTP.Address)
	var level slog.Level
	v.must(level.UnmarshalText([]byte(c.Log.Level)) == nil, "log.level", "is %q, want debug, info, warn or error", c.Log.Level)
	v.must(c.Log.Format == "text" || c.Log.Format == "json", "log.format", "is %q, want text or json", c.Log.Format)
	if c.Tracing.Endpoint != "" {
		u, err := url.Parse(c.Tracing.Endpoint)
		v.must(err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", "tracing.endpoint", "is %q, want a URL as http://127.0.0.1:4318", c.Tracing.Endpoint)
	}
	v.listeners(c)
	v.attribution(c.Attribution)
	v.trunks(c)
	return v.problems
}

// checker gathers problems.
type checker struct{ problems Problems }

// must notes a problem unless ok.
func (v *checker) must(ok bool, path, format string, args ...any) {
	if !ok {
		v.problems = append(v.problems, path+": "+fmt.Sprintf(format, args...))
	}
}

// span checks a duration's range.
func (v *checker) span(path string, d Duration, low, high time.Duration) {
	v.must(time.Duration(d) >= low && time.Duration(d) <= high, path, "is %v, want %v to %v", time.Duration(d), low, high)
}

// hostPort checks an address to listen on.
func (v *checker) hostPort(path, address string) {
	_, port, err := net.SplitHostPort(address)
	n, convErr := strconv.ParseUint(port, 10, 16)
	v.must(err == nil && convErr == nil && n <= 65535, path, "is %q, want host:port as 127.0.0.1:8780", address)
}

// clickhouse checks the store's address.
func (v *checker) clickhouse(c ClickHouse) {
	u, err := url.Parse(c.DSN)
	ok := err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && len(u.Path) > 1
	// The DSN itself is not repeated: it may hold a password.
	v.must(ok, "clickhouse.dsn", "want http(s)://user@host:port/database")
	if ok && u.User != nil {
		_, inDSN := u.User.Password()
		v.must(!inDSN, "clickhouse.dsn", "holds a password: use TRUNKLINE_CLICKHOUSE_PASSWORD or clickhouse.password_file")
	}
	v.span("clickhouse.dial_timeout", c.DialTimeout, time.Millisecond, time.Hour)
	v.span("clickhouse.query_timeout", c.QueryTimeout, time.Millisecond, 24*time.Hour)
}
