package hep

import "strconv"

// ChunkType names a generic chunk, one of vendor 0 (HEP3 specification,
// "generic chunk types").
type ChunkType uint16

// The generic chunks that this package reads and writes.
const (
	ChunkFamily        ChunkType = 1  // IP family, 1 byte: 2 IPv4, 10 IPv6
	ChunkIPProto       ChunkType = 2  // IP protocol, 1 byte: 6 TCP, 17 UDP
	ChunkSrcIPv4       ChunkType = 3  // 4 bytes
	ChunkDstIPv4       ChunkType = 4  // 4 bytes
	ChunkSrcIPv6       ChunkType = 5  // 16 bytes
	ChunkDstIPv6       ChunkType = 6  // 16 bytes
	ChunkSrcPort       ChunkType = 7  // 2 bytes
	ChunkDstPort       ChunkType = 8  // 2 bytes
	ChunkTimeSeconds   ChunkType = 9  // 4 bytes, seconds since 1970 UTC
	ChunkTimeMicros    ChunkType = 10 // 4 bytes, microseconds 0..999999
	ChunkProto         ChunkType = 11 // 1 byte, what the payload is: see Proto
	ChunkCaptureID     ChunkType = 12 // 4 bytes, the agent's number
	ChunkKeepAlive     ChunkType = 13 // 2 bytes, seconds
	ChunkAuthKey       ChunkType = 14 // text
	ChunkPayload       ChunkType = 15 // bytes
	ChunkCompressed    ChunkType = 16 // bytes: zlib, gzip or raw deflate
	ChunkCorrelationID ChunkType = 17 // text, mostly the SIP Call-ID
	ChunkVLAN          ChunkType = 18 // 2 bytes
	ChunkNodeName      ChunkType = 19 // text, the agent's name
)

// chunkSpecs says of each generic chunk how long its value is, or that any
// length will do (-1), and what to call it in an error.
var chunkSpecs = [...]struct {
	name string
	size int
}{
	ChunkFamily:        {"IP family", 1},
	ChunkIPProto:       {"IP protocol", 1},
	ChunkSrcIPv4:       {"source IPv4", 4},
	ChunkDstIPv4:       {"destination IPv4", 4},
	ChunkSrcIPv6:       {"source IPv6", 16},
	ChunkDstIPv6:       {"destination IPv6", 16},
	ChunkSrcPort:       {"source port", 2},
	ChunkDstPort:       {"destination port", 2},
	ChunkTimeSeconds:   {"time seconds", 4},
	ChunkTimeMicros:    {"time microseconds", 4},
	ChunkProto:         {"payload type", 1},
	ChunkCaptureID:     {"capture id", 4},
	ChunkKeepAlive:     {"keep-alive timer", 2},
	ChunkAuthKey:       {"auth key", -1},
	ChunkPayload:       {"payload", -1},
	ChunkCompressed:    {"compressed payload", -1},
	ChunkCorrelationID: {"correlation id", -1},
	ChunkVLAN:          {"VLAN", 2},
	ChunkNodeName:      {"node name", -1},
}

// String returns the number and the name, "12 (capture id)".
func (t ChunkType) String() string {
	n := strconv.Itoa(int(t))
	if int(t) < len(chunkSpecs) && chunkSpecs[t].name != "" {
		return n + " (" + chunkSpecs[t].name + ")"
	}
	return n
}

// Proto says what a packet's payload is (chunk 11).
type Proto uint8

// The payload types that Trunkline has a use for.
const (
	ProtoSIP            Proto = 1   // a SIP message
	ProtoSDP            Proto = 3   // a session description by itself
	ProtoRTP            Proto = 4   // an RTP packet
	ProtoRTCP           Proto = 5   // RTCP, binary or as JSON: see Classify
	ProtoRTPReportShort Proto = 34  // an agent's own RTP statistics
	ProtoRTPReport      Proto = 35  // a quality report, often a vq-rtcpxr PUBLISH
	ProtoLog            Proto = 100 // a line of log
)

// String returns the name, or the number of a type without one.
func (p Proto) String() string {
	switch p {
	case ProtoSIP:
		return "SIP"
	case ProtoSDP:
		return "SDP"
	case ProtoRTP:
		return "RTP"
	case ProtoRTCP:
		return "RTCP"
	case ProtoRTPReportShort:
		return "RTP report (short)"
	case ProtoRTPReport:
		return "RTP report"
	case ProtoLog:
		return "log"
	}
	return "type " + strconv.Itoa(int(p))
}
