package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// ErrNoCall is wrapped where no side knows a call by an id.
var ErrNoCall = errors.New("no such call")

// Call is all that is told of one call by all sides.
type Call struct {
	Tenant schema.TenantID `json:"tenant"`
	// ID is what was asked for, Side where it was found.
	ID   string `json:"id"`
	Side string `json:"side"`
	// Verdict says whether it was bad, where, and who says so.
	Verdict Verdict      `json:"verdict"`
	SBC     []SBCCall    `json:"sbc"`
	Log     []LogCall    `json:"log"`
	Records []RecordCall `json:"records"`
	Links   []CallLink   `json:"links"`
}

// CallLink is a [Link] of this call's.
type CallLink struct {
	A           string `json:"a"`
	AID         string `json:"a_id"`
	B           string `json:"b"`
	BID         string `json:"b_id"`
	Rule        string `json:"rule"`
	Confidence  string `json:"confidence"`
	ApartMillis int64  `json:"apart_ms"`
}

// SBCCall is a call as its SIP tells it, with its media streams.
type SBCCall struct {
	CallID      string              `json:"call_id"`
	Time        time.Time           `json:"time"`
	Trunk       string              `json:"trunk"`
	Direction   string              `json:"direction"`
	From        string              `json:"from"`
	To          string              `json:"to"`
	Outcome     string              `json:"outcome"`
	Seized      bool                `json:"is_seized"`
	Effective   bool                `json:"is_effective"`
	FinalStatus schema.Opt[uint16]  `json:"final_status"`
	EndedBy     string              `json:"ended_by"`
	PDDMillis   schema.Opt[float64] `json:"post_dial_delay_ms"`
	TalkMillis  schema.Opt[float64] `json:"talk_ms"`
	Streams     []SBCStream         `json:"streams"`
}

// SBCStream is one direction of RTP as one reporter saw it.
type SBCStream struct {
	StreamID string    `json:"stream_id"`
	Time     time.Time `json:"time"`
	// Reporter measured what came from Peer.
	Reporter     Place               `json:"reporter"`
	Peer         Place               `json:"peer"`
	Codec        string              `json:"codec"`
	Scale        string              `json:"mos_scale"`
	Reports      uint64              `json:"reports"`
	Packets      int64               `json:"packets_expected"`
	LossPercent  schema.Opt[float64] `json:"loss_percent"`
	JitterMillis schema.Opt[float64] `json:"jitter_ms"`
	RTTMillis    schema.Opt[float64] `json:"rtt_ms"`
	MOS          schema.Opt[float64] `json:"mos"`
	// Class is good, poor or unclassified, by the bounds of Microsoft's Call
	// Quality Dashboard.
	Class string `json:"class"`
}

// Place is an end of a stream and the network that names its address.
type Place struct {
	IP     string `json:"ip"`
	Prefix string `json:"prefix"`
	Site   string `json:"site"`
}

// String names the place: site, network or address.
func (p Place) String() string {
	switch {
	case p.Site != "":
		return p.Site
	case p.Prefix != "":
		return p.Prefix
	case p.IP != "":
		return p.IP
	}
	return "an unknown place"
}

// LogCall is a row of Microsoft's log of direct routing.
type LogCall struct {
	RowID         string              `json:"row_id"`
	CorrelationID string              `json:"correlation_id"`
	Time          time.Time           `json:"time"`
	Trunk         string              `json:"trunk"`
	Type          string              `json:"call_type"`
	Caller        string              `json:"caller"`
	Callee        string              `json:"callee"`
	Successful    schema.Opt[bool]    `json:"is_successful"`
	FinalSIPCode  schema.Opt[int32]   `json:"final_sip_code"`
	Phrase        string              `json:"final_sip_phrase"`
	Seconds       schema.Opt[float64] `json:"duration_s"`
}

// RecordCall is a call record with its audio streams.
type RecordCall struct {
	RecordID string        `json:"record_id"`
	Version  uint64        `json:"version"`
	Time     time.Time     `json:"time"`
	Type     string        `json:"type"`
	Streams  []TeamsStream `json:"streams"`
}

// TeamsStream is an audio stream as its receiver reported it to Microsoft.
type TeamsStream struct {
	Direction string `json:"direction"`
	// Receiver measured: platform of a client or role of a service, with its
	// place; Sender is the other end.
	Receiver       string              `json:"receiver"`
	Sender         string              `json:"sender"`
	Place          Place               `json:"receiver_place"`
	Connection     string              `json:"connection_type"`
	Codec          string              `json:"codec"`
	Packets        schema.Opt[float64] `json:"packets"`
	LossPercent    schema.Opt[float64] `json:"loss_percent"`
	JitterMillis   schema.Opt[float64] `json:"jitter_ms"`
	RTTMillis      schema.Opt[float64] `json:"rtt_ms"`
	DegradationMOS schema.Opt[float64] `json:"degradation_mos"`
	Class          string              `json:"cqd"`
	Reasons        []string            `json:"cqd_reasons"`
	ClassLegacy    string              `json:"cqd_legacy"`
	ReasonsLegacy  []string            `json:"cqd_legacy_reasons"`
}

// ShowCall gathers one call from all sides. id is a SIP Call-ID, the id of a
// call record, or row or correlation id of the direct routing log; an error
// about one that nobody knows wraps ErrNoCall.
func ShowCall(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, id string) (*Call, error) {
	c := &Call{Tenant: tenant, ID: id, SBC: []SBCCall{}, Log: []LogCall{}, Records: []RecordCall{}, Links: []CallLink{}}
	l := callLoader{ctx: ctx, store: store, tenant: tenant}
	found, err := l.find(id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: %s knows %q neither as Call-ID nor as call record nor in the direct routing log", ErrNoCall, tenant, id)
	}
	c.Side = found[0].side
	members, links, err := l.connected(found)
	if err != nil {
		return nil, err
	}
	for _, k := range links {
		c.Links = append(c.Links, CallLink{k.A, k.AID, k.B, k.BID, k.Rule, k.Confidence, k.ApartMillis})
	}
	if c.SBC, err = l.sbc(members[SideSIP]); err != nil {
		return nil, err
	}
	if c.Log, err = l.log(members[SideLog]); err != nil {
		return nil, err
	}
	if c.Records, err = l.records(members[SideRecord]); err != nil {
		return nil, err
	}
	c.Verdict = judge(c)
	return c, nil
}
