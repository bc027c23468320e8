//go:build !linux || !(amd64 || arm64) || udp_portable

package udp

const crashProof = false
