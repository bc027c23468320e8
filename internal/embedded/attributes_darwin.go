package embedded

import (
	"os/exec"
	"syscall"
)

// setProcessAttributes puts the child into a process group of its own. macOS
// has no parent-death signal: the child notices the end of its fd 0.
func setProcessAttributes(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}
