package rtcp

import "encoding/binary"

// Bye is one source that leaves the session (RFC 3550 section 6.6).
type Bye struct {
	SSRC uint32
	// Reason aliases the datagram; nil if none was given.
	Reason []byte
}

func (d *Datagram) decodeBYE(p *Packet, b []byte) {
	text := headerSize + int(p.Count)*ssrcSize
	if !d.hasBody(p, b, text) {
		return
	}
	var reason []byte
	if text < len(b) {
		size := 1 + int(b[text])
		if size > len(b)-text {
			// The sources are whole, and that they leave is what matters.
			d.fault(Fault{Reason: ReasonByeText, PacketType: p.Type, Offset: p.Offset + text, Want: len(b) - text, Have: size})
		} else {
			reason = b[text+1 : text+size : text+size]
		}
	}
	for at := headerSize; at < text; at += ssrcSize {
		d.Byes = append(d.Byes, Bye{SSRC: binary.BigEndian.Uint32(b[at:]), Reason: reason})
	}
}

// App is an application-defined sub-packet (RFC 3550 section 6.7).
type App struct {
	SSRC uint32
	// Subtype is 0..31, as the application has it.
	Subtype uint8
	// Name is four ASCII characters that name the application.
	Name [4]byte
	// Data aliases the datagram.
	Data []byte
}

func (d *Datagram) decodeAPP(p *Packet, b []byte) {
	const data = headerSize + ssrcSize + 4
	if !d.hasBody(p, b, data) {
		return
	}
	a := App{SSRC: p.SSRC.V, Subtype: p.Count, Data: b[data:len(b):len(b)]}
	copy(a.Name[:], b[headerSize+ssrcSize:])
	d.Apps = append(d.Apps, a)
}
