//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"testing"
)

// TestInheritedSocket passes two sockets the way a supervisor does; what was
// sent before the child started is there for it.
func TestInheritedSocket(t *testing.T) {
	var files []*os.File
	for _, text := range []string{"to the other", "to media"} {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		send(t, dial(t, c.LocalAddr().(*net.UDPAddr).AddrPort()), []byte(text))
		f, err := c.File()
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files = append(files, f)
	}
	// LISTEN_PID is the child's own, which exec keeps.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=other:media exec "$0" -test.run=^$`, os.Args[0])
	cmd.Env = append(os.Environ(), childInherits+"=1")
	cmd.ExtraFiles = files
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil || string(out) != "to media\n" {
		t.Errorf("child printed %q, %v", out, err)
	}
}
