package pipeline

import (
	"syscall"
	"time"
)

// cpuNow is the time that this thread has spent on a processor, which a busy
// machine does not stretch as it does the time of day.
func cpuNow() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
