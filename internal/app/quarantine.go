package app

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// QuarantineFilter says which reports in quarantine are meant. Its zero value
// means all.
type QuarantineFilter struct {
	// IDs of single reports; none means all.
	IDs []schema.QuarantineID
	// Listener, Reason and State narrow down where they are not "".
	Listener, Reason, State string
	// Sender who brought them; the zero Addr means anybody.
	Sender netip.Addr
	CallID schema.CallID
	// Since when they were received; the zero Time means ever.
	Since time.Time

	// after is the last row of the page before.
	after *schema.Quarantined
}

// where is the filter as SQL with its values.
func (f QuarantineFilter) where() (string, clickhouse.Params) {
	conditions, params := []string{"tenant_id = ''"}, clickhouse.Params{}
	add := func(condition, name, value string) {
		conditions = append(conditions, condition)
		params[name] = value
	}
	if len(f.IDs) > 0 {
		ids := make([]string, len(f.IDs))
		for i, id := range f.IDs {
			ids[i] = id.String()
		}
		add("quarantine_id IN (SELECT toUUID(arrayJoin({ids:Array(String)})))", "ids", clickhouse.Texts(ids))
	}
	if f.Listener != "" {
		add("listener = {listener:String}", "listener", clickhouse.Text(f.Listener))
	}
	if f.Reason != "" {
		add("reason = {reason:String}", "reason", clickhouse.Text(f.Reason))
	}
	if f.State != "" {
		add("state = {state:String}", "state", clickhouse.Text(f.State))
	}
	if f.Sender.IsValid() {
		add("sender_ip = toIPv6({sender:String})", "sender", clickhouse.Text(netip.AddrFrom16(f.Sender.As16()).String()))
	}
	if f.CallID != "" {
		add("call_id = {call:String}", "call", clickhouse.Text(f.CallID))
	}
	if !f.Since.IsZero() {
		add("time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')", "since", clickhouse.Int(f.Since.UnixMicro()))
	}
	if f.after != nil {
		add("(time, quarantine_id) > (fromUnixTimestamp64Micro({after:Int64}, 'UTC'), toUUID({after_id:String}))", "after", clickhouse.Int(f.after.Time.UnixMicro()))
		params["after_id"] = clickhouse.Text(f.after.QuarantineID.String())
	}
	return "WHERE " + strings.Join(conditions, " AND "), params
}

// QuarantineGroup counts reports in quarantine that came alike: what a person
// looks at to see whose they could be.
type QuarantineGroup struct {
	Listener string     `json:"listener"`
	Sender   netip.Addr `json:"sender"`
	Reason   string     `json:"reason"`
	Form     string     `json:"form"`
	// Hosts that their calls name.
	Hosts []string `json:"hosts"`
	// Reports and Calls they belong to.
	Reports uint64    `json:"reports"`
	Calls   uint64    `json:"calls"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// QuarantineGroups counts what a filter means, the largest groups first. Hosts
// of a report are those of its call, where the call itself lies in quarantine.
func QuarantineGroups(ctx context.Context, store *clickhouse.Conn, f QuarantineFilter, limit int) ([]QuarantineGroup, error) {
	where, params := f.where()
	params["limit"], params["call_form"] = clickhouse.Int(limit), clickhouse.Text(pipeline.FormCall)
	groups := []QuarantineGroup{}
	err := store.Query(ctx, `
SELECT toString(listener), toString(ifNull(sender_ip, toIPv6('::'))), sender_ip IS NULL, toString(reason), toString(form),
    if(empty(hosts), arraySort(call_hosts), hosts) AS named, count(), uniqExactIf(call_id, call_id != ''), min(time), max(time)
FROM (SELECT * EXCEPT payload FROM quarantine FINAL `+where+`) AS q
LEFT JOIN (SELECT call_id, anyLast(hosts) AS call_hosts FROM quarantine FINAL WHERE tenant_id = '' AND form = {call_form:String} GROUP BY call_id) AS c
    ON q.call_id = c.call_id
GROUP BY listener, sender_ip, reason, form, named
ORDER BY count() DESC, listener, sender_ip, reason, form, named
LIMIT {limit:UInt32}`, params,
		func(scan func(...any) error) error {
			var g QuarantineGroup
			var sender string
			var unknown bool
			if err := scan(&g.Listener, &sender, &unknown, &g.Reason, &g.Form, &g.Hosts, &g.Reports, &g.Calls, &g.First, &g.Last); err != nil {
				return err
			}
			if !unknown {
				addr, err := netip.ParseAddr(sender)
				if err != nil {
					return fmt.Errorf("sender: %w", err)
				}
				g.Sender = addr.Unmap()
			}
			groups = append(groups, g)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("quarantine: %w", err)
	}
	return groups, nil
}

// ReadQuarantine calls each with the rows that a filter means, oldest first, at
// most limit of them. The row is overwritten by the next one.
func ReadQuarantine(ctx context.Context, store *clickhouse.Conn, f QuarantineFilter, limit int, each func(*schema.Quarantined) error) error {
	where, params := f.where()
	params["limit"] = clickhouse.Int(limit)
	err := clickhouse.Read(ctx, store, clickhouse.Quarantine, where+" ORDER BY time, quarantine_id LIMIT {limit:UInt32}", params, each)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

// CountQuarantine counts the rows that a filter means.
func CountQuarantine(ctx context.Context, store *clickhouse.Conn, f QuarantineFilter) (uint64, error) {
	where, params := f.where()
	var n uint64
	err := store.Query(ctx, "SELECT count() FROM quarantine FINAL "+where, params, func(scan func(...any) error) error { return scan(&n) })
	if err != nil {
		return 0, fmt.Errorf("quarantine: %w", err)
	}
	return n, nil
}
