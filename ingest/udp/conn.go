package udp

import (
	"fmt"
	"net"
)

// udpConn opens a socket for Addr, or makes a connection of File.
func udpConn(o Options) (*net.UDPConn, error) {
	var conn net.PacketConn
	var err error
	if o.File != nil {
		conn, err = net.FilePacketConn(o.File)
	} else {
		conn, err = net.ListenPacket("udp", o.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		name := conn.LocalAddr().Network()
		conn.Close()
		return nil, fmt.Errorf("socket %s: want udp, have %s", o.File.Name(), name)
	}
	return udp, nil
}
