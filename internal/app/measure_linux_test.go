package app_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// benchSeconds is how long a load lasts: TRUNKLINE_BENCH_SECONDS, or so many.
func benchSeconds(tb testing.TB, otherwise int) int {
	return fromEnv(tb, "TRUNKLINE_BENCH_SECONDS", otherwise)
}

// benchRate is how many packets a second are sent: TRUNKLINE_BENCH_RATE.
func benchRate(tb testing.TB) int { return fromEnv(tb, "TRUNKLINE_BENCH_RATE", 20_000) }

func fromEnv(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("%s=%s: want a whole number from 1", name, text)
	}
	return n
}

// ownCPU is what this process has used so far, user and system.
func ownCPU(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// cpuOf is what another process has used so far (proc(5), fields utime and
// stime, in hundredths of a second); 0 where there is no such process.
func cpuOf(pid int) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(stat, []byte(") ")) // the name may hold anything
	fields := strings.Fields(string(after))
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// peakMB is the largest resident set of a process (proc(5), VmHWM), in MB.
func peakMB(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, _ := strconv.ParseFloat(strings.Fields(after + " 0")[0], 64)
	return kilobytes * 1024 / 1e6
}

// machineLoad is how many processes wanted to run during the last minute: what
// a figure has to be read with.
func machineLoad() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	load, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	return load
}

// profile writes a CPU profile of what follows until the returned function is
// called, into the directory TRUNKLINE_BENCH_PROFILE, if that is set.
func profile(b *testing.B) (end func()) {
	b.Helper()
	dir := os.Getenv("TRUNKLINE_BENCH_PROFILE")
	if dir == "" {
		return func() {}
	}
	f, err := os.Create(filepath.Join(dir, strings.ReplaceAll(b.Name(), "/", "_")+".pprof"))
	if err != nil {
		b.Fatal(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		b.Fatal(err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}
}

// heapProfile writes what is in use into the directory TRUNKLINE_BENCH_PROFILE,
// if that is set; see -memprofilerate.
func heapProfile(b *testing.B) {
	b.Helper()
	dir := os.Getenv("TRUNKLINE_BENCH_PROFILE")
	if dir == "" {
		return
	}
	var text bytes.Buffer
	if err := pprof.WriteHeapProfile(&text); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(b.Name(), "/", "_")+".heap"), text.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
}

// until polls for something that a load brings about.
func until(b *testing.B, what string, limit time.Duration, done func() bool) {
	b.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(limit)
	for !done() {
		select {
		case <-ticker.C:
		case <-deadline:
			b.Fatalf("%s did not come about within %v", what, limit)
		}
	}
}

// micros is a time per packet.
func micros(cpu time.Duration, packets uint64) float64 {
	return float64(cpu.Nanoseconds()) / 1000 / float64(packets)
}
