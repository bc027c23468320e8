package pipeline

import (
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Row writes a row of quarantine, which is open; row is overwritten.
func (f *QuarantineFact) Row(row *schema.Quarantined) {
	*row = schema.Quarantined{
		Time: f.Received.UTC().Truncate(time.Microsecond), QuarantineID: f.ID, CapturedAt: moment(f.Captured),
		Listener: f.Source.Name, Sender: f.Sender, NodeName: f.NodeName, From: f.From, To: f.To, CallID: f.CallID,
		Form: f.Form, Payload: f.Payload, Reason: f.Reason, State: schema.QuarantineOpen,
		Fact: f.Source.tail(f.Version),
	}
	row.RetentionDays = f.RetentionDays
	if f.HasCaptureID {
		row.CaptureID = schema.Some(f.CaptureID)
	}
	for _, a := range f.Answers {
		row.Answers = append(row.Answers, a.Rule.String()+"="+string(a.Tenant))
	}
	row.Hosts = slices.Clone(f.Hosts)
	slices.Sort(row.Hosts)
	row.Hosts = slices.Compact(row.Hosts)
	row.Hosts = row.Hosts[:min(len(row.Hosts), 8)]
}
