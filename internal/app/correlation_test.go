package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// store1 inserts rows of one month under a batch of its own.
func store1[R any](t testing.TB, store *clickhouse.Conn, table *clickhouse.Table[R], rows ...R) {
	t.Helper()
	if len(rows) == 0 {
		return
	}
	block := table.NewBlock()
	for i := range rows {
		block.Append(&rows[i])
	}
	stamp := clickhouse.Stamp{IngestedAt: time.Now()}
	for i := range stamp.Batch {
		stamp.Batch[i] = byte(rand.Uint32())
	}
	if err := clickhouse.InsertBlock(context.Background(), store, block, stamp); err != nil {
		t.Fatal(err)
	}
}

func sipCall(id string, after time.Duration, trunk, from, to string) schema.SIPCall {
	c := schema.SIPCall{
		Tenant: "contoso", Time: noon.Add(after), CallID: schema.CallID(id), Trunk: schema.TrunkID(trunk), FromUser: from, ToUser: to,
		HasInvite: true, Outcome: "answered",
	}
	c.Version = schema.WholeCallVersion
	return c
}

func logRow(id, correlation string, after time.Duration, trunk, from, to string) schema.DirectRoutingCall {
	d := schema.DirectRoutingCall{
		Tenant: "contoso", Time: noon.Add(after + 3*time.Second), InvitedAt: schema.Some(noon.Add(after)), RowID: id, CorrelationID: correlation,
		Trunk: schema.TrunkID(trunk), CallerNumber: from, CalleeNumber: to,
	}
	d.Version = 1
	return d
}

func record(id string, after time.Duration, version uint64, numbers ...string) schema.CallRecord {
	r := schema.CallRecord{
		Tenant: "contoso", Time: noon.Add(after), RecordID: schema.CallRecordID(id), RecordVersion: version, HasSessions: true, IsComplete: true,
		ParticipantKinds: []string{"user"}, ParticipantIDs: []string{"11111111-2222-3333-4444-555555555555"}, ParticipantNames: []string{""}, ParticipantTenants: []string{""},
	}
	for _, n := range numbers {
		r.ParticipantKinds, r.ParticipantIDs = append(r.ParticipantKinds, "phone"), append(r.ParticipantIDs, n)
		r.ParticipantNames, r.ParticipantTenants = append(r.ParticipantNames, ""), append(r.ParticipantTenants, "")
	}
	r.Version = schema.CallRecordVersion(version, true, true)
	return r
}

// linked gives the links of the hour from noon as text.
func linked(t testing.TB, store *clickhouse.Conn) map[string]string {
	t.Helper()
	links, err := app.Links(context.Background(), store, "contoso", noon, noon.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, l := range links {
		texts[l.A+" "+l.AID+" = "+l.B+" "+l.BID] = l.Rule + " " + l.Confidence
	}
	return texts
}

const (
	guid1 = "aaaaaaaa-0000-0000-0000-000000000001"
	guid2 = "aaaaaaaa-0000-0000-0000-000000000002"
)

// TestLinkRules has one pair for each rule and for what must not be linked.
func TestLinkRules(t *testing.T) {
	const queue, mine, s = "+498005550000", "+493012345678", time.Second
	store := migrated(t)
	for name, c := range map[string]struct {
		sip    []schema.SIPCall
		log    []schema.DirectRoutingCall
		record []schema.CallRecord
		want   map[string]string
	}{
		"Call-ID is the correlation id, hours apart": {
			sip:  []schema.SIPCall{sipCall(guid1+"@sbc", 0, "a", "x", "y")},
			log:  []schema.DirectRoutingCall{logRow("r1", "AAAAAAAA-0000-0000-0000-000000000001", 50*time.Minute, "b", mine, queue)},
			want: map[string]string{"sip " + guid1 + "@sbc = log r1": "call_id certain"},
		},
		"two legs of one record": {
			log:    []schema.DirectRoutingCall{logRow("r1", guid1, 0, "a", mine, queue), logRow("r2", guid1, 30*time.Minute, "a", queue, mine)},
			record: []schema.CallRecord{record(guid1, 0, 1)},
			want:   map[string]string{"log r1 = record " + guid1: "correlation_id certain", "log r2 = record " + guid1: "correlation_id certain"},
		},
		"trunk, masked caller, callee in national form": {
			sip:  []schema.SIPCall{sipCall("c1", 0, "sbc.contoso.com:5061", mine, "08005550000")},
			log:  []schema.DirectRoutingCall{logRow("r1", guid1, 2*s, "sbc.contoso.com", "+493012345***", queue)},
			want: map[string]string{"sip c1 = log r1": "trunk_numbers_time high"},
		},
		"no trunk":         {sip: []schema.SIPCall{sipCall("c1", 0, "", mine, queue)}, log: []schema.DirectRoutingCall{logRow("r1", guid1, s, "a", mine, queue)}, want: map[string]string{"sip c1 = log r1": "numbers_time medium"}},
		"anonymous caller": {sip: []schema.SIPCall{sipCall("c1", 0, "a", "anonymous", queue)}, log: []schema.DirectRoutingCall{logRow("r1", guid1, s, "a", "", queue)}, want: map[string]string{"sip c1 = log r1": "trunk_number_time medium"}},
		"a record's phone": {sip: []schema.SIPCall{sipCall("c1", 0, "a", mine, queue)}, record: []schema.CallRecord{record(guid1, 5*s, 1, mine)}, want: map[string]string{"sip c1 = record " + guid1: "number_time low"}},
		"another trunk":    {sip: []schema.SIPCall{sipCall("c1", 0, "a", mine, queue)}, log: []schema.DirectRoutingCall{logRow("r1", guid1, s, "b", mine, queue)}, want: map[string]string{}},
		"another caller":   {sip: []schema.SIPCall{sipCall("c1", 0, "a", mine, queue)}, log: []schema.DirectRoutingCall{logRow("r1", guid1, s, "a", "+493099999999", queue)}, want: map[string]string{}},
		"masked otherwise": {sip: []schema.SIPCall{sipCall("c1", 0, "a", mine, queue)}, log: []schema.DirectRoutingCall{logRow("r1", guid1, s, "a", "+493012346***", queue)}, want: map[string]string{}},
		"too far apart":    {sip: []schema.SIPCall{sipCall("c1", 0, "a", mine, queue)}, log: []schema.DirectRoutingCall{logRow("r1", guid1, 31*s, "a", mine, queue)}, want: map[string]string{}},
		"the nearer of two": {
			sip:  []schema.SIPCall{sipCall("c1", 0, "a", mine, queue), sipCall("c2", 10*s, "a", mine, queue)},
			log:  []schema.DirectRoutingCall{logRow("r1", guid1, s, "a", mine, queue), logRow("r2", guid2, 9*s, "a", mine, queue)},
			want: map[string]string{"sip c1 = log r1": "trunk_numbers_time high", "sip c2 = log r2": "trunk_numbers_time high"},
		},
		"one for two": {
			sip:  []schema.SIPCall{sipCall("c1", 0, "a", mine, queue), sipCall("c2", 10*s, "a", mine, queue)},
			log:  []schema.DirectRoutingCall{logRow("r1", guid1, 9*s, "a", mine, queue)},
			want: map[string]string{"sip c2 = log r1": "trunk_numbers_time high"},
		},
	} {
		for _, table := range []string{schema.TableSIPCalls, schema.TableDirectRoutingCalls, schema.TableCallRecords} {
			if err := store.Exec(context.Background(), "TRUNCATE TABLE "+table, nil); err != nil {
				t.Fatal(err)
			}
		}
		store1(t, store, clickhouse.SIPCalls, c.sip...)
		store1(t, store, clickhouse.DirectRoutingCalls, c.log...)
		store1(t, store, clickhouse.CallRecords, c.record...)
		if got := linked(t, store); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// TestLinksAreOfFinalFacts stores the same facts in order, and backwards with
// repetitions, older versions and facts that are taken back; the answers are
// equal.
func TestLinksAreOfFinalFacts(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9))
	clean, messy := migrated(t), migrated(t)
	var calls []schema.SIPCall
	var rows []schema.DirectRoutingCall
	var records []schema.CallRecord
	for i := range 60 {
		at := time.Duration(i) * 20 * time.Second
		number := fmt.Sprintf("+49301%06d", random.IntN(20))
		correlation := fmt.Sprintf("bbbbbbbb-0000-0000-0000-%012d", i)
		if random.IntN(5) > 0 {
			calls = append(calls, sipCall(fmt.Sprintf("c%d", i), at, "a", number, "+498005550000"))
		}
		if random.IntN(5) > 0 {
			rows = append(rows, logRow(fmt.Sprintf("r%d", i), correlation, at+time.Duration(random.IntN(4000))*time.Millisecond, "a", number, "+498005550000"))
		}
		if random.IntN(5) > 0 {
			records = append(records, record(correlation, at+2*time.Second, 2, number))
		}
	}
	store1(t, clean, clickhouse.SIPCalls, calls...)
	store1(t, clean, clickhouse.DirectRoutingCalls, rows...)
	store1(t, clean, clickhouse.CallRecords, records...)

	for i := len(calls) - 1; i >= 0; i -= 7 {
		store1(t, messy, clickhouse.SIPCalls, calls[max(0, i-6):i+1]...)
	}
	var fragments, gone []schema.SIPCall
	for _, c := range calls {
		c.Version, c.HasInvite, c.FromUser = 3, false, "" // what was made of a stray message
		fragments = append(fragments, c)
	}
	extra := sipCall("gone", 0, "a", "+49301000001", "+498005550000")
	gone = append(gone, extra)
	extra.Version, extra.IsDeleted = extra.Version+1, true
	gone = append(gone, extra)
	store1(t, messy, clickhouse.SIPCalls, append(fragments, gone...)...)
	store1(t, messy, clickhouse.DirectRoutingCalls, rows...)
	store1(t, messy, clickhouse.DirectRoutingCalls, rows[5:]...)
	store1(t, messy, clickhouse.CallRecords, records...)
	for _, r := range records { // version 1 comes late, with another number
		old := record(string(r.RecordID), 7*time.Minute, 1, "+493099999999")
		store1(t, messy, clickhouse.CallRecords, old)
	}
	a, b := linked(t, clean), linked(t, messy)
	if len(a) < 40 || !reflect.DeepEqual(a, b) {
		t.Errorf("%d links of clean input, %d of the same facts late, twice and out of order", len(a), len(b))
	}
	count := func(store *clickhouse.Conn) app.Correlation {
		c, err := app.Correlate(context.Background(), store, "contoso", noon, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	if a, b := count(clean), count(messy); !reflect.DeepEqual(a, b) || len(a.Unmatched) == 0 {
		t.Errorf("reports differ:\n%+v\n%+v", a, b)
	}
}

// TestUnmatchedIsToldWithReason has one call for each reason.
func TestUnmatchedIsToldWithReason(t *testing.T) {
	store := migrated(t)
	fragment := sipCall("c3", time.Minute, "a", "+493012345678", "+498005550000")
	fragment.HasInvite, fragment.Version = false, 1
	store1(t, store, clickhouse.SIPCalls,
		sipCall("c1", 0, "a", "+493012345678", "+498005550000"), sipCall("c2", 10*time.Second, "a", "+493012345678", "+498005550000"), fragment)
	store1(t, store, clickhouse.DirectRoutingCalls, logRow("r1", guid1, 9*time.Second, "a", "+493012345678", "+498005550000"))
	store1(t, store, clickhouse.CallRecords, record(guid1, 2*time.Hour, 1, "+493012345678"), record(guid2, time.Minute, 1), record("aaaaaaaa-0000-0000-0000-000000000003", time.Minute, 1, "+4940777777"))
	unmatched, err := app.ListUnmatched(context.Background(), store, "contoso", noon, noon.Add(time.Hour), 100)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, u := range unmatched {
		got[u.Side+" "+u.ID+" - "+u.Missing] = u.Reason
	}
	want := map[string]string{
		"sip c1 - log": "taken", "sip c1 - record": "no_candidate", "sip c2 - record": "no_candidate",
		"sip c3 - log": "fragment", "sip c3 - record": "fragment", "log r1 - record": "no_candidate",
		"record aaaaaaaa-0000-0000-0000-000000000003 - sip": "no_candidate",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
