package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// ErrReplay is wrapped by errors about a row of quarantine that cannot become a
// fact.
var ErrReplay = errors.New("report in quarantine")

// Replayer makes facts of reports that lay in quarantine, for the tenant whose a
// person said they are, with rule "assigned". The reports of a stream belong
// into one Replayer, in order of their time: give it also what the store has
// from before and after them (Stripes.Seed), as an import does.
type Replayer struct {
	worker  *Worker
	stripes *Stripes
	media   mediaqos.Media
	days    uint16
}

// NewReplayer returns a replayer on streams of its own. media is what is
// configured about the calls of the trunk, retentionDays that of the facts.
func NewReplayer(stripes *Stripes, media mediaqos.Media, retentionDays uint16) (*Replayer, error) {
	worker, err := NewWorker(stripes)
	if err != nil {
		return nil, err
	}
	return &Replayer{worker: worker, stripes: stripes, media: media, days: retentionDays}, nil
}

// Replay puts rows of quarantine through the pipeline as facts of a tenant and
// its trunk (which may be empty) and appends them to batch. It returns for each
// row an error that wraps ErrReplay, or nil: a report that the tenant has
// already is no error, and makes no second fact. The rows themselves are not
// changed: their state is the caller's, in the same cut.
func (r *Replayer) Replay(rows []schema.Quarantined, tenant schema.TenantID, trunk schema.TrunkID, now time.Time, batch Batch) (Counts, []error) {
	errs := make([]error, len(rows))
	for i := range rows {
		row := &rows[i]
		if err := r.one(row, tenant, trunk, now, batch); err != nil {
			errs[i] = fmt.Errorf("%w %s: %w", ErrReplay, row.QuarantineID, err)
		}
	}
	return r.worker.TakeCounts(), errs
}

func (r *Replayer) one(row *schema.Quarantined, tenant schema.TenantID, trunk schema.TrunkID, now time.Time, batch Batch) error {
	src := &Source{Name: row.Listener, Tenant: tenant, Trunk: trunk, Media: r.media, Synthetic: row.IsSynthetic, RetentionDays: r.days}
	sn := seen{
		source: src, at: row.CapturedAt.Or(row.Time), tap: mediaqos.Tap{Src: row.From, Dst: row.To}, call: []byte(row.CallID), now: now,
		attributed: attributed{
			tenant: tenant, media: r.media,
			origin: &Origin{Tenant: tenant, Trunk: trunk, Rule: RuleAssigned, CallID: row.CallID},
		},
	}
	w := r.worker
	w.facts = w.facts[:0]
	switch row.Form {
	case schema.FormRTCP:
		err := w.datagram.Decode(row.Payload)
		if w.counts.datagram(&w.datagram, err); err != nil {
			return err
		}
		w.binary(&sn)
	case schema.FormRTCPJSON:
		if hep.Classify(row.Payload) != hep.FormJSON {
			return hep.ErrJSON
		}
		if err := w.scanner.Scan(row.Payload, sn.at, &w.json); err != nil {
			return err
		}
		w.counts.Datagrams++
		w.counts.RTCP++
		w.scanned(&sn)
	case schema.FormPublish, schema.FormVQ:
		return r.quality(row, &sn, batch)
	case FormCall:
		return r.call(row, &sn, batch)
	default:
		return fmt.Errorf("form %q, expected one of %s, %s, %s, %s, %s", row.Form,
			schema.FormRTCP, schema.FormRTCPJSON, schema.FormPublish, schema.FormVQ, FormCall)
	}
	for i := range w.facts {
		batch.Append(&w.facts[i])
	}
	for i := range w.voip {
		w.voip[i].Sender = row.Sender
		batch.AppendVoIP(&w.voip[i])
	}
	w.voip = w.voip[:0]
	return nil
}

// quality makes facts of a quality report.
func (r *Replayer) quality(row *schema.Quarantined, sn *seen, batch Batch) error {
	o := opened{kind: kindQuality, at: sn.at, sender: row.Sender}
	var err error
	if row.Form == schema.FormPublish {
		o.quality, o.meta, err = vqreport.ParsePublish(row.Payload)
	} else {
		o.quality, err = vqreport.Parse(row.Payload)
	}
	if err != nil {
		return err
	}
	r.worker.counts.Datagrams++
	r.worker.counts.Quality++
	if sn.origin.CallID == "" {
		sn.origin.CallID = o.quality.CallID
	}
	for _, f := range qualityFacts(sn.source, &o, &sn.attributed) {
		made, outcome := r.stripes.addVoIP(&f, sn.now, nil)
		r.worker.counts.voip(outcome)
		for i := range made {
			batch.AppendVoIP(&made[i])
		}
	}
	return nil
}

// call makes a fact of a call. Its direction was not known without a tenant.
func (r *Replayer) call(row *schema.Quarantined, sn *seen, batch Batch) error {
	var call sipcalls.Call
	if err := json.Unmarshal(row.Payload, &call); err != nil {
		return err
	}
	sn.origin.CallID = call.CallID
	f := CallFact{Source: sn.source, Origin: sn.origin, Direction: attribution.DirectionUnknown, Call: call, Version: r.stripes.nextVersion(sn.now)}
	if !call.AttemptAt.IsZero() {
		f.Version += schema.WholeCallVersion
	}
	r.worker.counts.Calls++
	batch.AppendCall(&f)
	return nil
}
