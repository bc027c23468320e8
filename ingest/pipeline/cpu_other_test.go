//go:build !linux

package pipeline

import "time"

var began = time.Now()

// cpuNow is the time of day where that of the thread is not to be had.
func cpuNow() time.Duration { return time.Since(began) }
