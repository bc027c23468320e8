package sipmsg

import (
	"net/netip"
	"strconv"
	"strings"
)

// Limits of a session description.
const (
	maxMedia   = 8
	maxFormats = 32
)

// SDP is what a session description (RFC 8866) says of audio.
type SDP struct {
	// Audio are the audio sections in order, at most 8.
	Audio []Media
}

// Media is one audio section.
type Media struct {
	// Addr is where RTP is to be sent; invalid if the connection line holds a
	// name.
	Addr netip.Addr
	// Port is the RTP port; 0 means that the section is refused or removed.
	Port uint16
	// RTCPAddr and RTCPPort are where RTCP is to be sent: given by a=rtcp
	// (RFC 3605), else the RTP port plus one.
	RTCPAddr netip.Addr
	RTCPPort uint16
	// RTCPMux says that RTCP may share the RTP port (RFC 5761).
	RTCPMux bool
	// PTimeMillis is the packet duration asked for; 0 means not given.
	PTimeMillis int
	// Direction is "sendrecv", "sendonly", "recvonly" or "inactive"; the
	// first is the default.
	Direction string
	// Secure says that the profile is SRTP.
	Secure bool
	// Formats are in order of preference, at most 32.
	Formats []Format
}

// Format is a way to code audio.
type Format struct {
	// PayloadType is the RTP payload type, 0..127.
	PayloadType uint8
	// Name is the encoding name in upper case; empty if the payload type is
	// dynamic and nothing maps it.
	Name string
	// ClockHz is the RTP clock, 0 if unknown. G.722 says 8000 (RFC 3551
	// section 4.5.2).
	ClockHz uint32
	// Channels is 1 unless given.
	Channels uint8
	// Parameters are those of the format (a=fmtp, RFC 8866 section 6.15) as they
	// were written, empty if there are none or more than MaxParameters bytes.
	Parameters string
}

// MaxParameters is how many bytes of a format's parameters are kept. None of
// those that name a mode or a rate comes near it.
const MaxParameters = 128

// IsSpeech tells a codec from tones and comfort noise.
func (f Format) IsSpeech() bool {
	switch f.Name {
	case "", "TELEPHONE-EVENT", "CN", "RED", "TONE":
		return false
	}
	return true
}

// static is the table of payload types that need no rtpmap (RFC 3551 section
// 6), audio only.
var static = map[uint8]Format{
	0: {0, "PCMU", 8000, 1, ""}, 3: {3, "GSM", 8000, 1, ""}, 4: {4, "G723", 8000, 1, ""}, 5: {5, "DVI4", 8000, 1, ""},
	6: {6, "DVI4", 16000, 1, ""}, 7: {7, "LPC", 8000, 1, ""}, 8: {8, "PCMA", 8000, 1, ""}, 9: {9, "G722", 8000, 1, ""},
	10: {10, "L16", 44100, 2, ""}, 11: {11, "L16", 44100, 1, ""}, 12: {12, "QCELP", 8000, 1, ""}, 13: {13, "CN", 8000, 1, ""},
	14: {14, "MPA", 90000, 1, ""}, 15: {15, "G728", 8000, 1, ""}, 16: {16, "DVI4", 11025, 1, ""}, 17: {17, "DVI4", 22050, 1, ""},
	18: {18, "G729", 8000, 1, ""},
}

// parseSDP reads what it can; nil if there is no audio section.
func parseSDP(text string) *SDP {
	s := &SDP{}
	var session netip.Addr
	sessionDirection := "sendrecv"
	var m *Media // the section being read; nil outside of audio
	inMedia, done := false, false
	for text != "" && !done {
		var line string
		line, text, _ = cutLine(text)
		kind, value, ok := strings.Cut(line, "=")
		if !ok || len(kind) != 1 {
			continue
		}
		switch kind {
		case "m":
			inMedia, m = true, nil
			if len(s.Audio) == maxMedia {
				done = true
			} else if media, ok := mediaLine(value); ok {
				media.Addr, media.Direction = session, sessionDirection
				s.Audio = append(s.Audio, media)
				m = &s.Audio[len(s.Audio)-1]
			}
		case "c":
			if m != nil {
				m.Addr = connection(value)
			} else if !inMedia {
				session = connection(value)
			}
		case "a":
			if m != nil {
				m.attribute(value)
			} else if isDirection(value) && !inMedia {
				sessionDirection = value
			}
		}
	}
	for i := range s.Audio {
		s.Audio[i].finish()
	}
	if len(s.Audio) == 0 {
		return nil
	}
	return s
}

// mediaLine reads "audio 49170 RTP/AVP 0 8 101".
func mediaLine(value string) (Media, bool) {
	words := strings.Fields(value)
	if len(words) < 4 || words[0] != "audio" || !strings.Contains(words[2], "RTP/") {
		return Media{}, false
	}
	digits, _, _ := strings.Cut(words[1], "/")
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return Media{}, false
	}
	m := Media{Port: uint16(port), Secure: strings.Contains(words[2], "SAVP")}
	for _, w := range words[3:] {
		pt, err := strconv.ParseUint(w, 10, 8)
		if err != nil || pt > 127 || len(m.Formats) == maxFormats {
			continue
		}
		f, ok := static[uint8(pt)]
		if !ok {
			f = Format{PayloadType: uint8(pt), Channels: 1}
		}
		m.Formats = append(m.Formats, f)
	}
	return m, true
}

// connection reads "IN IP4 192.0.2.1" or "IN IP6 2001:db8::1/127".
func connection(value string) netip.Addr {
	words := strings.Fields(value)
	if len(words) < 3 || !strings.EqualFold(words[0], "IN") {
		return netip.Addr{}
	}
	text, _, _ := strings.Cut(words[2], "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.IsUnspecified() {
		return netip.Addr{}
	}
	return addr.Unmap().WithZone("")
}

func isDirection(s string) bool {
	return s == "sendrecv" || s == "sendonly" || s == "recvonly" || s == "inactive"
}

// attribute takes one a= line of the section.
func (m *Media) attribute(value string) {
	if isDirection(value) {
		m.Direction = value
		return
	}
	name, rest, _ := strings.Cut(value, ":")
	switch name {
	case "rtcp-mux":
		m.RTCPMux = true
	case "rtcp":
		port, where, _ := strings.Cut(rest, " ")
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			m.RTCPPort = uint16(n)
			if where != "" {
				m.RTCPAddr = connection(where)
			}
		}
	case "ptime":
		if n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 16); err == nil {
			m.PTimeMillis = int(n)
		}
	case "rtpmap":
		m.rtpmap(rest)
	case "fmtp":
		m.fmtp(rest)
	}
}

// fmtp reads "97 mode-set=2; octet-align=1".
func (m *Media) fmtp(value string) {
	number, parameters, _ := strings.Cut(value, " ")
	parameters = strings.TrimSpace(parameters)
	pt, err := strconv.ParseUint(number, 10, 8)
	if err != nil || len(parameters) > MaxParameters {
		return
	}
	for i := range m.Formats {
		if f := &m.Formats[i]; uint64(f.PayloadType) == pt {
			f.Parameters = parameters
			return
		}
	}
}

// rtpmap reads "111 opus/48000/2".
func (m *Media) rtpmap(value string) {
	number, coding, _ := strings.Cut(value, " ")
	pt, err := strconv.ParseUint(number, 10, 8)
	if err != nil {
		return
	}
	parts := strings.Split(strings.TrimSpace(coding), "/")
	if len(parts) < 2 || !isToken(parts[0]) {
		return
	}
	clock, err := strconv.ParseUint(parts[1], 10, 32)
	if err != nil || clock == 0 {
		return
	}
	channels := uint64(1)
	if len(parts) > 2 {
		if n, err := strconv.ParseUint(parts[2], 10, 8); err == nil && n > 0 {
			channels = n
		}
	}
	for i := range m.Formats {
		if f := &m.Formats[i]; uint64(f.PayloadType) == pt {
			f.Name, f.ClockHz, f.Channels = strings.ToUpper(parts[0]), uint32(clock), uint8(channels)
			return
		}
	}
}

// finish fills in what follows from the rest.
func (m *Media) finish() {
	if !m.RTCPAddr.IsValid() {
		m.RTCPAddr = m.Addr
	}
	if m.RTCPPort == 0 && m.Port != 0 && m.Port != 65535 {
		m.RTCPPort = m.Port + 1
	}
}
