package embedded

import (
	"os/exec"
	"syscall"
)

// setProcessAttributes puts the child into a process group of its own and lets
// the kernel kill it when the thread that starts it ends.
func setProcessAttributes(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
