package sipcalls

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// maxFacts bounds what is kept of one call; repetitions are not kept. A call
// with a session timer has more responses than that, of which only the
// earliest matter.
const maxFacts = 48

// fact is what one message says, with its earliest capture time.
type fact struct {
	key
	at     time.Time
	reason sipmsg.Reason
	// Of an INVITE that begins a call.
	from, to, target sipmsg.URI
}

// key tells facts apart; a message sent again has the same.
type key struct {
	method  string
	status  int
	cseq    uint32
	fromTag string
	toTag   string
	media   bool
}

// factOf keeps of a message what facts are made of; ok is false for messages
// that tell nothing. Strings are copied.
func factOf(at time.Time, m *sipmsg.Message) (f fact, ok bool) {
	k := key{method: m.Method, status: m.Status, cseq: m.CSeq, fromTag: m.FromTag, toTag: m.ToTag}
	switch {
	case m.IsRequest() && (m.Method == "INVITE" || m.Method == "CANCEL"):
		if m.ToTag != "" {
			return fact{}, false
		}
	case m.IsRequest() && m.Method == "BYE":
	case !m.IsRequest() && m.Method == "INVITE" && m.Status > 100:
		k.media = m.Status < 200 && m.SDP != nil
		if m.Status > 180 && m.Status < 200 && !k.media {
			return fact{}, false
		}
	default:
		return fact{}, false
	}
	k.method, k.fromTag, k.toTag = strings.Clone(k.method), strings.Clone(k.fromTag), strings.Clone(k.toTag)
	f = fact{key: k, at: at, reason: bestReason(m.Reasons)}
	if m.IsRequest() && m.Method == "INVITE" {
		f.from, f.to, f.target = cloneURI(m.From), cloneURI(m.To), cloneURI(m.RequestURI)
	}
	return f, true
}

// bestReason prefers Q.850, which says what the far network found.
func bestReason(all []sipmsg.Reason) sipmsg.Reason {
	best := sipmsg.Reason{}
	for _, r := range all {
		if best.Protocol == "" || r.Protocol == "Q.850" && best.Protocol != "Q.850" {
			best = r
		}
	}
	best.Protocol, best.Text = strings.Clone(best.Protocol), strings.Clone(clip(best.Text, 128))
	return best
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// maxNameBytes bounds each part of a URI that is kept: a host name has no more
// than 253, and a longer user is none that anybody dialled.
const maxNameBytes = 256

func cloneURI(u sipmsg.URI) sipmsg.URI {
	copied := func(s string) string { return strings.Clone(clip(s, maxNameBytes)) }
	u.Scheme, u.User, u.Host = copied(u.Scheme), copied(u.User), copied(u.Host)
	return u
}

// order gives any two facts one order, so that none depends on arrival.
func order(a, b fact) int {
	return cmp.Or(
		a.at.Compare(b.at), cmp.Compare(a.cseq, b.cseq), cmp.Compare(a.method, b.method), cmp.Compare(a.status, b.status),
		cmp.Compare(a.fromTag, b.fromTag), cmp.Compare(a.toTag, b.toTag),
	)
}

// facts are all of one call, in order.
type facts []fact

// add puts a fact in its place; changed is false for a repetition. A
// repetition that was captured earlier takes the place of the later one. Over
// maxFacts the latest response goes, so that what is kept does not depend on
// the order of arrival, and the end of the call finds room.
func (fs facts) add(f fact) (_ facts, changed bool) {
	if i := slices.IndexFunc(fs, func(o fact) bool { return o.key == f.key }); i >= 0 {
		if order(f, fs[i]) >= 0 {
			return fs, false
		}
		fs = slices.Delete(fs, i, i+1)
	}
	i, _ := slices.BinarySearchFunc(fs, f, order)
	fs = slices.Insert(fs, i, f)
	if len(fs) <= maxFacts {
		return fs, true
	}
	last := len(fs) - 1
	for k := last; k >= 0; k-- {
		if fs[k].status != 0 {
			last = k
			break
		}
	}
	return slices.Delete(fs, last, last+1), last != i
}

// first returns the earliest fact that fits, or nil.
func (fs facts) first(fits func(*fact) bool) *fact {
	for i := range fs {
		if fits(&fs[i]) {
			return &fs[i]
		}
	}
	return nil
}

// attempt returns the INVITE that began the call, or where it was not seen,
// the first response to it; nil if neither was.
func (fs facts) attempt() *fact {
	if f := fs.first(func(f *fact) bool { return f.method == "INVITE" && f.status == 0 }); f != nil {
		return f
	}
	return fs.first(func(f *fact) bool { return f.method == "INVITE" })
}

// call works the call out. ended says that no more is to come; ok is false
// where the beginning of the call is unknown.
func (fs facts) call(id schema.CallID) (c Call, ended, ok bool) {
	begin := fs.attempt()
	if begin == nil {
		return Call{}, false, false
	}
	c = Call{CallID: id, From: begin.from, To: begin.to, Target: begin.target}
	if begin.status == 0 {
		c.AttemptAt = begin.at
	}
	// INVITEs sent again with credentials have the same From tag and another
	// CSeq; those within the dialog are not kept, but the responses to them
	// are, and are told by their CSeq.
	began := func(f *fact) bool {
		if f.method != "INVITE" || f.fromTag != begin.fromTag {
			return false
		}
		return begin.status != 0 && f.cseq == begin.cseq || fs.first(func(i *fact) bool {
			return i.method == "INVITE" && i.status == 0 && i.fromTag == f.fromTag && i.cseq == f.cseq
		}) != nil
	}
	if f := fs.first(func(f *fact) bool { return began(f) && f.status >= 180 && f.status < 200 }); f != nil {
		c.RingingAt = f.at
	}
	cancel := fs.first(func(f *fact) bool { return f.method == "CANCEL" && f.fromTag == begin.fromTag })
	bye := fs.first(func(f *fact) bool { return f.method == "BYE" })
	if answer := fs.first(func(f *fact) bool { return began(f) && f.status/100 == 2 }); answer != nil {
		ended = c.answered(answer, bye, begin.fromTag)
	} else {
		ended = c.unanswered(fs.refusal(began), cancel)
	}
	c.PostDialDelayMillis = span(c.AttemptAt, c.RingingAt)
	c.SetupMillis = span(c.AttemptAt, c.AnsweredAt)
	if c.Outcome == Answered {
		c.TalkMillis = span(c.AnsweredAt, c.EndedAt)
	}
	return c, ended, true
}

// refusal returns the failure of the last try: a challenge is followed by a
// try with a higher CSeq.
func (fs facts) refusal(began func(*fact) bool) *fact {
	var last *fact
	var newest uint32
	for i := range fs {
		if f := &fs[i]; began(f) {
			newest = max(newest, f.cseq)
			if f.status >= 300 && (last == nil || f.cseq > last.cseq) {
				last = f
			}
		}
	}
	if last != nil && last.cseq < newest {
		return nil // the try after the challenge is under way
	}
	return last
}

// answered fills in a call that was.
func (c *Call) answered(answer, bye *fact, caller string) (ended bool) {
	c.Outcome, c.AnsweredAt, c.FinalStatus = Answered, answer.at, answer.status
	if bye == nil {
		return false
	}
	c.EndedAt, c.FinalReason, c.EndedBy = bye.at, bye.reason, Callee
	if bye.fromTag == caller {
		c.EndedBy = Caller
	}
	return true
}

// unanswered fills in a call that was not.
func (c *Call) unanswered(refusal, cancel *fact) (ended bool) {
	if cancel != nil {
		c.EndedAt, c.FinalReason, c.EndedBy = cancel.at, cancel.reason, Caller
	}
	if refusal != nil {
		c.FinalStatus = refusal.status
		if c.FinalReason.Protocol == "" {
			c.FinalReason = refusal.reason
		}
		if cancel == nil {
			c.EndedAt = refusal.at
		}
	}
	if cancel == nil && refusal == nil {
		return false
	}
	c.Outcome = outcomeOf(c.FinalStatus, c.FinalReason, cancel != nil, !c.RingingAt.IsZero())
	if c.Outcome == Busy || c.Outcome == Rejected {
		c.EndedBy = Callee
	}
	return refusal != nil
}

// outcomeOf reads status and reason of a call that was not answered. A Q.850
// cause of the called party's comes first: gateways map several of them to one
// status (RFC 3398 section 7.2.4.1).
func outcomeOf(status int, reason sipmsg.Reason, cancelled, rang bool) Outcome {
	if reason.Protocol == "Q.850" {
		switch reason.Cause {
		case 17:
			return Busy
		case 18, 19:
			return NoAnswer
		case 21:
			return Rejected
		}
	}
	if cancelled && reason.Protocol == "SIP" && reason.Cause/100 == 2 {
		return Elsewhere
	}
	switch {
	case status == 486 || status == 600:
		return Busy
	case status == 603 || status == 607:
		return Rejected
	case status/100 == 3:
		return Redirected
	case cancelled || status == 487:
		if rang {
			return NoAnswer
		}
		return Cancelled
	case (status == 408 || status == 480) && rang:
		return NoAnswer
	}
	return Failed
}

// span is the time between two moments, unknown if one is or if it is
// negative.
func span(from, to time.Time) mediaqos.Opt[int64] {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return mediaqos.Opt[int64]{}
	}
	return mediaqos.Some(to.Sub(from).Milliseconds())
}
