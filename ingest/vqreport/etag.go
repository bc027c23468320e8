package vqreport

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// An entity tag (RFC 3903 section 4.1) names a publication so that it can be
// refreshed or replaced. A report needs neither, and the server keeps no
// publications; its tags prove themselves instead: a random part, the end of
// the lifetime, and a MAC over both. A tag of another server, of one that has
// restarted since, or past its lifetime, is refused, and the reporter
// publishes anew.
const (
	etagBody  = 8 + 8 // random, Unix seconds
	etagBytes = etagBody + 16
)

func (s *Server) newETag(end time.Time) string {
	var tag [etagBytes]byte
	_, _ = rand.Read(tag[:8]) // never fails, see crypto/rand
	binary.BigEndian.PutUint64(tag[8:], uint64(end.Unix()))
	copy(tag[etagBody:], s.etagMAC(tag[:etagBody]))
	return hex.EncodeToString(tag[:])
}

func (s *Server) validETag(text string, now time.Time) bool {
	tag, err := hex.DecodeString(text)
	if err != nil || len(tag) != etagBytes || !hmac.Equal(tag[etagBody:], s.etagMAC(tag[:etagBody])) {
		return false
	}
	return now.Unix() <= int64(binary.BigEndian.Uint64(tag[8:]))
}

func (s *Server) etagMAC(b []byte) []byte {
	m := hmac.New(sha256.New, s.etagKey[:])
	m.Write(b)
	return m.Sum(nil)[:etagBytes-etagBody]
}
