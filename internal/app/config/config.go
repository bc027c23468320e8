package config

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Config is everything that can be set.
type Config struct {
	ClickHouse ClickHouse `yaml:"clickhouse"`
	Journal    Journal    `yaml:"journal"`
	Ingest     Ingest     `yaml:"ingest"`
	Listeners  []Listener `yaml:"listeners"`
	Rollups    Rollups    `yaml:"rollups"`
	HTTP       HTTP       `yaml:"http"`
	Log        Log        `yaml:"log"`
	Tracing    Tracing    `yaml:"tracing"`
}

// ClickHouse says where facts are kept.
type ClickHouse struct {
	// DSN is http(s)://user@host:port/database, without a password.
	DSN string `yaml:"dsn"`
	// Password from TRUNKLINE_CLICKHOUSE_PASSWORD or PasswordFile.
	Password     Secret `yaml:"password,omitempty"`
	PasswordFile string `yaml:"password_file,omitempty"`
	// DialTimeout and QueryTimeout bound one attempt. 5s; 60s.
	DialTimeout  Duration `yaml:"dial_timeout"`
	QueryTimeout Duration `yaml:"query_timeout"`
}

// Journal is the volume that holds what was taken in and is not stored yet.
type Journal struct {
	// Dir belongs to one process at a time. var/journal.
	Dir string `yaml:"dir"`
	// MaxBytes is where new input is refused and counted. 10GiB.
	MaxBytes Bytes `yaml:"max_bytes"`
}

// Ingest bounds what the pipeline holds in memory.
type Ingest struct {
	// CommitInterval is how long a report waits at most before it is durable. 500ms.
	CommitInterval Duration `yaml:"commit_interval"`
	// StreamIdle ends a stream that has sent no report for so long. 2m.
	StreamIdle Duration `yaml:"stream_idle"`
	// MaxStreams tracked at once; a report of one more is stored without
	// figures and counted. 200000.
	MaxStreams int `yaml:"max_streams"`
	// RetentionDays of a fact where the listener does not say. 400.
	RetentionDays uint16 `yaml:"retention_days"`
}

// Kinds of listener.
const (
	// KindRTCP takes RTCP as it is on the wire, over UDP.
	KindRTCP = "rtcp"
)

// Listener is one address that takes media reports.
type Listener struct {
	// Name identifies the listener in metrics, in the ledger and in facts.
	Name string `yaml:"name"`
	// Kind is rtcp.
	Kind string `yaml:"kind"`
	// Address is host:port; port 0 takes a free one.
	Address string `yaml:"address"`
	// Tenant whose reports arrive here (attribution rule "listener").
	Tenant schema.TenantID `yaml:"tenant"`
	// Trunk the reports belong to, where there is only one.
	Trunk schema.TrunkID `yaml:"trunk,omitempty"`
	// Codec carried on this trunk, by its RTP encoding name, where all calls
	// use one. Without it no clock rate is known and jitter stays in ticks.
	Codec string `yaml:"codec,omitempty"`
	// AtEndpoint says that this address is the media endpoint: it sends the
	// sender reports that arriving reports refer to, and its clock stamps both.
	// Round trips are then measured directly (RFC 3550 section 6.4.1).
	AtEndpoint bool `yaml:"at_endpoint,omitempty"`
	// ReceiveBuffer asked of the kernel. 8MiB.
	ReceiveBuffer Bytes `yaml:"receive_buffer"`
	// RingSlots is how many datagrams may be read and not yet durable. 16384.
	RingSlots int `yaml:"ring_slots"`
	// RetentionDays of this listener's facts; 0 takes ingest.retention_days.
	RetentionDays uint16 `yaml:"retention_days,omitempty"`
	// Synthetic marks facts as made up, for demonstrations and load tests.
	Synthetic bool `yaml:"synthetic,omitempty"`
}

// Rollups says when minutes are recomputed.
type Rollups struct {
	// Grace after the end of a minute before it is rolled up. 10s.
	Grace Duration `yaml:"grace"`
	// Interval between looks at the minutes that facts have touched. 5s.
	Interval Duration `yaml:"interval"`
}

// HTTP is the status page with metrics, health and readiness.
type HTTP struct {
	// Address is host:port. 127.0.0.1:8780.
	Address string `yaml:"address"`
}

// Log says what is logged to standard error.
type Log struct {
	// Level is debug, info, warn or error. info.
	Level string `yaml:"level"`
	// Format is text or json. text.
	Format string `yaml:"format"`
}

// Tracing sends OpenTelemetry traces over OTLP/HTTP.
type Tracing struct {
	// Endpoint is a URL such as http://127.0.0.1:4318; empty sends none.
	Endpoint string `yaml:"endpoint,omitempty"`
}

// Default returns the configuration that an empty file means.
func Default() Config {
	return Config{
		ClickHouse: ClickHouse{
			DSN:          "http://default@127.0.0.1:8123/trunkline",
			DialTimeout:  Duration(5 * time.Second),
			QueryTimeout: Duration(60 * time.Second),
		},
		Journal: Journal{Dir: "var/journal", MaxBytes: 10 << 30},
		Ingest: Ingest{
			CommitInterval: Duration(500 * time.Millisecond),
			StreamIdle:     Duration(2 * time.Minute),
			MaxStreams:     200_000,
			RetentionDays:  400,
		},
		Rollups: Rollups{Grace: Duration(10 * time.Second), Interval: Duration(5 * time.Second)},
		HTTP:    HTTP{Address: "127.0.0.1:8780"},
		Log:     Log{Level: "info", Format: "text"},
	}
}

// setDefaults fills what a listener leaves out.
func (l *Listener) setDefaults() {
	if l.Kind == "" {
		l.Kind = KindRTCP
	}
	if l.ReceiveBuffer == 0 {
		l.ReceiveBuffer = 8 << 20
	}
	if l.RingSlots == 0 {
		l.RingSlots = 16_384
	}
}
