// Package captures holds a few recorded calls of real media peers, so that a
// demonstration shows their reports beside the synthetic ones. All were
// recorded on loopback, with made-up names: GStreamer with 3 % loss, a call
// relayed by rtpengine seen on both of its sides, two baresip with Opus, two
// linphonec with RTCP XR.
package captures

import (
	"embed"
	"io/fs"
)

//go:embed *.pcap
var files embed.FS

// Capture is one recorded call.
type Capture struct {
	// Name is the file's name without its extension.
	Name string
	// Codec is what the call used, by its RTP encoding name.
	Codec string
	// Data is the pcap file.
	Data []byte
}

// All returns the captures in a fixed order.
func All() ([]Capture, error) {
	all := []Capture{
		{Name: "gst_pcmu_loss3_rtcp", Codec: "PCMU"},
		{Name: "rtpengine_rtcp_wire", Codec: "PCMU"},
		{Name: "baresip_plain_rtcp", Codec: "opus"},
		{Name: "linphone_xr_vqrtcpxr", Codec: "PCMU"},
	}
	for i := range all {
		data, err := fs.ReadFile(files, all[i].Name+".pcap")
		if err != nil {
			return nil, err
		}
		all[i].Data = data
	}
	return all, nil
}
