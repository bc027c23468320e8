package journal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// DirtyBucket is a bucket whose facts have changed since it was recomputed.
type DirtyBucket struct {
	schema.Bucket
	// touch tells this from a later change of the same bucket.
	touch uint64
}

// dirtySet holds the dirty buckets with the number of their last touch.
type dirtySet struct {
	buckets map[schema.Bucket]uint64
	touches uint64
}

func (s *dirtySet) init() { s.buckets = map[schema.Bucket]uint64{} }

func (s *dirtySet) touch(b schema.Bucket) {
	s.touches++
	s.buckets[b] = s.touches
}

func (s *dirtySet) remove(b schema.Bucket) { delete(s.buckets, b) }

func (s *dirtySet) all() bucketSet {
	var all bucketSet
	for b := range s.buckets {
		all.add(b)
	}
	return all
}

// touch notes buckets in memory, and in the log those that are not noted yet:
// a minute is touched by many batches, and written down once. The caller holds
// mu.
func (j *Journal) touch(buckets []schema.Bucket) error {
	var unknown bucketSet
	for _, b := range buckets {
		if _, ok := j.dirty.buckets[b]; !ok {
			unknown.add(b)
		}
	}
	if unknown != nil {
		if err := j.wal.append(&record{Dirty: unknown}, true); err != nil {
			return err
		}
	}
	for _, b := range buckets {
		j.dirty.touch(b)
	}
	return nil
}

// Dirty lists the buckets to recompute, the oldest minute first.
func (j *Journal) Dirty() []DirtyBucket {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := make([]DirtyBucket, 0, len(j.dirty.buckets))
	for b, touch := range j.dirty.buckets {
		all = append(all, DirtyBucket{Bucket: b, touch: touch})
	}
	slices.SortFunc(all, func(a, b DirtyBucket) int {
		return cmp.Or(cmp.Compare(a.Minute, b.Minute), strings.Compare(string(a.Tenant), string(b.Tenant)), strings.Compare(a.Table, b.Table))
	})
	return all
}

// Clean gives back buckets that have been recomputed since Dirty listed them;
// those that were touched again meanwhile stay dirty. A crash may bring back a
// cleaned bucket, which is then recomputed once more.
func (j *Journal) Clean(buckets []DirtyBucket) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return err
	}
	var clean bucketSet
	for _, b := range buckets {
		if j.dirty.buckets[b.Bucket] == b.touch {
			clean.add(b.Bucket)
		}
	}
	if clean == nil {
		return nil
	}
	// Without an fsync: losing this record costs a recount, no truth.
	if err := j.wal.append(&record{Clean: clean}, false); err != nil {
		return err
	}
	clean.each(j.dirty.remove)
	return nil
}

// Touch notes buckets to be recomputed whose facts were changed by other means
// than a batch: an erasure, a recomputation.
func (j *Journal) Touch(buckets []schema.Bucket) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return err
	}
	return j.touch(buckets)
}
