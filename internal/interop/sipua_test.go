package interop

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// What the callee does, by the user part that is called.
const (
	userAnswers = "answers" // rings after ringAfter, answers after answerAfter
	userBusy    = "busy"    // 486 after ringAfter
	userDown    = "down"    // 503 after ringAfter
	userRings   = "rings"   // rings after ringAfter, until the caller gives up
)

const (
	ringAfter   = 150 * time.Millisecond
	answerAfter = 400 * time.Millisecond
	talkFor     = 600 * time.Millisecond
)

// trunkFQDN is in the Request-URI of every call here.
const trunkFQDN = "sbc1.contoso.example"

// startCallee starts a SIP endpoint that answers with sdp, or without any.
func startCallee(t *testing.T, sdp string) netip.AddrPort {
	t.Helper()
	conn := socket(t, 0)
	addr := address(conn.LocalAddr())
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("callee"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ua.Close() })
	server, err := sipgo.NewServer(ua)
	if err != nil {
		t.Fatal(err)
	}
	contact := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "callee", Host: addr.Addr().String(), Port: int(addr.Port())}}
	respond := func(req *sip.Request, tx sip.ServerTransaction, status int, reason, tag string) {
		res := sip.NewResponseFromRequest(req, status, reason, nil)
		res.AppendHeader(&contact)
		if status == 200 && sdp != "" {
			res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
			res.SetBody([]byte(sdp))
		}
		if to := res.To(); status > 100 && to != nil {
			to.Params.Remove("tag")
			to.Params.Add("tag", tag)
		}
		if err := tx.Respond(res); err != nil {
			t.Logf("callee: respond %d: %v", status, err)
		}
	}
	server.OnInvite(func(req *sip.Request, tx sip.ServerTransaction) {
		tag := sip.GenerateTagN(8)
		media(t.Context(), ringAfter)
		switch req.Recipient.User {
		case userBusy:
			respond(req, tx, 486, "Busy Here", tag)
			return
		case userDown:
			respond(req, tx, 503, "Service Unavailable", tag)
			return
		}
		respond(req, tx, 180, "Ringing", tag)
		if req.Recipient.User == userRings {
			cancelled := make(chan struct{}, 1)
			tx.OnCancel(func(*sip.Request) { cancelled <- struct{}{} })
			select {
			case <-cancelled: // the transaction itself answers 487
			case <-tx.Done():
			case <-time.After(patience):
			}
			return
		}
		media(t.Context(), answerAfter-ringAfter)
		respond(req, tx, 200, "OK", tag)
		<-tx.Done()
	})
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {})
	ok := func(req *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	}
	server.OnBye(ok)
	server.OnPublish(ok)
	go func() { _ = server.ServeUDP(conn) }()
	return addr
}

// caller is a SIP endpoint that sends through a proxy.
type caller struct {
	t       *testing.T
	client  *sipgo.Client
	dialogs *sipgo.DialogClientCache
	proxy   netip.AddrPort
}

func newCaller(t *testing.T, proxy netip.AddrPort) *caller {
	t.Helper()
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("agent42"), sipgo.WithUserAgentHostname("pbx.fabrikam.example"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ua.Close() })
	client, err := sipgo.NewClient(ua, sipgo.WithClientHostname("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	contact := sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "agent42", Host: "127.0.0.1"}}
	return &caller{t, client, sipgo.NewDialogClientCache(client, contact), proxy}
}

// call places one; cancelAfter ends it before an answer if it is not zero. It
// returns the Call-ID and the final status that the caller saw.
func (c *caller) call(user string, cancelAfter time.Duration) (callID string, status int) {
	c.t.Helper()
	return c.callWith(user, "", cancelAfter, func(string) { media(c.t.Context(), talkFor) })
}

// callWith offers sdp, if any, and lets talk decide how long the call is.
func (c *caller) callWith(user, sdp string, cancelAfter time.Duration, talk func(callID string)) (callID string, status int) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: user, Host: trunkFQDN})
	req.SetDestination(c.proxy.String())
	req.SetTransport("UDP")
	if sdp != "" {
		req.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
		req.SetBody([]byte(sdp))
	}
	dialog, err := c.dialogs.WriteInvite(ctx, req)
	if err != nil {
		c.t.Fatalf("call %s: %v", user, err)
	}
	defer dialog.Close()
	callID = req.CallID().Value()
	wait := ctx
	if cancelAfter > 0 {
		var giveUp context.CancelFunc
		wait, giveUp = context.WithTimeout(ctx, cancelAfter)
		defer giveUp()
	}
	err = dialog.WaitAnswer(wait, sipgo.AnswerOptions{})
	var refused *sipgo.ErrDialogResponse
	switch {
	case errors.As(err, &refused):
		return callID, refused.Res.StatusCode
	case cancelAfter > 0 && dialog.InviteResponse != nil:
		return callID, dialog.InviteResponse.StatusCode
	case err != nil:
		c.t.Fatalf("call %s: %v", user, err)
	}
	if err := dialog.Ack(ctx); err != nil {
		c.t.Fatalf("call %s: ACK: %v", user, err)
	}
	talk(callID)
	if err := dialog.Bye(ctx); err != nil {
		c.t.Fatalf("call %s: BYE: %v", user, err)
	}
	return callID, dialog.InviteResponse.StatusCode
}

// publish sends a quality report to the proxy and returns the final status.
func (c *caller) publish(body []byte) int {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	req := sip.NewRequest(sip.PUBLISH, sip.Uri{Scheme: "sip", User: "collector", Host: trunkFQDN})
	req.SetDestination(c.proxy.String())
	req.SetTransport("UDP")
	req.AppendHeader(sip.NewHeader("Event", "vq-rtcpxr"))
	req.AppendHeader(sip.NewHeader("Content-Type", "application/vq-rtcpxr"))
	req.SetBody(body)
	res, err := c.client.Do(ctx, req)
	if err != nil {
		c.t.Fatalf("PUBLISH: %v", err)
	}
	return res.StatusCode
}
