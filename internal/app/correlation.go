package app

import (
	"context"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Sides of a call in links: where somebody tells of it.
const (
	// SideSIP is the SBC's: what capture agents saw of its SIP.
	SideSIP = "sip"
	// SideLog is Microsoft's log of direct routing.
	SideLog = "log"
	// SideRecord is a call record.
	SideRecord = "record"
	// SideStream is a media stream of the SBC's without a call.
	SideStream = "stream"
)

// Link says that two tellings are of one call; see the view call_links.
type Link struct {
	// A and B are the sides, AID and BID the calls there.
	A, B     string
	AID, BID string
	// ABegan and BBegan are when each says that the call began.
	ABegan, BBegan time.Time
	ApartMillis    int64
	// Rule matched, with Confidence certain, high, medium or low.
	Rule       string
	Confidence string
	// ACandidates and BCandidates are how many there were for either.
	ACandidates, BCandidates uint64
}

// Unmatched is a telling without a counterpart; see the view call_unmatched.
type Unmatched struct {
	Side, ID string
	Time     time.Time
	Trunk    string
	// Missing is the side on which there is none, and Reason why.
	Missing, Reason string
}

// LinkCount is how many links a rule made.
type LinkCount struct {
	A, B, Rule, Confidence string
	Links                  uint64
}

// UnmatchedCount is how many tellings of a side have none on another.
type UnmatchedCount struct {
	Side, Missing, Reason string
	Calls                 uint64
	// Example is the id of the last one.
	Example string
}

// Correlation is what is known of a range of time.
type Correlation struct {
	// Sides counts the calls of each side.
	Sides     map[string]uint64
	Links     []LinkCount
	Unmatched []UnmatchedCount
}

// window are the parameters of the views of links.
func window(tenant schema.TenantID, from, to time.Time) clickhouse.Params {
	return clickhouse.Params{"tenant": clickhouse.Text(tenant), "from": clickhouse.Int(from.Unix()), "to": clickhouse.Int(to.Unix())}
}

// over names a view of links with those parameters.
func over(view string) string {
	return view + "(tenant = {tenant:String}, from = {from:DateTime}, to = {to:DateTime})"
}

// Links lists the links of calls that began in [from, to), in whole seconds.
func Links(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, from, to time.Time) ([]Link, error) {
	var links []Link
	err := store.Query(ctx, "SELECT a_side, a_id, b_side, b_id, a_began_at, b_began_at, toInt64(apart_ms), rule, confidence, a_candidates, b_candidates FROM "+over("call_links")+
		" ORDER BY a_began_at, a_side, a_id, b_side, b_id", window(tenant, from, to),
		func(scan func(...any) error) error {
			var l Link
			err := scan(&l.A, &l.AID, &l.B, &l.BID, &l.ABegan, &l.BBegan, &l.ApartMillis, &l.Rule, &l.Confidence, &l.ACandidates, &l.BCandidates)
			links = append(links, l)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("links of %s: %w", tenant, err)
	}
	return links, nil
}

// ListUnmatched lists tellings of [from, to) without a counterpart, at most
// limit, the newest first.
func ListUnmatched(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, from, to time.Time, limit int) ([]Unmatched, error) {
	var unmatched []Unmatched
	params := window(tenant, from, to)
	params["limit"] = clickhouse.Int(limit)
	err := store.Query(ctx, "SELECT side, id, time, trunk, missing, reason FROM "+over("call_unmatched")+
		" ORDER BY time DESC, side, id, missing LIMIT {limit:UInt64}", params,
		func(scan func(...any) error) error {
			var u Unmatched
			err := scan(&u.Side, &u.ID, &u.Time, &u.Trunk, &u.Missing, &u.Reason)
			unmatched = append(unmatched, u)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("unmatched calls of %s: %w", tenant, err)
	}
	return unmatched, nil
}

// Correlate counts links and what has none in [from, to).
func Correlate(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, from, to time.Time) (Correlation, error) {
	c := Correlation{Sides: map[string]uint64{}}
	params := window(tenant, from, to)
	err := store.Query(ctx, `
SELECT side, count() FROM `+over("call_sides")+` WHERE began_at >= {from:DateTime} AND began_at < {to:DateTime} GROUP BY side
UNION ALL
SELECT 'stream' AS side, count() FROM media_streams FINAL WHERE tenant_id = {tenant:String} AND time >= {from:DateTime} AND time < {to:DateTime}`, params,
		func(scan func(...any) error) error {
			var side string
			var n uint64
			err := scan(&side, &n)
			c.Sides[side] = n
			return err
		})
	if err != nil {
		return c, fmt.Errorf("sides of %s: %w", tenant, err)
	}
	err = store.Query(ctx, "SELECT a_side, b_side, rule, confidence, count() FROM "+over("call_links")+" GROUP BY ALL ORDER BY ALL", params,
		func(scan func(...any) error) error {
			var l LinkCount
			err := scan(&l.A, &l.B, &l.Rule, &l.Confidence, &l.Links)
			c.Links = append(c.Links, l)
			return err
		})
	if err != nil {
		return c, fmt.Errorf("links of %s: %w", tenant, err)
	}
	err = store.Query(ctx, "SELECT side, missing, reason, count(), argMax(id, (time, id)) FROM "+over("call_unmatched")+" GROUP BY side, missing, reason ORDER BY side, missing, reason", params,
		func(scan func(...any) error) error {
			var u UnmatchedCount
			err := scan(&u.Side, &u.Missing, &u.Reason, &u.Calls, &u.Example)
			c.Unmatched = append(c.Unmatched, u)
			return err
		})
	if err != nil {
		return c, fmt.Errorf("unmatched calls of %s: %w", tenant, err)
	}
	return c, nil
}
