//go:build linux && (amd64 || arm64) && !udp_portable

package udp

// crashProof says that this variant has the kernel's ring.
const crashProof = true
