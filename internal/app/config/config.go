package config

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Config is everything that can be set.
type Config struct {
	ClickHouse  ClickHouse  `yaml:"clickhouse"`
	Journal     Journal     `yaml:"journal"`
	Ingest      Ingest      `yaml:"ingest"`
	Listeners   []Listener  `yaml:"listeners"`
	Trunks      []Trunk     `yaml:"trunks,omitempty"`
	Attribution Attribution `yaml:"attribution"`
	Rollups     Rollups     `yaml:"rollups"`
	HTTP        HTTP        `yaml:"http"`
	Log         Log         `yaml:"log"`
	Tracing     Tracing     `yaml:"tracing"`
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
	// MaxStreamsPerSource tracked at once of what one address has sent: one
	// that makes up streams does not push out the others'. 0, half of
	// MaxStreams; a site with one capture agent wants all of them.
	MaxStreamsPerSource int `yaml:"max_streams_per_source,omitempty"`
	// RetentionDays of a fact where the listener does not say. 400.
	RetentionDays uint16 `yaml:"retention_days"`
}

// Kinds of listener.
const (
	// KindRTCP takes RTCP as it is on the wire, over UDP.
	KindRTCP = "rtcp"
	// KindHEP takes HEP version 3 from capture agents.
	KindHEP = "hep"
	// KindVQReport takes voice quality reports that phones send by SIP PUBLISH
	// (RFC 6035).
	KindVQReport = "vqreport"
)

// Transports of a listener.
const (
	TransportUDP = "udp"
	TransportTCP = "tcp"
	TransportTLS = "tls"
)

// Listener is one address that takes media reports.
type Listener struct {
	// Name identifies the listener in metrics, in the ledger and in facts.
	Name string `yaml:"name"`
	// Kind is rtcp, hep or vqreport. rtcp.
	Kind string `yaml:"kind"`
	// Transport is udp, tcp or tls; rtcp has udp only. udp.
	Transport string `yaml:"transport"`
	// Address is host:port; port 0 takes a free one.
	Address string `yaml:"address"`
	// TLS is for transport tls only.
	TLS TLS `yaml:"tls,omitempty"`
	// AuthKey that every HEP packet must carry, from AuthKeyFile or from the
	// environment variable that AuthKeyEnv names; without one any is taken.
	AuthKey     Secret `yaml:"auth_key,omitempty"`
	AuthKeyFile string `yaml:"auth_key_file,omitempty"`
	AuthKeyEnv  string `yaml:"auth_key_env,omitempty"`
	// MaxConnections open at once over tcp or tls, of one address at most an
	// eighth. 512.
	MaxConnections int `yaml:"max_connections,omitempty"`
	// Tenant whose reports arrive here (attribution rule "listener"). Empty:
	// the marks of the trunks say whose each report is.
	Tenant schema.TenantID `yaml:"tenant,omitempty"`
	// Trunk the reports belong to, where there is only one.
	Trunk schema.TrunkID `yaml:"trunk,omitempty"`
	// Codec carried on this trunk, by its RTP encoding name, where all calls
	// use one. Without it no clock rate is known and jitter stays in ticks.
	Codec string `yaml:"codec,omitempty"`
	// AtEndpoint says that this address is the media endpoint: it sends the
	// sender reports that arriving reports refer to, and its clock stamps both.
	// Round trips are then measured directly (RFC 3550 section 6.4.1).
	AtEndpoint bool `yaml:"at_endpoint,omitempty"`
	// ReceiveBuffer asked of the kernel, over udp. 8MiB.
	ReceiveBuffer Bytes `yaml:"receive_buffer,omitempty"`
	// RingSlots is how many datagrams may be read and not yet durable: those
	// of 1.5 s at least, lest a slow disk makes the kernel drop. Their file
	// takes up to RingSlots times MaxDatagram on the journal's volume. rtcp
	// 16384, hep 32768.
	RingSlots int `yaml:"ring_slots,omitempty"`
	// MaxDatagram is the longest that is taken over udp; longer ones are
	// refused and counted. rtcp 2KiB, hep 16KiB: a SIP message is rarely 4.
	MaxDatagram Bytes `yaml:"max_datagram,omitempty"`
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
		Attribution: defaultAttribution(),
		Rollups:     Rollups{Grace: Duration(10 * time.Second), Interval: Duration(5 * time.Second)},
		HTTP:        HTTP{Address: "127.0.0.1:8780"},
		Log:         Log{Level: "info", Format: "text"},
	}
}

// setDefaults fills what a listener leaves out.
func (l *Listener) setDefaults() {
	if l.Kind == "" {
		l.Kind = KindRTCP
	}
	if l.Transport == "" {
		l.Transport = TransportUDP
	}
	if l.Transport != TransportUDP {
		setDefault(&l.MaxConnections, 512)
		return
	}
	setDefault(&l.ReceiveBuffer, 8<<20)
	switch l.Kind {
	case KindRTCP:
		setDefault(&l.RingSlots, 16_384)
		setDefault(&l.MaxDatagram, 2<<10)
	case KindHEP:
		setDefault(&l.RingSlots, 32_768)
		setDefault(&l.MaxDatagram, 16<<10)
	}
}

func setDefault[T int | Bytes](at *T, value T) {
	if *at == 0 {
		*at = value
	}
}
