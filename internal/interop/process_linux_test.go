package interop

import (
	"os/exec"
	"syscall"
)

// setProcessAttributes puts a peer into a process group of its own, out of
// reach of the terminal, and has the kernel end it when the tests die.
func setProcessAttributes(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
