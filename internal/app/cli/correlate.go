package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// newCorrelateCommand tells which calls of all sides are the same.
func newCorrelateCommand() *cobra.Command {
	var f tenantFlags
	cmd := &cobra.Command{
		Use:   "correlate",
		Short: "Which call of Microsoft's is which call of the SBC's",
		Long: "Links are computed from the facts as they hold when asked (views call_links, call_unmatched): nothing has\n" +
			"to be run first, and late or corrected facts change the answer.",
	}
	f.add(cmd)
	cmd.AddCommand(newCorrelateReportCommand(&f))
	return cmd
}

func newCorrelateReportCommand(f *tenantFlags) *cobra.Command {
	var from, to string
	var list int
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Count links by rule, and list what has no counterpart, with the reason",
		Long: "Reasons: no_candidate (no call of the other side fits), taken (each that fits, fits another call better),\n" +
			"fragment (the INVITE was not seen), no_call_id and no_sip (streams of the SBC's without a call).\n" +
			"Times are RFC 3339 or a date; without them the last 24 hours are meant.\n" +
			"Exit status: 0, or 1 if the store could not be asked.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			begin, end, err := timeRange(from, to, time.Now())
			if err != nil {
				return err
			}
			return f.withStore(func(store *clickhouse.Conn, tenant schema.TenantID) error {
				report, err := app.Correlate(cmd.Context(), store, tenant, begin, end)
				if err != nil {
					return err
				}
				unmatched := []app.Unmatched{}
				if list > 0 {
					if unmatched, err = app.ListUnmatched(cmd.Context(), store, tenant, begin, end, list); err != nil {
						return err
					}
				}
				return f.print(cmd.OutOrStdout(), correlationOf(begin, end, report, unmatched), func() error {
					return writeCorrelation(cmd.OutOrStdout(), begin, end, report, unmatched)
				})
			})
		},
	}
	cmd.Flags().StringVar(&from, "from", "", "beginning of the range")
	cmd.Flags().StringVar(&to, "to", "", "end of the range")
	cmd.Flags().IntVar(&list, "list", 20, "how many of the unmatched to list, the newest first; 0 lists none")
	return cmd
}

// timeRange reads a range in whole seconds; the last 24 hours without bounds.
func timeRange(from, to string, now time.Time) (begin, end time.Time, err error) {
	end = now.UTC().Truncate(time.Second).Add(time.Second)
	if to != "" {
		if end, err = moment(to); err != nil {
			return begin, end, err
		}
	}
	begin = end.Add(-24 * time.Hour)
	if from != "" {
		if begin, err = moment(from); err != nil {
			return begin, end, err
		}
	}
	if !begin.Before(end) {
		return begin, end, usagef("the range from %s to %s: want a beginning before its end", begin.Format(time.RFC3339), end.Format(time.RFC3339))
	}
	return begin, end, nil
}

// moment reads RFC 3339 or a date in UTC.
func moment(text string) (time.Time, error) {
	if t, ok := parseTime(text); ok {
		return t.UTC().Truncate(time.Second), nil
	}
	return time.Time{}, usagef("time %q: want 2006-01-02T15:04:05Z or 2006-01-02", text)
}

// sideNames are the sides in the order of reports.
var sideNames = []struct{ side, name string }{
	{app.SideSIP, "SIP calls of the SBC"}, {app.SideLog, "direct routing log"}, {app.SideRecord, "call records"}, {app.SideStream, "media streams of the SBC"},
}

// writeCorrelation prints a report for people.
func writeCorrelation(w io.Writer, from, to time.Time, c app.Correlation, unmatched []app.Unmatched) error {
	fmt.Fprintf(w, "From %s to %s\n\n", when(from), when(to))
	sides := newTable("side", "what", ">calls")
	for _, s := range sideNames {
		sides.add(s.side, s.name, fmt.Sprint(c.Sides[s.side]))
	}
	links := newTable("link", "rule", "confidence", ">calls")
	for _, l := range c.Links {
		links.add(l.A+" - "+l.B, l.Rule, l.Confidence, fmt.Sprint(l.Links))
	}
	missing := newTable("side", "not on", "reason", ">calls", "last")
	for _, u := range c.Unmatched {
		reason := u.Reason
		if u.Missing != app.SideStream && c.Sides[u.Missing] == 0 {
			reason += " (no data of that side)"
		}
		missing.add(u.Side, u.Missing, reason, fmt.Sprint(u.Calls), u.Example)
	}
	listed := newTable("time", "side", "not on", "reason", "trunk", "id")
	for _, u := range unmatched {
		listed.add(when(u.Time), u.Side, u.Missing, u.Reason, u.Trunk, u.ID)
	}
	for _, part := range []struct {
		title, none string
		t           *table
	}{{"", "", sides}, {"Linked", "Nothing could be linked.", links}, {"Unmatched", "Nothing is unmatched.", missing}, {"The newest of them", "", listed}} {
		if len(part.t.rows) == 0 {
			if part.none != "" {
				fmt.Fprintf(w, "\n%s\n", part.none)
			}
			continue
		}
		if part.title != "" {
			fmt.Fprintf(w, "\n%s\n", part.title)
		}
		if err := part.t.write(w); err != nil {
			return err
		}
	}
	return nil
}

// correlationReport is the report as JSON.
type correlationReport struct {
	From      time.Time         `json:"from"`
	To        time.Time         `json:"to"`
	Calls     map[string]uint64 `json:"calls"`
	Links     []linkCount       `json:"links"`
	Unmatched []unmatchedCount  `json:"unmatched"`
	Listed    []unmatchedCall   `json:"listed"`
}

type linkCount struct {
	A          string `json:"a"`
	B          string `json:"b"`
	Rule       string `json:"rule"`
	Confidence string `json:"confidence"`
	Links      uint64 `json:"links"`
}

type unmatchedCount struct {
	Side    string `json:"side"`
	Missing string `json:"missing"`
	Reason  string `json:"reason"`
	Calls   uint64 `json:"calls"`
	Last    string `json:"last"`
}

type unmatchedCall struct {
	Side    string    `json:"side"`
	ID      string    `json:"id"`
	Time    time.Time `json:"time"`
	Trunk   string    `json:"trunk"`
	Missing string    `json:"missing"`
	Reason  string    `json:"reason"`
}

func correlationOf(from, to time.Time, c app.Correlation, listed []app.Unmatched) correlationReport {
	r := correlationReport{From: from, To: to, Calls: c.Sides, Links: []linkCount{}, Unmatched: []unmatchedCount{}, Listed: []unmatchedCall{}}
	for _, l := range c.Links {
		r.Links = append(r.Links, linkCount(l))
	}
	for _, u := range c.Unmatched {
		r.Unmatched = append(r.Unmatched, unmatchedCount{u.Side, u.Missing, u.Reason, u.Calls, u.Example})
	}
	for _, u := range listed {
		r.Listed = append(r.Listed, unmatchedCall{u.Side, u.ID, u.Time, u.Trunk, u.Missing, u.Reason})
	}
	return r
}
