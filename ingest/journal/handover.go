package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// ErrHandedOver is wrapped by errors about a volume whose content was given to
// another one.
var ErrHandedOver = errors.New("journal was handed over")

// handedOverName marks a volume from which content is being taken; it holds
// the directory that takes it.
const handedOverName = "handed-over"

// HandOver is what moved from one volume to another.
type HandOver struct {
	// Volume is the identity of the journal that was taken over.
	Volume string `json:"volume"`
	// Batches and Rows that were not stored yet, and DeadLetters.
	Batches     int `json:"batches"`
	Rows        int `json:"rows"`
	DeadLetters int `json:"dead_letters"`
	// Lost are reports that waited for their SIP. Only the process that held
	// them could have ended their wait, so they are not handed over but counted
	// as refused ([RefusedHandedOver]); to have them as rows, start that process
	// once more on its volume before it is given up.
	Lost uint64 `json:"lost_waiting_reports"`
	// Ledger is what the volume accounted for; its sums join the new owner's.
	Ledger []LedgerEntry `json:"ledger"`
}

// Adopt gives everything in the journal from to the journal to: batches, dead
// letters, ledger and touched buckets. The process that owned from must be
// gone; the owner of to may be at work and takes it in at its next rescan, or
// the next one does when it starts. Afterwards from is empty and may begin anew
// as another volume. Reports that waited for their SIP do not come along: see
// [HandOver].Lost.
//
// It can be repeated after a crash, with the same to: nothing is lost and the
// ledger counts once. The error wraps ErrInUse when from has an owner.
func Adopt(to string, o Options) (HandOver, error) {
	if err := checkDir(o.Dir); err != nil {
		return HandOver{}, err
	}
	target, err := filepath.Abs(to)
	if err != nil {
		return HandOver{}, err
	}
	if source, err := filepath.Abs(o.Dir); err != nil || source == target {
		return HandOver{}, errors.Join(fmt.Errorf("journal %s cannot take over itself", to), err)
	}
	if err := makeDirs(to); err != nil {
		return HandOver{}, err
	}
	o.adopter = target
	j, err := Open(o)
	if err != nil {
		return HandOver{}, err
	}
	defer j.Close()
	return j.handOver(to)
}

// handOver copies the content into a directory that the target does not look
// at, gives it a name that it does, and then empties this volume.
func (j *Journal) handOver(to string) (HandOver, error) {
	if err := writeFile(j.path(handedOverName), []byte(j.o.adopter)); err != nil {
		return HandOver{}, err
	}
	if err := syncDir(j.o.Dir); err != nil {
		return HandOver{}, err
	}
	final := filepath.Join(to, incomingDir, j.volume)
	staging := final + tmpSuffix
	given := HandOver{Volume: j.volume, Batches: len(j.queue.entries), DeadLetters: j.dead, Ledger: j.totals()}
	for _, e := range j.queue.entries {
		given.Rows += e.Rows
	}
	for i := range given.Ledger {
		given.Lost += given.Ledger[i].giveUpHeld()
	}
	if given.Lost > 0 {
		j.o.Logger.Warn("reports that waited for their SIP are not handed over", "volume", j.volume, "reports", given.Lost)
	}
	if err := os.RemoveAll(staging); err != nil {
		return HandOver{}, err
	}
	for _, name := range []string{batchesDir, deadDir} {
		if err := copyFiles(j.path(name), filepath.Join(staging, name)); err != nil {
			return HandOver{}, fmt.Errorf("copy %s: %w", name, err)
		}
	}
	text, err := json.Marshal(adoptedRecord{Volume: j.volume, Ledger: given.Ledger, Dirty: j.dirty.all()})
	if err != nil {
		return HandOver{}, err
	}
	if err := writeFile(filepath.Join(staging, handOverName), text); err != nil {
		return HandOver{}, err
	}
	if err := j.publish(staging, final); err != nil {
		return HandOver{}, err
	}
	return given, j.empty()
}

// publish gives the copy its name, unless an earlier attempt did: this volume
// has not changed since, because nobody could open it.
func (j *Journal) publish(staging, final string) error {
	if err := syncDir(staging); err != nil {
		return err
	}
	if _, err := os.Stat(final); err == nil {
		return os.RemoveAll(staging)
	}
	if err := renameDurably(staging, final); err != nil {
		return err
	}
	return j.o.crash("published")
}

// empty removes everything but the lock; the mark that keeps others away goes
// last but for the identity.
func (j *Journal) empty() error {
	for _, name := range []string{batchesDir, deadDir, incomingDir, logName, volumeName, handedOverName} {
		if err := os.RemoveAll(j.path(name)); err != nil {
			return err
		}
	}
	return errors.Join(makeDirs(j.o.Dir), syncDir(j.o.Dir))
}

// checkHandedOver refuses a volume that is being taken over, except by whom.
func checkHandedOver(dir, adopter string) error {
	taker, err := os.ReadFile(filepath.Join(dir, handedOverName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if string(taker) == adopter {
		return nil
	}
	return fmt.Errorf("%w: %s began to give its content to %s: run adopt into that one again", ErrHandedOver, dir, taker)
}

// readVolume returns the journal's identity, making one if there is none.
func readVolume(path string) (string, error) {
	text, err := os.ReadFile(path)
	if volume := strings.TrimSpace(string(text)); err == nil && volume != "" {
		return volume, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	volume := uuid.NewString()
	return volume, errors.Join(writeFile(path, []byte(volume+"\n")), syncDir(filepath.Dir(path)))
}

// copyFiles copies all files of a directory durably.
func copyFiles(from, to string) error {
	if err := os.MkdirAll(to, dirMode); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		if err := copyFile(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name())); err != nil {
			return err
		}
	}
	return syncDir(to)
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	if err == nil {
		err = target.Sync()
	}
	return errors.Join(err, target.Close())
}
