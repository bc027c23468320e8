package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// newCallCommand looks at single calls.
func newCallCommand() *cobra.Command {
	var f tenantFlags
	cmd := &cobra.Command{
		Use:   "call",
		Short: "Everything that is known of one call",
	}
	f.add(cmd)
	cmd.AddCommand(newCallShowCommand(&f))
	return cmd
}

func newCallShowCommand(f *tenantFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Was this call bad, where, and who says so",
		Long: "ID is a SIP Call-ID, the id of a call record, or row or correlation id of the direct routing log. Shows\n" +
			"the call as the SBC's SIP and media reports tell it and as Microsoft does, how the sides were linked, the\n" +
			"network and site of each end, and a verdict with its reasons and sources.\n" +
			"Exit status: 0 the call is known, 1 nobody knows it or the store could not be asked.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.withStore(func(store *clickhouse.Conn, tenant schema.TenantID) error {
				call, err := app.ShowCall(cmd.Context(), store, tenant, args[0])
				if errors.Is(err, app.ErrNoCall) {
					fmt.Fprintln(cmd.ErrOrStderr(), err)
					return ErrFound
				}
				if err != nil {
					return err
				}
				return f.print(cmd.OutOrStdout(), call, func() error { return writeCall(cmd.OutOrStdout(), call) })
			})
		},
	}
}

// writeCall prints a call for people.
func writeCall(w io.Writer, c *app.Call) error {
	fmt.Fprintf(w, "%s: %s\n", c.ID, strings.ToUpper(c.Verdict.Class))
	said := newTable("verdict", "who says so", "where", "why")
	for _, s := range c.Verdict.Statements {
		said.add(s.Class, s.Source, s.Where, s.Why)
	}
	parts := []part{{"", said}}
	for i := range c.SBC {
		parts = append(parts, sbcPart(&c.SBC[i]))
	}
	for _, d := range c.Log {
		t := newTable("row", "correlation", "time", "trunk", "type", "from", "to", "SIP", "phrase", ">seconds")
		t.add(d.RowID, d.CorrelationID, stamp(d.Time), d.Trunk, d.Type, d.Caller, d.Callee, fmt.Sprint(d.FinalSIPCode.Or(0)), d.Phrase, decimals(d.Seconds, 0))
		parts = append(parts, part{"Microsoft's direct routing log", t})
	}
	for i := range c.Records {
		parts = append(parts, recordPart(&c.Records[i]))
	}
	links := newTable("link", "rule", "confidence", ">apart ms")
	for _, l := range c.Links {
		links.add(fmt.Sprintf("%s %s = %s %s", l.A, l.AID, l.B, l.BID), l.Rule, l.Confidence, fmt.Sprint(l.ApartMillis))
	}
	parts = append(parts, part{"How the sides were linked", links})
	for _, side := range []struct {
		none bool
		text string
	}{
		{len(c.SBC) == 0, "No SIP of the SBC is linked to this call."},
		{len(c.Log) == 0, "No row of the direct routing log is linked to this call."},
		{len(c.Records) == 0, "No call record is linked to this call."},
	} {
		if side.none {
			parts = append(parts, part{side.text, newTable()})
		}
	}
	return writeParts(w, parts)
}

// part is a table under a title.
type part struct {
	title string
	t     *table
}

func writeParts(w io.Writer, parts []part) error {
	for _, p := range parts {
		if p.title == "" && len(p.t.rows) == 0 {
			continue
		}
		if p.title != "" {
			fmt.Fprintf(w, "\n%s\n", p.title)
		}
		if len(p.t.rows) == 0 {
			continue
		}
		if err := p.t.write(w); err != nil {
			return err
		}
	}
	return nil
}

// sbcPart is a call as the SBC tells it.
func sbcPart(c *app.SBCCall) part {
	title := fmt.Sprintf("SBC: %s over %s, %s, from %s to %s, %s", c.CallID, c.Trunk, stamp(c.Time), c.From, c.To, c.Outcome)
	if c.FinalStatus.OK {
		title += fmt.Sprintf(" (SIP %d)", c.FinalStatus.V)
	}
	if c.TalkMillis.OK {
		title += fmt.Sprintf(", talked %s", (time.Duration(c.TalkMillis.V) * time.Millisecond).Round(time.Second))
	}
	t := newTable("heard at", "from", "codec", ">packets", ">loss %", ">jitter ms", ">rtt ms", ">MOS", "scale", "class")
	for _, s := range c.Streams {
		t.add(place(s.Reporter), place(s.Peer), s.Codec, fmt.Sprint(s.Packets), decimals(s.LossPercent, 2), decimals(s.JitterMillis, 1),
			decimals(s.RTTMillis, 0), decimals(s.MOS, 2), s.Scale, s.Class)
	}
	return part{title, t}
}

// recordPart is a call record.
func recordPart(r *app.RecordCall) part {
	t := newTable("heard at", "by", "from", "connection", "codec", ">packets", ">loss %", ">jitter ms", ">rtt ms", ">MOS lost", "class", "reasons")
	for _, s := range r.Streams {
		t.add(place(s.Place), s.Receiver, s.Sender, s.Connection, s.Codec, decimals(s.Packets, 0), decimals(s.LossPercent, 2), decimals(s.JitterMillis, 1),
			decimals(s.RTTMillis, 0), decimals(s.DegradationMOS, 2), s.Class, strings.Join(s.Reasons, " "))
	}
	return part{fmt.Sprintf("Teams: call record %s version %d, %s, %s", r.RecordID, r.Version, r.Type, stamp(r.Time)), t}
}

// place writes address and site.
func place(p app.Place) string {
	switch {
	case p.Site != "" && p.IP != "":
		return p.IP + " (" + p.Site + ")"
	case p.IP == "":
		return "?"
	}
	return p.IP
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }
