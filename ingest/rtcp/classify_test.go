package rtcp

import "testing"

func TestClassify(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want Kind
	}{
		{"nothing", nil, KindOther},
		{"one byte", []byte{0x80}, KindOther},
		{"SR", []byte{0x80, 200, 0, 6}, KindRTCP},
		{"first RTCP type", []byte{0x80, 192, 0, 0}, KindRTCP},
		{"last RTCP type", []byte{0xbf, 223, 0, 0}, KindRTCP},
		{"RTP payload type 63 with marker", []byte{0x80, 191, 0, 0}, KindRTP},
		{"RTP payload type 96 with marker", []byte{0x80, 224, 0, 0}, KindRTP},
		{"RTP PCMU", []byte{0x80, 0, 0, 0}, KindRTP},
		{"version 2 but no header", []byte{0x80, 200, 0}, KindOther},
		{"version 3", []byte{0xc0, 200, 0, 6}, KindOther},
		{"STUN binding request", []byte{0, 1, 0, 0}, KindSTUN},
		{"DTLS handshake", []byte{22, 254, 253, 0}, KindDTLS},
		{"ZRTP", []byte{16, 0, 0, 0}, KindOther},
		{"TURN channel data", []byte{0x40, 0, 0, 4}, KindOther},
		{"SIP", []byte("INVITE"), KindOther},
		{"HEP", []byte("HEP3"), KindOther},
	}
	for _, tt := range tests {
		if got := Classify(tt.in); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}
