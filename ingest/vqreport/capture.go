package vqreport

import (
	"errors"
	"fmt"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// ErrNotPublish: a SIP message that is sound and carries no voice quality
// report.
var ErrNotPublish = errors.New("not a PUBLISH of a voice quality report")

// captured reads messages that were not sent to us.
var captured = sip.NewParser()

// ParsePublish reads a report out of a SIP PUBLISH that somebody else was sent
// and a capture agent saw (HEP payload type 1). Of Meta it fills in what the
// message says. Responses, other methods and other events are ErrNotPublish;
// other errors say why the SIP could not be read, or are those of Parse.
func ParsePublish(data []byte) (*Report, Meta, error) {
	msg, err := captured.ParseSIP(data)
	r, ok := msg.(*sip.Request)
	switch {
	case err != nil:
		return nil, Meta{}, fmt.Errorf("captured PUBLISH: %w: %w", ErrSyntax, err)
	case !ok || r.Method != sip.PUBLISH || !strings.EqualFold(upTo(header(r, "Event", "o"), ';'), Event) || len(r.Body()) == 0:
		return nil, Meta{}, ErrNotPublish
	case !complete(r):
		return nil, Meta{}, fmt.Errorf("captured PUBLISH: %w: Via, From, To, Call-ID and CSeq expected", ErrMissing)
	}
	report, err := Parse(r.Body())
	if err != nil {
		return nil, Meta{}, fmt.Errorf("captured PUBLISH: %w", err)
	}
	return report, meta(r, Meta{}), nil
}
