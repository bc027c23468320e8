package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/schema"
)

// The world of these tests: one SBC address that serves three tenants, told
// apart by the host in SIP or by number, and whose streams have equal SSRCs.
var (
	sbcMedia = netip.MustParseAddr("192.0.2.10")
	teams    = netip.MustParseAddr("52.112.0.9")
	agentAt  = netip.MustParseAddrPort("203.0.113.1:40000")
	usAt     = netip.MustParseAddrPort("203.0.113.9:9060")
	// threeTenants behind one address: two by FQDN, one by its numbers.
	threeTenants = attribution.Table{Trunks: []attribution.TrunkRule{
		{Tenant: "anna", Trunk: "anna.sbc.example", FQDN: "anna.sbc.example", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32")}},
		{Tenant: "bert", Trunk: "bert.sbc.example", FQDN: "bert.sbc.example", Addresses: []netip.Prefix{netip.MustParsePrefix("192.0.2.10/32")}},
		{Tenant: "carl", Trunk: "carl", FQDN: "sbc.example", Numbers: []attribution.NumberRange{{First: "493012000", Last: "493012999"}}},
	}}
)

// call is one call of the world.
type call struct {
	id     string
	host   string // of the SBC, in From and Contact
	to     string // number
	port   uint16 // of the SBC's media; the far end has 1000 more
	tenant schema.TenantID
	trunk  schema.TrunkID
	codec  string // payload type of PCMU or PCMA
}

// threeCalls are one of each tenant, all of them at the SBC's one address.
func threeCalls() []call {
	return []call{
		{id: "a1", host: "anna.sbc.example", to: "+4915550001", port: 10000, tenant: "anna", trunk: "anna.sbc.example", codec: "0"},
		{id: "b1", host: "bert.sbc.example", to: "+4915550002", port: 10010, tenant: "bert", trunk: "bert.sbc.example", codec: "8"},
		{id: "c1", host: "sbc.example", to: "+493012345", port: 10020, tenant: "carl", trunk: "carl", codec: "0"},
	}
}

func (c *call) near() netip.AddrPort { return netip.AddrPortFrom(sbcMedia, c.port) }
func (c *call) far() netip.AddrPort  { return netip.AddrPortFrom(teams, c.port+1000) }

// rtcp is the RTCP address that belongs to one of RTP.
func rtcpOf(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) }

// packet wraps a payload as the agent does.
func packet(proto hep.Proto, at time.Time, src, dst netip.AddrPort, call string, payload []byte) []byte {
	p := hep.Packet{Src: src, Dst: dst, Time: at, Proto: proto, IPProto: 17, HasCaptureID: true, CaptureID: 2001, Payload: payload}
	if call != "" {
		p.CorrelationID = []byte(call)
	}
	b, err := hep.Append(nil, &p)
	if err != nil {
		panic(err)
	}
	return b
}

// sip returns INVITE, 180, 200, ACK and BYE of a call as HEP packets.
func (c *call) sip(start time.Time) [][]byte {
	head := fmt.Sprintf("Call-ID: %s\r\nFrom: <sip:+33123@%s>;tag=near-%s\r\n", c.id, c.host, c.id)
	to := fmt.Sprintf("To: <sip:%s@sip.pstnhub.microsoft.com>", c.to)
	tagged := to + ";tag=far-" + c.id
	contact := fmt.Sprintf("Contact: <sip:%s:5061;transport=tls>\r\n", c.host)
	sdp := func(a netip.AddrPort, formats string) string {
		body := fmt.Sprintf("v=0\r\nc=IN IP4 %s\r\nm=audio %d RTP/AVP %s\r\n", a.Addr(), a.Port(), formats)
		return fmt.Sprintf("Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	target := fmt.Sprintf("sip:%s@sip.pstnhub.microsoft.com SIP/2.0\r\n", c.to)
	near, far := netip.AddrPortFrom(sbcMedia, 5061), netip.AddrPortFrom(teams, 5061)
	wrap := func(after time.Duration, src, dst netip.AddrPort, text string) []byte {
		return packet(hep.ProtoSIP, start.Add(after), src, dst, "", []byte(text))
	}
	return [][]byte{
		wrap(0, near, far, "INVITE "+target+head+to+"\r\nCSeq: 1 INVITE\r\n"+contact+sdp(c.near(), "8 0")),
		wrap(time.Second, far, near, "SIP/2.0 180 Ringing\r\n"+head+tagged+"\r\nCSeq: 1 INVITE\r\n\r\n"),
		wrap(2*time.Second, far, near, "SIP/2.0 200 OK\r\n"+head+tagged+"\r\nCSeq: 1 INVITE\r\n"+sdp(c.far(), c.codec)),
		wrap(2100*time.Millisecond, near, far, "ACK "+target+head+tagged+"\r\nCSeq: 1 ACK\r\n\r\n"),
		wrap(60*time.Second, near, far, "BYE "+target+head+tagged+"\r\nCSeq: 2 BYE\r\n\r\n"),
	}
}

// The SSRCs that every call of the world has.
const nearSSRC, farSSRC = 0x1001, 0x2002

// media returns RTCP of both directions as HEP packets; withID puts the Call-ID
// beside them, as media relays do, and JSON is what rtpengine sends.
func (c *call) media(start time.Time, n int, withID bool) [][]byte {
	id := ""
	if withID {
		id = c.id
	}
	var all [][]byte
	for i := range n {
		at := start.Add(5*time.Second + time.Duration(i)*5*time.Second)
		// Sequence numbers differ by call, as they do: equal reports of two
		// calls of one tenant would be one report.
		seq := uint32(c.port)*7 + uint32(250*(i+1))
		near, far := rtcpOf(c.near()), rtcpOf(c.far())
		all = append(all,
			packet(hep.ProtoRTCP, at, near, far, id, receiverReport(nearSSRC, farSSRC, seq, int32(i))),
			packet(hep.ProtoRTCP, at.Add(2*time.Second), far, near, id, receiverReport(farSSRC, nearSSRC, seq+3, 0)),
		)
	}
	return all
}

// clock is a clock that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rowStore is a Store that merges versions as the tables do, and keeps the
// ledger's part of each cut with it.
type rowStore struct {
	mu     sync.Mutex
	media  map[string]schema.MediaReport
	calls  map[string]schema.SIPCall
	voip   map[string]schema.VoIPReport
	quar   map[string]schema.Quarantined
	counts Counts
	mark   uint64
	cut    uint64
	cuts   int
	dead   bool
	refuse bool
}

func newRowStore() *rowStore {
	return &rowStore{
		media: map[string]schema.MediaReport{}, calls: map[string]schema.SIPCall{},
		voip: map[string]schema.VoIPReport{}, quar: map[string]schema.Quarantined{},
	}
}

func (s *rowStore) NewBatch() Batch { return &memoryBatch{} }

var errDead = errors.New("dead")

func (s *rowStore) Commit(_ context.Context, cut Cut) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return errDead
	}
	s.cuts++
	s.counts.Add(&cut.Counts)
	s.mark, s.cut = max(s.mark, cut.Mark), cut.Number
	if s.refuse {
		return ErrRefused
	}
	for _, b := range cut.Batches {
		s.apply(b.(*memoryBatch))
	}
	return nil
}

func (s *rowStore) apply(b *memoryBatch) {
	for i := range b.facts {
		var row schema.MediaReport
		b.facts[i].Row(&row)
		upsert(s.media, fmt.Sprint(row.Tenant, row.Time.UnixMicro(), row.ReportID), row, row.Version)
	}
	for i := range b.calls {
		var row schema.SIPCall
		b.calls[i].Row(&row)
		upsert(s.calls, fmt.Sprint(row.Tenant, row.CallID), row, row.Version)
	}
	for i := range b.voip {
		var row schema.VoIPReport
		b.voip[i].Row(&row)
		upsert(s.voip, fmt.Sprint(row.Tenant, row.Time.UnixMicro(), row.ReportID, row.Side), row, row.Version)
	}
	for i := range b.quarantined {
		var row schema.Quarantined
		b.quarantined[i].Row(&row)
		upsert(s.quar, fmt.Sprint(row.Time.UnixMicro(), row.QuarantineID), row, row.Version)
	}
}

func upsert[R any](into map[string]R, key string, row R, version uint64) {
	if old, known := into[key]; !known || versionOf(old) <= version {
		into[key] = row
	}
}

func versionOf(row any) uint64 {
	switch r := row.(type) {
	case schema.MediaReport:
		return r.Version
	case schema.SIPCall:
		return r.Version
	case schema.VoIPReport:
		return r.Version
	case schema.Quarantined:
		return r.Version
	}
	return 0
}

// final is what is stored in the end, without what depends on when it was made.
func (s *rowStore) final() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]string{}
	for key, row := range s.media {
		if row.Version = 0; !row.IsDeleted {
			all["media "+key] = fmt.Sprintf("%+v", row)
		}
	}
	for key, row := range s.calls {
		row.Version = 0
		all["call "+key] = fmt.Sprintf("%+v", row)
	}
	for key, row := range s.voip {
		if row.Version = 0; !row.IsDeleted {
			all["voip "+key] = fmt.Sprintf("%+v", row)
		}
	}
	for key, row := range s.quar {
		row.Version = 0
		all["quarantine "+key] = fmt.Sprintf("%+v", row)
	}
	return all
}

// process is one life of a listener with all that it needs.
type process struct {
	t       testing.TB
	live    *Live
	attr    *Attributor
	log     *held.Log
	store   *rowStore
	stripes *Stripes
	cancel  context.CancelFunc
	done    chan error
	seq     uint64
	late    bool // its history is to come
}

// setup of a process.
type setup struct {
	form   Form
	table  attribution.Table
	tenant schema.TenantID
	shards int
	dir    string // of the held log; "" has none
	attr   func(*AttributorOptions)
	perSrc int
	key    string
}

// start begins a life.
func (su setup) start(t testing.TB, store *rowStore, now *clock) *process {
	t.Helper()
	p := &process{t: t, store: store, done: make(chan error, 1)}
	if su.dir != "" {
		log, err := held.Open(held.Options{Path: filepath.Join(su.dir, "held.log"), CompactBytes: 4096, Committed: func(string) uint64 {
			store.mu.Lock()
			defer store.mu.Unlock()
			return store.cut
		}})
		if err != nil {
			t.Fatal(err)
		}
		p.log = log
	}
	stripes, err := NewStripes(StripesOptions{Stripes: 4, MaxStreamsPerSource: su.perSrc})
	if err != nil {
		t.Fatal(err)
	}
	p.stripes = stripes
	o := AttributorOptions{Table: su.table, Held: p.log, Now: now.Now}
	if su.attr != nil {
		su.attr(&o)
	}
	if p.attr, err = NewAttributor(o); err != nil {
		t.Fatal(err)
	}
	p.live, err = NewLive(LiveOptions{
		Source:  &Source{Name: "test", Kind: KindHEP, Tenant: su.tenant, RetentionDays: 90},
		Stripes: stripes, Store: store, Shards: max(1, su.shards), CommitInterval: time.Hour, StreamIdle: time.Hour,
		Form: su.form, Attributor: p.attr, Mark: store.mark, Cut: store.cut, Now: now.Now, AuthKey: su.key,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.seq = store.mark
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	go func() { p.done <- p.live.Run(ctx, time.Millisecond) }()
	return p
}

// history gives back what the store has.
func (p *process) history() {
	p.store.mu.Lock()
	var facts []Fact
	for _, row := range p.store.media {
		if row.IsDeleted {
			continue
		}
		f, err := FactOf(&row, p.live.o.Source)
		if err != nil {
			p.t.Fatal(err)
		}
		facts = append(facts, f)
	}
	p.store.mu.Unlock()
	slices.SortFunc(facts, func(a, b Fact) int { return a.Time.Compare(b.Time) })
	p.live.Seed(facts)
	p.live.Restore()
}

// feed hands over packets as a ring does.
func (p *process) feed(packets ...[]byte) { p.feedFrom(agentAt, packets...) }

func (p *process) feedFrom(agent netip.AddrPort, packets ...[]byte) {
	for _, b := range packets {
		p.seq++
		p.live.Feed([]Datagram{{At: epoch, Src: agent, Dst: usAt, Payload: b}}, p.seq)
	}
}

// cut makes one.
func (p *process) cut() {
	if err := p.live.Flush(context.Background()); err != nil {
		p.t.Fatal(err)
	}
}

// stop ends a life in good order.
func (p *process) stop() {
	p.cancel()
	if err := <-p.done; err != nil {
		p.t.Fatal(err)
	}
	if p.log != nil {
		if err := p.log.Close(); err != nil {
			p.t.Fatal(err)
		}
	}
}

// settle lets all times pass and ends a life.
func (p *process) settle(now *clock) {
	for range 3 {
		p.cut()
		now.advance(time.Minute)
	}
	p.cut()
	p.cut() // what the attributor decided in the one before
	p.stop()
}

// balanced checks the equation of the ledger.
func (s *rowStore) balanced(t interface{ Errorf(string, ...any) }) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if datagrams, reports := s.counts.Balance(); datagrams != 0 || reports != 0 {
		t.Errorf("nothing became of %d datagrams and %d reports: %+v", datagrams, reports, s.counts)
	}
}

func sameRows(t interface{ Fatalf(string, ...any) }, got, want map[string]string) {
	for key, row := range want {
		if got[key] != row {
			t.Fatalf("%s:\n got %s\nwant %s", key, got[key], row)
		}
	}
	for key, row := range got {
		if _, known := want[key]; !known {
			t.Fatalf("%s is too much: %s", key, row)
		}
	}
}
