//go:build unix && (!linux || !(amd64 || arm64) || udp_portable)

package udp

import (
	"net"
	"syscall"
)

// grantedReceiveBuffer reads back the size of the socket's queue, -1 if the
// system does not tell.
func grantedReceiveBuffer(conn *net.UDPConn) int {
	raw, err := conn.SyscallConn()
	if err != nil {
		return -1
	}
	granted := -1
	_ = raw.Control(func(fd uintptr) {
		if size, err := syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF); err == nil {
			granted = size
		}
	})
	return granted
}
