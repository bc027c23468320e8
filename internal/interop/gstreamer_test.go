package interop

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/testneed"
)

// gstPeer is one party of a call: GStreamer's RTP session with PCMU.
type gstPeer struct {
	cname             string
	rtpPort, rtcpPort int            // where it receives
	rtp, rtcp         netip.AddrPort // where it sends
	every             time.Duration  // least interval of RTCP; RFC 3550 makes it 0.4 to 1.2 of that
}

func (g gstPeer) start(t *testing.T) *peer {
	t.Helper()
	inspect := testneed.Tool(t, "gst-inspect-1.0")
	for _, element := range []string{"audiotestsrc", "mulawenc", "rtppcmupay", "rtpsession", "udpsrc"} {
		if exec.Command(inspect, "--exists", element).Run() != nil {
			testneed.Missing(t, "GStreamer lacks %s: gstreamer1.0-plugins-base, gstreamer1.0-plugins-good", element)
		}
	}
	pipeline := fmt.Sprintf(`rtpsession name=s rtcp-min-interval=%d rtcp-fraction=4000
		sdes=application/x-rtp-source-sdes,cname=(string)"%s"
		audiotestsrc is-live=true samplesperbuffer=160 wave=ticks ! audio/x-raw,rate=8000,channels=1 ! mulawenc !
		rtppcmupay min-ptime=20000000 max-ptime=20000000 ! s.send_rtp_sink
		s.send_rtp_src ! udpsink host=127.0.0.1 port=%d sync=false async=false
		s.send_rtcp_src ! udpsink host=127.0.0.1 port=%d sync=false async=false
		udpsrc address=127.0.0.1 port=%d caps=application/x-rtp,media=audio,clock-rate=8000,encoding-name=PCMU,payload=0 !
		s.recv_rtp_sink s.recv_rtp_src ! fakesink sync=false async=false
		udpsrc address=127.0.0.1 port=%d ! s.recv_rtcp_sink`,
		g.every.Nanoseconds(), g.cname, g.rtp.Port(), g.rtcp.Port(), g.rtpPort, g.rtcpPort)
	return start(t, launch{Program: "gst-launch-1.0", Args: strings.Fields(pipeline), Env: []string{"GST_REGISTRY_UPDATE=no"}})
}
