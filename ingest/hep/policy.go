package hep

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
)

// Policy says which packets a listener takes.
type Policy struct {
	// AuthKey is the key that every packet, keep-alives too, must carry in
	// chunk 14. It travels in clear: it keeps strays out, not attackers on
	// the path. Default "": no key is asked for, and one that comes is ignored.
	AuthKey string
}

// Check returns an error that wraps ErrAuth if the packet lacks the key or has
// another. The comparison takes the same time whatever the packet's key is,
// and the error does not repeat it.
func (pol Policy) Check(p *Packet) error {
	if pol.AuthKey == "" {
		return nil
	}
	if p.AuthKey == nil {
		return fmt.Errorf("packet: %w: none given", ErrAuth)
	}
	// Hashed first, since ConstantTimeCompare tells the length.
	want, got := sha256.Sum256([]byte(pol.AuthKey)), sha256.Sum256(p.AuthKey)
	if subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
		return fmt.Errorf("packet: %w: not the listener's key", ErrAuth)
	}
	return nil
}
