package app

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"github.com/trunkline-cc/trunkline/ingest/callrecords"
)

// Bounds of a chunk.
const (
	chunkDocuments = 64
	chunkBytes     = 1 << 20
)

// recordChunk is some documents of one file on their way.
type recordChunk struct {
	file *RecordFile
	// json holds the documents one behind the other.
	json []byte
	docs []recordDoc
	// skipped documents were stored before an interruption.
	skipped uint64
	// last is true in the last chunk of a file, which tells why it ended
	// early, whether there is a next page, and whether all of it was done.
	last, more, wasDone bool
	err                 error
	decoded             chan struct{}
}

// recordDoc is one document of a chunk.
type recordDoc struct {
	from, to int // in json
	raw      callrecords.Raw
	index    int
	doc      callrecords.Document
	err      error
}

// recordSource reads files in one goroutine and decodes their documents in
// several. ordered has the chunks in the order of the files.
type recordSource struct {
	ctx      context.Context
	files    []RecordFile
	progress *progress
	jobs     chan *recordChunk
	ordered  chan *recordChunk

	workers sync.WaitGroup
	mu      sync.Mutex
	notes   callrecords.Notes
}

func newRecordSource(ctx context.Context, files []RecordFile, workers int, p *progress) *recordSource {
	s := &recordSource{
		ctx: ctx, files: files, progress: p,
		jobs: make(chan *recordChunk, workers), ordered: make(chan *recordChunk, 2*workers),
	}
	for range workers {
		s.workers.Go(s.decode)
	}
	s.workers.Go(func() {
		defer close(s.ordered)
		defer close(s.jobs)
		for i := range files {
			if !s.read(&files[i]) {
				return
			}
		}
	})
	return s
}

// wait ends when nothing is at work any more; ordered must have been emptied or
// ctx be over. It returns what the documents had that the schema does not.
func (s *recordSource) wait() []callrecords.Note {
	for c := range s.ordered {
		<-c.decoded
	}
	s.workers.Wait()
	return s.notes.All()
}

// decode works on chunks until there are no more.
func (s *recordSource) decode() {
	d := callrecords.NewDecoder()
	for c := range s.jobs {
		for i := range c.docs {
			if doc := &c.docs[i]; doc.err == nil {
				if doc.doc, doc.err = d.Decode(c.json[doc.from:doc.to], doc.raw.Kind); doc.err != nil {
					doc.err = doc.raw.Place(doc.err)
				}
			}
		}
		c.json = nil
		close(c.decoded)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes.Merge(d.Notes())
}

// send hands a chunk on; false means that the import is over.
func (s *recordSource) send(c *recordChunk) bool {
	c.decoded = make(chan struct{})
	select {
	case s.jobs <- c:
	case <-s.ctx.Done():
		return false
	}
	select {
	case s.ordered <- c:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// read takes one file apart into chunks.
func (s *recordSource) read(file *RecordFile) bool {
	done, whole := s.progress.of(file)
	if whole {
		return s.send(&recordChunk{file: file, last: true, wasDone: true})
	}
	last := &recordChunk{file: file, last: true}
	in, err := file.open()
	if err != nil {
		last.err = err
		return s.send(last)
	}
	defer in.Close()
	reader, err := callrecords.NewReader(in, callrecords.Options{})
	if err != nil {
		last.err = err
		return s.send(last)
	}
	c := &recordChunk{file: file}
	for n := 0; ; n++ {
		raw, err := reader.Next()
		if err != nil && !errors.Is(err, callrecords.ErrDocument) {
			c.last = true
			if errors.Is(err, callrecords.ErrFile) {
				c.err = err
			}
			c.more = reader.NextLink() != ""
			return s.send(c)
		}
		switch {
		case n < done:
			c.skipped++
		case err != nil:
			c.docs = append(c.docs, recordDoc{err: err, index: n})
		default:
			from := len(c.json)
			c.json = append(c.json, raw.JSON...)
			doc := recordDoc{from: from, to: len(c.json), raw: *raw, index: n}
			doc.raw.JSON = nil // the reader's
			c.docs = append(c.docs, doc)
		}
		if len(c.docs) >= chunkDocuments || len(c.json) >= chunkBytes {
			if !s.send(c) {
				return false
			}
			c = &recordChunk{file: file}
		}
		if s.ctx.Err() != nil {
			return false
		}
	}
}

// open opens the file.
func (f *RecordFile) open() (io.ReadCloser, error) {
	if f.Open != nil {
		return f.Open()
	}
	return os.Open(f.Path)
}
