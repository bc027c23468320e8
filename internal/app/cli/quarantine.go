package cli

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// newQuarantineCommand looks after reports of which nobody knows whose they are.
func newQuarantineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "Reports of which no rule could say whose they are",
		Long: "A report that no rule of attribution gives to exactly one tenant is kept whole for some time\n" +
			"(attribution.quarantine_retention_days). `ls` shows what came alike, `assign` makes facts of a tenant of it,\n" +
			"`drop` says that it is nobody's. What belongs together usually needs a mark in the configuration's trunks, too.",
	}
	cmd.AddCommand(newQuarantineListCommand(), newQuarantineShowCommand(), newQuarantineAssignCommand(), newQuarantineDropCommand())
	return cmd
}

// quarantineFilter are the flags that say which reports are meant.
type quarantineFilter struct {
	ids                      []string
	listener, reason, source string
	callID, since            string
}

func (f *quarantineFilter) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.ids, "id", nil, "one report by its id (repeatable)")
	flags.StringVar(&f.source, "source", "", "reports that this address sent us")
	flags.StringVar(&f.callID, "call-id", "", "reports of this call")
	flags.StringVar(&f.listener, "listener", "", "reports that came by this listener")
	flags.StringVar(&f.reason, "reason", "", "reports in quarantine for this reason")
	flags.StringVar(&f.since, "since", "", "reports received since: a span as 24h, a day as 2026-11-22, or a moment as 2026-11-22T18:00:00Z")
}

// named tells whether the flags name reports themselves, and not only where
// they came by.
func (f *quarantineFilter) named() bool { return len(f.ids) > 0 || f.source != "" || f.callID != "" }

// filter reads the flags; now is what spans count from.
func (f *quarantineFilter) filter(now time.Time, state string) (app.QuarantineFilter, error) {
	out := app.QuarantineFilter{Listener: f.listener, Reason: f.reason, State: state, CallID: schema.CallID(f.callID)}
	for _, text := range f.ids {
		id, err := schema.ParseQuarantineID(text)
		if err != nil {
			return out, usagef("--id: %w", err)
		}
		out.IDs = append(out.IDs, id)
	}
	if f.source != "" {
		addr, err := netip.ParseAddr(f.source)
		if err != nil {
			return out, usagef("--source %s: want an address as 192.0.2.1", f.source)
		}
		out.Sender = addr
	}
	if f.since != "" {
		since, err := parseSince(now, f.since)
		if err != nil {
			return out, err
		}
		out.Since = since
	}
	return out, nil
}

// parseSince reads a span before now, a day or a moment.
func parseSince(now time.Time, text string) (time.Time, error) {
	if span, err := time.ParseDuration(text); err == nil && span > 0 {
		return now.Add(-span), nil
	}
	if at, ok := parseTime(text); ok {
		return at, nil
	}
	return time.Time{}, usagef("--since %s: want a span as 24h, a day as 2026-11-22, or a moment as 2026-11-22T18:00:00Z", text)
}

// newQuarantineListCommand shows what waits.
func newQuarantineListCommand() *cobra.Command {
	var flags configFlags
	var f quarantineFilter
	var state string
	var rows, asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List what is in quarantine, grouped by listener, sender, reason and the hosts of the calls",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := f.filter(time.Now(), strings.TrimPrefix(state, "all"))
			if err != nil {
				return err
			}
			return withStore(&flags, func(store *clickhouse.Conn) error {
				if rows {
					return listQuarantineRows(cmd, store, filter, limit, asJSON)
				}
				return listQuarantineGroups(cmd, store, filter, limit, asJSON)
			})
		},
	}
	flags.add(cmd)
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&state, "state", schema.QuarantineOpen, "open, assigned, dropped or all")
	cmd.Flags().BoolVar(&rows, "rows", false, "list single reports, oldest first")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many lines at most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func listQuarantineGroups(cmd *cobra.Command, store *clickhouse.Conn, filter app.QuarantineFilter, limit int, asJSON bool) error {
	groups, err := app.QuarantineGroups(cmd.Context(), store, filter, limit)
	if err != nil || asJSON {
		if err == nil {
			err = printJSON(cmd.OutOrStdout(), groups)
		}
		return err
	}
	t := newTable("listener", "sender", "reason", "form", "hosts", ">reports", ">calls", "first", "last")
	for _, g := range groups {
		t.add(g.Listener, addrText(g.Sender), g.Reason, g.Form, strings.Join(g.Hosts, " "), fmt.Sprint(g.Reports), fmt.Sprint(g.Calls), when(g.First), when(g.Last))
	}
	if err := t.write(cmd.OutOrStdout()); err != nil {
		return err
	}
	if len(groups) == limit {
		fmt.Fprintf(cmd.ErrOrStderr(), "there may be more than %d groups: narrow down or raise --limit\n", limit)
	}
	return nil
}

// addrText is an address, or nothing for none.
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// quarantineRow is a report in quarantine as it is printed.
type quarantineRow struct {
	ID         string          `json:"id"`
	Received   time.Time       `json:"received"`
	Captured   *time.Time      `json:"captured,omitempty"`
	Listener   string          `json:"listener"`
	Sender     string          `json:"sender,omitempty"`
	CaptureID  *uint32         `json:"capture_id,omitempty"`
	NodeName   string          `json:"node_name,omitempty"`
	From       string          `json:"from,omitempty"`
	To         string          `json:"to,omitempty"`
	CallID     schema.CallID   `json:"call_id,omitempty"`
	Hosts      []string        `json:"hosts"`
	Form       string          `json:"form"`
	Reason     string          `json:"reason"`
	Answers    []string        `json:"answers"`
	State      string          `json:"state"`
	Tenant     schema.TenantID `json:"assigned_tenant,omitempty"`
	Trunk      schema.TrunkID  `json:"assigned_trunk,omitempty"`
	Decided    *time.Time      `json:"decided,omitempty"`
	Size       int             `json:"payload_bytes"`
	Payload    []byte          `json:"payload,omitempty"`
	PayloadAs  string          `json:"payload_text,omitempty"`
	RetainDays uint16          `json:"retention_days"`
}

// optional is a value or nil.
func optional[T any](o schema.Opt[T]) *T {
	if !o.OK {
		return nil
	}
	return &o.V
}

// portText is an address with its port, or nothing for none.
func portText(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// printable is a row without its payload.
func printable(r *schema.Quarantined) quarantineRow {
	return quarantineRow{
		ID: r.QuarantineID.String(), Received: r.Time, Captured: optional(r.CapturedAt), Listener: r.Listener, Sender: portText(r.Sender),
		CaptureID: optional(r.CaptureID), NodeName: r.NodeName, From: portText(r.From), To: portText(r.To), CallID: r.CallID,
		Hosts: r.Hosts, Form: r.Form, Reason: r.Reason, Answers: r.Answers, State: r.State, Tenant: r.AssignedTenant, Trunk: r.AssignedTrunk,
		Decided: optional(r.DecidedAt), Size: len(r.Payload), RetainDays: r.RetentionDays,
	}
}

func listQuarantineRows(cmd *cobra.Command, store *clickhouse.Conn, filter app.QuarantineFilter, limit int, asJSON bool) error {
	rows := []quarantineRow{}
	err := app.ReadQuarantine(cmd.Context(), store, filter, limit, func(r *schema.Quarantined) error {
		rows = append(rows, printable(r))
		return nil
	})
	if err != nil || asJSON {
		if err == nil {
			err = printJSON(cmd.OutOrStdout(), rows)
		}
		return err
	}
	t := newTable("id", "received", "listener", "sender", "form", "call id", "reason", "answers", "state")
	for i := range rows {
		r := &rows[i]
		t.add(r.ID, when(r.Received), r.Listener, r.Sender, r.Form, string(r.CallID), r.Reason, strings.Join(r.Answers, " "), r.State)
	}
	return t.write(cmd.OutOrStdout())
}

// newQuarantineShowCommand prints one report whole.
func newQuarantineShowCommand() *cobra.Command {
	var flags configFlags
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Print one report with its payload as JSON",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := schema.ParseQuarantineID(args[0])
			if err != nil {
				return usageError{err}
			}
			return withStore(&flags, func(store *clickhouse.Conn) error {
				found := 0
				err := app.ReadQuarantine(cmd.Context(), store, app.QuarantineFilter{IDs: []schema.QuarantineID{id}}, 100, func(r *schema.Quarantined) error {
					found++
					row := printable(r)
					if r.Form == schema.FormRTCP {
						row.Payload = r.Payload
					} else {
						row.PayloadAs = string(r.Payload)
					}
					return printJSON(cmd.OutOrStdout(), row)
				})
				if err == nil && found == 0 {
					err = fmt.Errorf("no report %s in quarantine", id)
				}
				return err
			})
		},
	}
	flags.add(cmd)
	return cmd
}
