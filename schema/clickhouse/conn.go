package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	chdriver "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

// ErrDSN is wrapped by errors about the text that says where ClickHouse is.
var ErrDSN = errors.New("clickhouse dsn")

// Options say where ClickHouse is and how long to wait for it.
type Options struct {
	// DSN is http(s)://user:password@host:port/database?setting=value. The
	// keys of clickhouse-go work too: compress=gzip, alt_hosts, skip_verify.
	DSN string
	// Password goes over the one in the DSN, if it is not empty.
	Password string
	// DialTimeout bounds making a connection. 5 s.
	DialTimeout time.Duration
	// QueryTimeout bounds each query whose context has no deadline. 60 s.
	QueryTimeout time.Duration
	// MaxConns bounds the connections that are open at once. 8.
	MaxConns int
	// TLS is used with https; nil is the system's defaults.
	TLS *tls.Config
	// Logger is told of nothing but the driver's debugging. None.
	Logger *slog.Logger
}

func (o *Options) setDefaults() {
	if o.DialTimeout == 0 {
		o.DialTimeout = 5 * time.Second
	}
	if o.QueryTimeout == 0 {
		o.QueryTimeout = 60 * time.Second
	}
	if o.MaxConns == 0 {
		o.MaxConns = 8
	}
}

// Conn is a pool of connections to one ClickHouse; it may be used by many
// goroutines.
type Conn struct {
	conn    chdriver.Conn
	options Options
	parsed  *driver.Options
}

// Open makes a pool; nothing is sent before the first query, so the server
// need not be there yet. The error wraps ErrDSN.
func Open(o Options) (*Conn, error) {
	o.setDefaults()
	parsed, err := parseDSN(o)
	if err != nil {
		return nil, err
	}
	conn, err := driver.Open(parsed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDSN, err)
	}
	return &Conn{conn: conn, options: o, parsed: parsed}, nil
}

// parseDSN reads the DSN without ever showing its password in an error.
func parseDSN(o Options) (*driver.Options, error) {
	dsn := o.DSN
	if secure, ok := strings.CutPrefix(dsn, "https://"); ok && !strings.Contains(dsn, "secure=") {
		// The driver wants to be told twice.
		separator := "?"
		if strings.Contains(secure, "?") {
			separator = "&"
		}
		dsn += separator + "secure=true"
	}
	parsed, err := driver.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("%w %s: %w", ErrDSN, redact(o.DSN), withoutURL(err))
	}
	if parsed.Protocol != driver.HTTP {
		return nil, fmt.Errorf("%w %s: want http:// or https://", ErrDSN, redact(o.DSN))
	}
	if parsed.Auth.Database == "" {
		return nil, fmt.Errorf("%w %s: names no database: want http://host:port/database", ErrDSN, redact(o.DSN))
	}
	if o.Password != "" {
		parsed.Auth.Password = o.Password
	}
	if o.TLS != nil && parsed.TLS != nil {
		parsed.TLS = o.TLS
	}
	parsed.DialTimeout = o.DialTimeout
	// The driver's own bound on a read would cut long queries off; contexts do that.
	parsed.ReadTimeout = 10 * o.QueryTimeout
	parsed.MaxOpenConns, parsed.MaxIdleConns = o.MaxConns, o.MaxConns
	parsed.Logger = o.Logger
	return parsed, nil
}

// redact returns a DSN that may be shown.
func redact(dsn string) string {
	if parsed, err := url.Parse(dsn); err == nil {
		return parsed.Redacted()
	}
	if at := strings.LastIndexByte(dsn, '@'); at >= 0 {
		return "..." + dsn[at:]
	}
	return dsn
}

// withoutURL drops the URL that a *url.Error carries with its password.
func withoutURL(err error) error {
	var parseError *url.Error
	if errors.As(err, &parseError) {
		return parseError.Err
	}
	return err
}

// Database is the name of the database that queries go to.
func (c *Conn) Database() string { return c.parsed.Auth.Database }

// Ping tells whether the server answers. Errors are classified as in the
// package comment.
func (c *Conn) Ping(ctx context.Context) error {
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	return classify(ctx, "ping", c.conn.Ping(ctx))
}

// Close closes the pool.
func (c *Conn) Close() error { return c.conn.Close() }

// bounded gives a context without a deadline the default one.
func (c *Conn) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, c.options.QueryTimeout)
}
