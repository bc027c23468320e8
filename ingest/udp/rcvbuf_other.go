//go:build !unix

package udp

import "net"

// grantedReceiveBuffer is not known on this system.
func grantedReceiveBuffer(*net.UDPConn) int { return -1 }
