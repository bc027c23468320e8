package networkfile

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ParsePrefix reads a prefix in CIDR notation, or one address as a prefix of
// itself. IPv4 in its mapped form becomes IPv4. The error says what was
// expected.
func ParsePrefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		addr, err := parseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return prefixOf(text, "")
}

// prefixOf joins an address and a prefix length, or takes a prefix that has it.
func prefixOf(text, bits string) (netip.Prefix, error) {
	address, own, isPrefix := strings.Cut(text, "/")
	switch {
	case isPrefix && bits != "" && own != bits:
		return netip.Prefix{}, fmt.Errorf("%s has its own prefix length, and %s says %s", text, columnRange, bits)
	case isPrefix:
		bits = own
	case bits == "":
		return netip.Prefix{}, fmt.Errorf("%q: want a prefix such as 192.0.2.0/24, or its length in %s", text, columnRange)
	}
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is no IPv4 or IPv6 address", address)
	}
	length, err := strconv.Atoi(bits)
	if err != nil || length < 0 || length > parsed.BitLen() || strconv.Itoa(length) != bits {
		return netip.Prefix{}, fmt.Errorf("prefix length %q: want 0 to %d", bits, parsed.BitLen())
	}
	if parsed.Is4In6() {
		if length < 96 {
			return netip.Prefix{}, fmt.Errorf("%s/%d holds more than IPv4 in its mapped form: write IPv4 as IPv4", address, length)
		}
		parsed, length = parsed.Unmap(), length-96
	}
	prefix := netip.PrefixFrom(parsed, length)
	if masked := prefix.Masked(); masked != prefix {
		return netip.Prefix{}, fmt.Errorf("%s has bits set behind its prefix length: want %s", prefix, masked)
	}
	return prefix, nil
}

func parseAddr(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("%q is no IPv4 or IPv6 address", text)
	}
	return addr.Unmap(), nil
}
