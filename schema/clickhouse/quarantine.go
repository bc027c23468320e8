package clickhouse

import (
	"net/netip"
	"time"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/schema"
)

type quarantined = schema.Quarantined

// Quarantine is the table of reports of which nobody knows whose they are.
var Quarantine = &Table[schema.Quarantined]{
	name:    schema.TableQuarantine,
	month:   func(r *quarantined) schema.Month { return schema.MonthOf(r.Time) },
	version: "version",
	columns: append([]column[quarantined]{
		nobodys("tenant_id"),
		micros("time", func(r *quarantined) *time.Time { return &r.Time }),
		id("quarantine_id", func(r *quarantined) *schema.QuarantineID { return &r.QuarantineID }),
		optMicros("captured_at", func(r *quarantined) *schema.Opt[time.Time] { return &r.CapturedAt }),
		word("listener", func(r *quarantined) *string { return &r.Listener }),
		ip("sender_ip", func(r *quarantined) *netip.AddrPort { return &r.Sender }),
		port("sender_port", func(r *quarantined) *netip.AddrPort { return &r.Sender }),
		nullable("capture_id", newOf[proto.ColUInt32], func(r *quarantined) *schema.Opt[uint32] { return &r.CaptureID }),
		word("node_name", func(r *quarantined) *string { return &r.NodeName }),
		ip("from_ip", func(r *quarantined) *netip.AddrPort { return &r.From }),
		port("from_port", func(r *quarantined) *netip.AddrPort { return &r.From }),
		ip("to_ip", func(r *quarantined) *netip.AddrPort { return &r.To }),
		port("to_port", func(r *quarantined) *netip.AddrPort { return &r.To }),
		text("call_id", func(r *quarantined) *schema.CallID { return &r.CallID }),
		list("hosts", func(r *quarantined) *[]string { return &r.Hosts }),
		word("form", func(r *quarantined) *string { return &r.Form }),
		blob("payload", func(r *quarantined) *[]byte { return &r.Payload }),
		word("reason", func(r *quarantined) *string { return &r.Reason }),
		list("answers", func(r *quarantined) *[]string { return &r.Answers }),
		word("state", func(r *quarantined) *string { return &r.State }),
		word("assigned_tenant", func(r *quarantined) *schema.TenantID { return &r.AssignedTenant }),
		word("assigned_trunk", func(r *quarantined) *schema.TrunkID { return &r.AssignedTrunk }),
		optMicros("decided_at", func(r *quarantined) *schema.Opt[time.Time] { return &r.DecidedAt }),
	}, tail(func(r *quarantined) *schema.Fact { return &r.Fact })...),
}

// nobodys is the tenant column of rows that no tenant may read: always empty.
func nobodys(name string) column[quarantined] {
	return of(name, newWordColumn, func(*quarantined) string { return "" }, func(*quarantined, string) {})
}
