//go:build linux && (amd64 || arm64) && !udp_portable

package udp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ringABI names the layout of mmsghdr and slot in this program.
const ringABI = messageSize<<16 | slotSize

// mapping is a ring's memory and the file behind it.
type mapping struct {
	memory []byte
	file   *os.File // nil: memory only
}

// openMapping maps the ring file, which it creates if there is none. The file
// stays locked for this process until it is closed. created says that the
// memory is new.
func openMapping(path string, l layout) (m mapping, created bool, err error) {
	if path == "" {
		memory, err := unix.Mmap(-1, 0, l.size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_ANONYMOUS)
		if err != nil {
			return mapping{}, false, fmt.Errorf("map %d bytes: %w", l.size, err)
		}
		return mapping{memory: memory}, true, nil
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		created = true
		f, err = createRingFile(path, l)
	}
	if err != nil {
		return mapping{}, false, err
	}
	memory, err := mapRingFile(f, l)
	if err != nil {
		return mapping{}, false, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return mapping{memory, f}, created, nil
}

// createRingFile writes a file under another name and links it into place, so
// that a file of the right name is always whole, and never replaces another.
// All its blocks are allocated: a full disk shows here and not as a signal when
// a slot is written.
func createRingFile(path string, l layout) (f *os.File, err error) {
	temporary := path + ".new"
	f, err = os.OpenFile(temporary, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("create %s of %d bytes: %w", path, l.size, err), f.Close())
			f = nil
		}
	}()
	if err = lock(f); err != nil {
		return f, err
	}
	if err = f.Truncate(0); err != nil {
		return f, err
	}
	if err = allocate(f, l.size); err != nil {
		return f, errors.Join(fmt.Errorf("allocate: %w", err), os.Remove(temporary))
	}
	if _, err = f.WriteAt(l.header(ringABI), 0); err != nil {
		return f, err
	}
	if err = f.Sync(); err != nil {
		return f, err
	}
	if err = os.Link(temporary, path); err != nil {
		return f, err
	}
	if err = os.Remove(temporary); err != nil {
		return f, err
	}
	return f, syncDir(filepath.Dir(path))
}

// allocate makes the file size bytes long and takes the blocks for it, by
// writing them where the file system cannot reserve.
func allocate(f *os.File, size int) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, int64(size))
	if !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.ENOSYS) {
		return err
	}
	return writeZeros(f, size)
}

func writeZeros(f io.WriterAt, size int) error {
	zeros := make([]byte, 1<<20)
	for at := 0; at < size; at += len(zeros) {
		if _, err := f.WriteAt(zeros[:min(len(zeros), size-at)], int64(at)); err != nil {
			return err
		}
	}
	return nil
}

// lock makes the file this process's alone until it is closed, by whatever end.
func lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrRingBusy
	}
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	return nil
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// mapRingFile locks, checks and maps an open file.
func mapRingFile(f *os.File, l layout) ([]byte, error) {
	if err := lock(f); err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	header := make([]byte, pageSize)
	n, err := f.ReadAt(header, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := l.check(header[:n], info.Size(), ringABI); err != nil {
		return nil, err
	}
	memory, err := unix.Mmap(int(f.Fd()), 0, l.size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %d bytes: %w", l.size, err)
	}
	return memory, nil
}

// bootID names this run of the machine: what the page cache held before it is gone.
func bootID() ([16]byte, error) {
	var id [16]byte
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id, err
	}
	digits := strings.ReplaceAll(strings.TrimSpace(string(text)), "-", "")
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) != len(id) {
		return id, fmt.Errorf("boot id: want 32 hexadecimal digits, have %q", text)
	}
	return [16]byte(b), nil
}

// sameBoot reports whether the memory was last written on this boot.
func (m *mapping) sameBoot(id [16]byte) bool {
	return bytes.Equal(m.memory[offsetBoot:offsetBoot+len(id)], id[:])
}

func (m *mapping) setBoot(id [16]byte) { copy(m.memory[offsetBoot:], id[:]) }

// close writes the memory to the disk, so that it is worth something after a
// reboot too, lets the next process have the file, and gives the memory back
// unless it is in use.
func (m *mapping) close(inUse bool) error {
	var errs []error
	if m.file != nil {
		// A lock lasts as long as a mapping; closing the file is not enough.
		errs = append(errs, unix.Msync(m.memory, unix.MS_SYNC), unix.Flock(int(m.file.Fd()), unix.LOCK_UN), m.file.Close())
	}
	if !inUse {
		errs = append(errs, unix.Munmap(m.memory))
		m.memory = nil
	}
	return errors.Join(errs...)
}
